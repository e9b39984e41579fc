// What the last preview of an import said: how many rows would do what, the first of them, and what is wrong.

import { byId, element } from "./elements.js";
import { captionOf } from "./fields.js";
import { state } from "./mapping.js";
import { number, text } from "./texts.js";

const shownProblems = 20;
const placed = /^mapping\.(columns|constants)\.\d/; // where an error is about a place of the mapping

/** drawPreview draws it. */
export function drawPreview() {
  const { preview, problem, missing = [], errors = [] } = state;
  const isPlaced = errors.length > 0 && errors.every(({ field }) => placed.test(field ?? ""));
  const parts = [
    missing.length ? element("p", {
      className: "note", textContent: text("missingColumns", missing.map(({ column }) => column).join(", ")),
    }) : undefined,
    preview ? summary(preview) : undefined,
    problem ? element("p", {
      className: "problem", textContent: isPlaced ? text("mappingProblem") : text("noPreview", problem),
    }) : undefined,
    ...preview ? [rowsTable(preview), problemsTable(preview)] : [],
  ];
  byId("preview").replaceChildren(...parts.filter(Boolean));
  // What was wrong with the mapping keeps the import from beginning; a file that has no preview may go in as it is.
  const { check, go } = byId("import-form").elements;
  check.disabled = go.disabled = state.isWaiting ||
    Boolean(state.mapping) && (!preview || preview.stopped === "MAPPING");
}

function summary({ rowCount, counts, failed, stopped, format, encoding, delimiter }) {
  const parts = ["created", "updated", "restored", "unchanged", "warned"].filter((name) => counts[name] > 0)
    .map((name) => text(`${name}Rows`, number(counts[name])));
  if (failed) parts.push(text("failedRows", number(failed)));
  const written = [format, encoding, delimiter === "\t" ? "Tab" : delimiter].filter(Boolean).join(" ");
  return element("div", { className: failed ? "summary faulty" : "summary", role: "status" },
    element("b", { textContent: text("rowsWould", number(rowCount)) }),
    element("span", { textContent: parts.join(" · ") }),
    element("span", { className: "note", textContent: written }),
    stopped ? element("p", { className: "note", textContent: text(`stopped${stopped}`) }) : undefined);
}

function table(label, className, heads, rows) {
  return element("div", { className: `problems ${className}`, role: "region", "aria-label": label, tabIndex: 0 },
    element("table", {},
      element("caption", { textContent: label }),
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", {
        scope: "col", textContent: head,
      })))),
      element("tbody", {}, ...rows)));
}

/** flat returns the values of a row with those of its customer beside them. */
function flat(values) {
  const { customerPerson, ...others } = values;
  for (const [name, value] of Object.entries(customerPerson ?? {})) {
    others[name === "id" ? "customerPersonId" : `customerPerson.${name}`] = value;
  }
  return others;
}

function rowsTable({ rows }) {
  const shown = rows.map((row) => ({ ...row, values: flat(row.values) }));
  const fields = [...new Set(shown.flatMap(({ values }) => Object.keys(values)))].filter((field) => field !== "id");
  if (!shown.length || !fields.length) return undefined;
  const cell = (value) => (value === undefined || value === null
    ? "" : typeof value === "object" ? JSON.stringify(value) : String(value));
  return table(text("firstRows"), "first", [text("row"), text("becomes"), text("rowId"),
    ...fields.map((field) => captionOf(state.kind, field))],
  shown.map(({ row, rowId, outcome, values }) => element("tr", {},
    element("td", { className: "figure", textContent: String(row) }),
    element("td", { textContent: text(`outcome${outcome}`) }),
    element("td", { textContent: rowId ?? "–" }),
    ...fields.map((field) => element("td", { textContent: cell(values[field]) })))));
}

function problemsTable({ problems, problemCounts }) {
  if (!problems.length) return undefined;
  const all = Math.max(problems.length, problemCounts.reduce((sum, { count }) => sum + count, 0));
  const label = all > shownProblems ? text("problemsOf", shownProblems, number(all)) : text("message");
  return table(label, "said", ["cell", "rowId", "field", "message"].map((name) => text(name)),
    problems.slice(0, shownProblems).map(({ row, rowId, field, cell, message, warning }) => element("tr", {},
      element("td", { className: "figure", textContent: cell ?? (row === null ? "–" : String(row)) }),
      element("td", { textContent: rowId ?? "–" }),
      element("td", { textContent: field ? captionOf(state.kind, field) : "–" }),
      element("td", { textContent: warning ? text("warning", message) : message }))));
}
