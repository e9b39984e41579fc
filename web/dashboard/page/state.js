// What the view shows: the choices of the filter bar, which stand in the page's address.

import { isSpan, presets } from "./periods.js";
import { rankings } from "./query.js";

const defaults = {
  period: "30d", from: "", to: "", dataset: "DEFAULT", type: "", agent: "", owner: "", tag: "", job: "", by: "agent",
};
const allowed = {
  period: [...Object.keys(presets), "custom"],
  dataset: ["DEFAULT", "CLOSED", "NOT_CLOSED"],
  type: ["", "INBOUND", "OUTBOUND", "MISSED"],
  by: Object.keys(rankings),
};

/** state is what the view shows now. */
export const state = { ...defaults };

/** readAddress takes the state from the page's address; values that are none are as they are by default. */
export function readAddress() {
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(defaults)) {
    const given = params.get(name) ?? value;
    state[name] = allowed[name] && !allowed[name].includes(given) ? value : given;
  }
  if (/\D/.test(state.job)) state.job = ""; // ids of jobs are numbers
  if (state.period === "custom" && !isSpan(state.from, state.to)) state.period = defaults.period;
}

/** change changes the state, and writes it into the page's address. */
export function change(changes) {
  Object.assign(state, changes);
  const params = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(state)) {
    if (value === defaults[name] || (/^(from|to)$/.test(name) && state.period !== "custom")) params.delete(name);
    else params.set(name, value);
  }
  const query = params.size ? `?${params}` : "";
  if (query !== location.search) history.pushState(null, "", location.pathname + query);
}

/** choices are the names of what the filter bar restricts, beside the period. */
export const choices = ["dataset", "type", "agent", "owner", "tag", "job"];

/** chosen counts the choices that restrict the view. */
export const chosen = () => choices.filter((name) => state[name] !== defaults[name]).length;

/** reset takes all choices back, but for the period. */
export const reset = () => change(Object.fromEntries(choices.map((name) => [name, defaults[name]])));
