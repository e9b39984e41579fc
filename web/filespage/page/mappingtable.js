// The table of a mapping: a row for each column of the file, the values of fields that no column has.

import { byId, element } from "./elements.js";
import { captionOf, choicesOf, isClosed, isKnown, isTime, writable } from "./fields.js";
import { changed, setField, state } from "./mapping.js";
import { text } from "./texts.js";

const formats = [
  "dd/MM/yyyy HH:mm", "MM/dd/yyyy HH:mm", "dd.MM.yyyy HH:mm", "yyyy/MM/dd HH:mm:ss", "yyyy年M月d日 HH:mm",
];
const opened = new Set(); // columns whose values are shown though none needs to be

let drawnWords; // of the columns, as the table has them

/** drawMapping draws the table; what has the focus keeps it. */
export function drawMapping() {
  drawnWords = allWords();
  const focus = document.activeElement?.dataset?.focus;
  const heads = ["column", "samples", "field", "howRead"].map((name) => element("th", {
    scope: "col", textContent: text(name),
  }));
  byId("mapping-columns").replaceChildren(
    element("div", { className: "columns", role: "region", "aria-label": text("columns"), tabIndex: 0 },
      element("table", {},
        element("thead", {}, element("tr", {}, ...heads)),
        element("tbody", {}, ...state.mapping.columns.map(columnRow)))),
    constantsPart(), emptyPart(),
    element("datalist", { id: "date-formats" }, ...formats.map((value) => element("option", { value }))));
  if (focus) document.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
  mark();
}

const allWords = () => JSON.stringify(state.mapping.columns.map((column) => wordsOf(column, samplesOf(column))));

const samplesOf = ({ column }) => state.columns.find(({ header }) => header === column)?.samples ?? [];

function columnRow(column, i) {
  const samples = samplesOf(column);
  return element("tr", { "data-column": column.column },
    element("th", { scope: "row", textContent: column.column }),
    element("td", { className: "samples" }, ...samples.map((sample) => element("span", { textContent: sample }))),
    element("td", {}, fieldSelect(column.field, "leaveOut", `field ${i}`, column.column, (field) =>
      setField(column, field))),
    element("td", { className: "how" }, ...howParts(column, i, samples), element("p", { className: "problem" })));
}

/** fieldSelect makes a select of fields, with a choice of none; name says what that is called. */
function fieldSelect(chosen, name, focus, label, act) {
  const option = (value, caption) => element("option", {
    value, textContent: caption, selected: value === (chosen ?? ""),
  });
  const select = element("select", { "data-focus": focus, "aria-label": `${text("field")}: ${label}` },
    option("", text(name)), ...writable[state.kind].map((field) => option(field, captionOf(state.kind, field))));
  select.classList.toggle("none", !chosen);
  select.addEventListener("change", () => act(select.value));
  return select;
}

function howParts(column, i, samples) {
  const { field } = column;
  if (!field) return [];
  if (isTime(field)) return [formatInput(column, i)];
  const words = wordsOf(column, samples);
  if (!choicesOf(state.kind, field).length && !words.length) return [];
  if (!words.length && !opened.has(column)) {
    return [button("valuesOf", `values ${i}`, () => {
      opened.add(column);
      drawMapping();
    })];
  }
  return valueParts(column, i, words);
}

function formatInput(column, i) {
  const input = element("input", {
    value: column.dateFormat ?? "", placeholder: "dd/MM/yyyy HH:mm", "data-focus": `format ${i}`,
    "aria-label": `${text("dateFormat")}: ${column.column}`,
  });
  input.setAttribute("list", "date-formats");
  input.addEventListener("input", () => {
    column.dateFormat = input.value;
    changed();
  });
  return element("label", {}, element("span", { textContent: text("dateFormat") }), input);
}

/** wordsOf returns the words of a column that mean something else, and those that its field does not take. */
function wordsOf(column, samples) {
  const said = column.values.map(({ from }) => from);
  if (!column.field || isTime(column.field)) return [];
  if (!isClosed(state.kind, column.field)) return opened.has(column) ? [...new Set([...said, ...samples])] : said;
  const refused = (state.preview?.problems ?? []).filter(({ field }) => field === column.field)
    .map(({ message }) => message.match(/not "(.*)"$/)?.[1]).filter(Boolean);
  const strange = [...samples, ...refused].filter((word) => !isKnown(state.kind, column.field, word));
  return [...new Set([...said, ...strange])];
}

function valueParts(column, i, words) {
  const other = element("input", {
    placeholder: text("otherWord"), "data-focus": `other ${i}`, "aria-label": `${text("otherWord")}: ${column.column}`,
  });
  other.addEventListener("change", () => {
    const from = other.value.trim();
    if (!from || words.includes(from)) return;
    column.values.push({ from, to: "" });
    drawMapping();
  });
  return [element("div", { className: "words" }, ...words.flatMap((from, place) => [
    element("span", { className: "word", textContent: from === "*" ? text("allOthers") : from }),
    valueChoice(column, from, `value ${i} ${place}`),
  ]), other)];
}

/** valueChoice makes what a word is given its meaning with: a select, or a field of text where others are taken. */
function valueChoice(column, from, focus) {
  const choices = choicesOf(state.kind, column.field);
  const chosen = column.values.find((value) => value.from === from)?.to ?? "";
  const label = `${from} → ${captionOf(state.kind, column.field)}`;
  const closed = isClosed(state.kind, column.field);
  const choice = closed ? element("select", { "data-focus": focus, "aria-label": label },
    element("option", { value: "", textContent: text("asItIs") }),
    ...choices.map(({ value, caption }) => element("option", {
      value, textContent: caption, selected: value === chosen,
    }))) : element("input", { value: chosen, placeholder: text("asItIs"), "data-focus": focus, "aria-label": label });
  if (!closed) {
    const id = `choices-${column.field}`;
    choice.setAttribute("list", id);
    if (!byId(id)) byId("choices").append(datalist(id, choices));
  }
  choice.addEventListener(closed ? "change" : "input", () => {
    column.values = column.values.filter((value) => value.from !== from);
    if (choice.value) column.values.push({ from, to: choice.value });
    changed();
  });
  return choice;
}

function constantsPart() {
  const { constants } = state.mapping;
  const rows = constants.map((constant, i) => {
    const input = element("input", {
      value: constant.value, "data-focus": `constant ${i}`,
      "aria-label": `${text("value")}: ${captionOf(state.kind, constant.field)}`,
    });
    const choices = choicesOf(state.kind, constant.field);
    input.setAttribute("list", `constant-choices-${i}`);
    input.addEventListener("input", () => {
      constant.value = input.value;
      changed();
    });
    const remove = button("remove", `remove ${i}`, () => {
      constants.splice(i, 1);
      drawMapping();
      changed();
    });
    const select = fieldSelect(constant.field, "chooseField", `constant-field ${i}`, text("constants"), (field) => {
      for (const column of state.mapping.columns) if (field && column.field === field) column.field = null;
      constant.field = field;
      drawMapping();
      changed();
    });
    return element("div", { className: "constant", "data-constant": constant.field }, select, input, remove,
      datalist(`constant-choices-${i}`, choices), element("p", { className: "problem" }));
  });
  const add = button("addConstant", "add", () => {
    constants.push({ field: "", value: "" });
    drawMapping();
    document.querySelector(`[data-focus="constant-field ${constants.length - 1}"]`).focus();
  });
  return element("fieldset", {}, element("legend", { textContent: text("constants") }),
    element("p", { className: "note", textContent: text("constantsNote") }), ...rows, add);
}

function emptyPart() {
  const box = element("input", { type: "checkbox", checked: state.mapping.clearsEmpty, "data-focus": "empty" });
  box.addEventListener("change", () => {
    state.mapping.clearsEmpty = box.checked;
    changed();
  });
  return element("label", { className: "check" }, box, element("span", { textContent: text("clearsEmpty") }));
}

const datalist = (id, choices) => element("datalist", { id },
  ...choices.map(({ value, caption }) => element("option", { value, label: caption })));

function button(name, focus, act) {
  const e = element("button", {
    type: "button", className: "small", "data-focus": focus, textContent: text(name),
  });
  e.addEventListener("click", act);
  return e;
}

/** markColumns says in each row what the last preview found wrong with it, and shows words that were refused. */
export function markColumns() {
  if (!state.mapping) return;
  const isTyping = document.activeElement?.matches("#mapping-columns input:not([type=checkbox])");
  if (!isTyping && allWords() !== drawnWords) drawMapping(); // else what is being chosen stays open
  else mark();
}

function mark() {
  const of = (path) => state.errors.find(({ field }) => field?.startsWith(path))?.message
    .replace(/^mapping\.\S+: /, "");
  const found = (field) => (state.preview?.problems ?? []).find((problem) => field && problem.field === field);
  const rows = document.querySelectorAll("#mapping-columns tbody tr");
  state.mapping.columns.forEach(({ field }, i) => {
    const problem = found(field);
    const said = of(`mapping.columns.${i}.`) ?? (problem ? `${problem.cell ?? ""} ${problem.message}`.trim() : "");
    rows[i].classList.toggle("faulty", said !== "");
    rows[i].querySelector(".how > .problem").textContent = said;
  });
  document.querySelectorAll("#mapping-columns .constant").forEach((e, i) => {
    const { field } = state.mapping.constants[i];
    e.querySelector(".problem").textContent = of(`mapping.constants.${i}.`) ?? found(field)?.message ?? "";
  });
}
