// What GraphiQL sends operations by, and the line below it learns from.

import { post, subscribe } from "./server.js";
import { report, reportEvents, say } from "./status.js";

/** fetcher sends what GraphiQL wants sent, and reports what it took. */
export function fetcher(params, { headers } = {}) {
  const { isSubscription, isAlone } = operationOf(params);
  // GraphiQL takes a moment to learn the new name of an operation; where there is one alone, none is needed.
  const operation = isAlone ? { ...params, operationName: undefined } : params;
  return isSubscription ? reported(subscribe(operation, headers)) : answer(operation, headers);
}

/** operationOf returns what is known of an operation; of one with an error of syntax, nothing. */
function operationOf({ query, operationName }) {
  try {
    const operations = GraphiQL.GraphQL.parse(query).definitions.filter((d) => d.operation);
    const isAlone = operations.length === 1;
    const chosen = operations.find((d) => isAlone || d.name?.value === operationName);
    return { isSubscription: chosen?.operation === "subscription", isAlone };
  } catch {
    return {};
  }
}

async function answer(operation, headers) {
  const isIntrospection = operation.query.includes("query IntrospectionQuery");
  if (!isIntrospection) say("Running …");
  try {
    const start = performance.now();
    const response = await post(operation, headers);
    const body = await response.arrayBuffer();
    const time = performance.now() - start;
    const answer = JSON.parse(new TextDecoder().decode(body));
    if (!isIntrospection) {
      report({ answer, time, size: body.byteLength, sent: Number(response.headers.get("Content-Length")) });
    }
    return answer;
  } catch (err) {
    say(`No answer: ${err.message}`);
    throw err;
  }
}

/** reported passes on the results of a subscription, and counts them. */
function reported(results) {
  let count = 0;
  say("Waiting for events …");
  return {
    ...results,
    next: async () => {
      const result = await results.next();
      if (!result.done) reportEvents(++count, result.value);
      return result;
    },
    return: () => {
      say(`Stopped. ${count} ${count === 1 ? "event" : "events"}`);
      return results.return();
    },
    [Symbol.asyncIterator]() { return this; },
  };
}
