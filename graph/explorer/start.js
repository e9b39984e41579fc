// Opens GraphiQL on this server, with the examples as tabs on the first visit.
(async () => {
  const url = new URL("graphql", document.baseURI).href;
  const key = sessionStorage.getItem("callbook-key");
  const auth = key ? { Authorization: "Bearer " + key } : {};
  const examples = await (await fetch("explorer/examples.json")).json();
  const post = (body, headers, signal) => fetch(url, {
    method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body), signal,
  });

  // Subscriptions come as an event stream: an event next for each result, then an event complete.
  async function* events(body, headers, signal) {
    const response = await post(body, { ...headers, Accept: "text/event-stream" }, signal);
    if (!(response.headers.get("Content-Type") || "").startsWith("text/event-stream")) {
      yield await response.json();
      return;
    }
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

  // What stops a subscription must not wait for its next event.
  function subscribe(body, headers) {
    const abort = new AbortController();
    const results = events(body, headers, abort.signal);
    return {
      next: () => results.next().catch((err) => { if (abort.signal.aborted) return { done: true }; throw err; }),
      return: async () => { abort.abort(); return { done: true }; },
      [Symbol.asyncIterator]() { return this; },
    };
  }

  let reason = "";
  // A key may have characters that no header can.
  let first = await post({ query: "{ __typename }" }, auth).catch(() => undefined);
  if (key && (!first || first.status === 401)) {
    reason = first ? (await first.json()).errors[0].message : "That is no key, nor a token.";
    sessionStorage.removeItem("callbook-key");
    first = await post({ query: "{ __typename }" });
    if (first.status !== 401) return location.reload(); // none is needed
  }
  if (first.status === 401) {
    const form = document.getElementById("key");
    document.getElementById("explorer").hidden = true;
    document.getElementById("reason").textContent = reason || (await first.json()).errors[0].message;
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sessionStorage.setItem("callbook-key", form.key.value.trim());
      location.reload();
    });
    return;
  }

  const fetcher = GraphiQL.createFetcher({ url, headers: auth });
  const isSubscription = (params, document) => document && document.definitions.some((d) =>
    d.operation === "subscription" && (!params.operationName || d.name && d.name.value === params.operationName));

  ReactDOM.createRoot(document.getElementById("explorer")).render(React.createElement(GraphiQL, {
    fetcher: (params, options = {}) => isSubscription(params, options.documentAST)
      ? subscribe(params, { ...auth, ...options.headers }) : fetcher(params, options),
    defaultTabs: examples.map((query) => ({ query })),
    visiblePlugin: "Documentation Explorer",
    inputValueDeprecation: true,
    schemaDescription: true,
  }));
})();
