// Operations, and what is said of those that fail.

import { forgetKey, key, post } from "./server.js";
import { text } from "./language.js";

/**
 * ask sends an operation, and returns {data, errors, problem}: problem is the first error for people, where there is
 * one. Where the key is no longer good, the page asks for another.
 */
export async function ask(query, variables, signal) {
  let response;
  try {
    response = await post({ query, variables }, {}, signal);
  } catch (err) {
    if (err.name === "AbortError") throw err;
    return { problem: text("unreachable") };
  }
  if (response.status === 401) {
    if (key()) forgetKey();
    location.reload();
    return { problem: text("needsKey") };
  }
  const { data, errors } = await response.json().catch(() => ({ errors: [{ message: `HTTP ${response.status}` }] }));
  return { data, errors: errors ?? [], problem: errors?.[0]?.message };
}
