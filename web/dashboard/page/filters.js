// The filter bar.

import { byId, element, moveByArrows, show } from "./elements.js";
import { isSpan, presets, textOf } from "./periods.js";
import { change, choices, chosen, reset, state } from "./state.js";
import { number, text } from "./texts.js";

const about = { type: "ofCalls", agent: "ofCalls", owner: "ofCalls", dataset: "ofCalls", job: "ofRobots" };
let listed = {}; // values of the choices, with their counts

/** showFilters draws the filter bar; lists has values {value, count} of choices; changed is called after a change. */
export function showFilters(lists, changed) {
  listed = lists ?? listed;
  const set = (changes) => {
    change(changes);
    changed();
  };
  radios(byId("periods"), [...Object.keys(presets), "custom"], state.period, (period) => {
    if (period !== "custom") return set({ period });
    set({ period, from: state.from || monthAgo(), to: state.to || textOf(new Date()) });
  });
  showDays(set);
  byId("selects").replaceChildren(...choices.map((name) => choice(name, set)), resetButton(changed));
  const count = chosen();
  byId("chosen").textContent = count ? number(count) : "";
  show(true, byId("filters"));
}

function showDays(set) {
  const { from, to } = byId("filters").elements;
  show(state.period === "custom", byId("days"));
  if (document.activeElement !== from) from.value = state.from;
  if (document.activeElement !== to) to.value = state.to;
  for (const input of [from, to]) {
    input.onchange = () => {
      const isGood = isSpan(from.value, to.value);
      input.setAttribute("aria-invalid", String(!isGood));
      if (isGood) set({ from: from.value, to: to.value });
    };
  }
}

const monthAgo = () => textOf(new Date(Date.now() - 29 * 86_400_000));

/** radios draws buttons of which one is chosen. */
export function radios(place, names, chosenName, choose, textName = (name) => name) {
  const hadFocus = place.contains(document.activeElement);
  const buttons = names.map((name) => {
    const button = element("button", {
      type: "button", role: "radio", "aria-checked": String(name === chosenName), textContent: text(textName(name)),
      "data-name": name,
    });
    button.addEventListener("click", () => choose(name));
    return button;
  });
  place.replaceChildren(...buttons);
  moveByArrows(buttons);
  const at = Math.max(0, names.indexOf(chosenName));
  buttons.forEach((button, i) => button.setAttribute("tabindex", i === at ? "0" : "-1"));
  if (hadFocus) buttons[at].focus();
}

const fixed = {
  dataset: [["DEFAULT"], ["CLOSED"], ["NOT_CLOSED"]].map(([value]) => ({ value })),
  type: ["INBOUND", "OUTBOUND", "MISSED"].map((value) => ({ value })),
};

function choice(name, set) {
  const select = element("select", { name });
  if (name !== "dataset") select.append(element("option", { value: "", textContent: text("any") }));
  const values = [...fixed[name] ?? listed[name] ?? []];
  if (state[name] && !values.some(({ value }) => value === state[name])) values.push({ value: state[name] });
  for (const { value, count } of values) {
    const label = fixed[name] ? text(value) : value;
    const textContent = count === undefined ? label : `${label} (${number(count)})`;
    select.append(element("option", { value, textContent }));
  }
  select.value = state[name];
  select.classList.toggle("on", name === "dataset" ? state[name] !== "DEFAULT" : state[name] !== "");
  select.addEventListener("change", () => set({ [name]: select.value }));
  const title = about[name] && text(about[name]);
  return element("label", { title }, element("span", { textContent: text(name) }), select);
}

function resetButton(changed) {
  const isIdle = chosen() === 0;
  const button = element("button", { type: "button", id: "reset", textContent: text("reset"), disabled: isIdle });
  button.addEventListener("click", () => {
    reset();
    changed();
  });
  return button;
}
