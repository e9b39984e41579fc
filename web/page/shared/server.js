// Requests to the server that serves this page, with the key that was given in this tab.

const storedKey = "callbook-key";

/** endpoint is the address of the API. */
export const endpoint = new URL("graphql", document.baseURI).href;

/** key returns the key of this tab, or null. */
export const key = () => sessionStorage.getItem(storedKey);

/** keepKey keeps a key for this tab. */
export const keepKey = (text) => sessionStorage.setItem(storedKey, text);

/** forgetKey forgets it. */
export const forgetKey = () => sessionStorage.removeItem(storedKey);

/** post sends an operation. */
export function post(operation, headers = {}, signal = undefined) {
  const authorization = key() ? { Authorization: `Bearer ${key()}` } : {};
  return fetch(endpoint, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...authorization, ...headers },
    body: JSON.stringify(operation),
    signal,
  });
}

/**
 * subscribe returns the results of a subscription. They come as an event stream, which ends with an event complete;
 * opened is called when it has begun.
 */
export function subscribe(operation, headers, opened = () => {}) {
  const abort = new AbortController();
  const results = readEvents(operation, headers, abort.signal, opened);
  return {
    next: () => results.next().catch((err) => {
      if (abort.signal.aborted) return { done: true };
      throw err;
    }),
    // What stops a subscription must not wait for its next event.
    return: async () => {
      abort.abort();
      return { done: true };
    },
    [Symbol.asyncIterator]() { return this; },
  };
}

async function* readEvents(operation, headers, signal, opened) {
  const response = await post(operation, { ...headers, Accept: "text/event-stream" }, signal);
  if (!(response.headers.get("Content-Type") || "").startsWith("text/event-stream")) {
    yield await response.json();
    return;
  }
  opened();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (text + value).split("\n\n");
    text = parts.pop();
    for (const part of parts) {
      if (part.startsWith("event: complete")) return;
      const data = part.match(/^data: (.*)$/m);
      if (data) yield JSON.parse(data[1]);
    }
  }
}
