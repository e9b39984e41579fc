// The mapping of an import: which columns of the file are which fields. It is tried out with every change.

import { ask } from "./api.js";
import { byId, element, show } from "./elements.js";
import { readFields } from "./fields.js";
import { drawMapping, markColumns } from "./mappingtable.js";
import { drawPreview } from "./preview.js";
import { drawSaved, readSaved } from "./savedmappings.js";

const pause = 400; // milliseconds after a change before the file is tried out with it
const trying = `query Preview($input: StartImportInput!) {
  previewImport(input: $input first: 5) {
    format sheet sheets encoding delimiter columns { header field samples }
    mapping {
      columns { column field dateFormat values { from to } } constants { field value } clearsEmpty
    }
    rows { row rowId outcome values } rowCount failed stopped
    counts { created updated restored unchanged warned }
    problems { row rowId warning field cell message } problemCounts { count }
  }
}`;

/**
 * state is what is shown: the file {name, fileId}, the options of the import, its mapping as it is changed, the file's
 * columns, and what the last preview said: preview or problem, and errors of the mapping.
 */
export const state = {};
let timer, abort, optionsOf;

/** mapFile shows the mapping of a file, null for none; options returns {kind, mode, timeZone, sheet} of the form. */
export function mapFile(file, options) {
  optionsOf = options;
  // JSON with the names of the API is read whole, with customers and turns; it needs no mapping.
  const isTable = Boolean(file) && !/\.(json|jsonl|ndjson)$/i.test(file.name);
  Object.assign(state, { file, isTable });
  drawSheets([]);
  guess();
}

/** guess begins anew with what the headers suggest. */
export function guess() {
  Object.assign(state, {
    kind: optionsOf().kind, mapping: undefined, columns: undefined, preview: undefined, problem: undefined, errors: [],
    missing: [], isWaiting: state.isTable,
  });
  clearTimeout(timer);
  abort?.abort();
  draw();
  if (!state.isTable) return;
  readSaved(state.kind);
  tryOut();
}

/** take takes a mapping that is kept; columns that the file does not have are left out, and named. */
export function take(mapping) {
  const byName = new Map(mapping.columns.map((column) => [column.column, column]));
  const headers = state.columns.map(({ header }) => header);
  state.missing = mapping.columns.filter(({ column, field }) => field && !headers.includes(column));
  state.mapping = {
    columns: headers.map((column) => byName.get(column) ?? { column, field: null, dateFormat: null, values: [] }),
    constants: mapping.constants, clearsEmpty: mapping.clearsEmpty,
  };
  draw();
  tryOut();
}

/** changed has the file tried out with the mapping as it is now, soon. */
export function changed() {
  clearTimeout(timer);
  byId("mapping").setAttribute("aria-busy", "true");
  timer = setTimeout(tryOut, pause);
}

/** retry tries the file out with other options. */
export const retry = () => { if (state.mapping) changed(); };

/** mappingToSend returns the mapping for imports, as ImportMappingInput; undefined where the file needs none. */
export function mappingToSend() {
  if (!state.mapping) return undefined;
  const { columns, constants, clearsEmpty } = state.mapping;
  return {
    columns: columns.map(({ column, field, dateFormat, values }) => ({
      column, field, dateFormat: dateFormat || null, values: values.filter(({ from, to }) => from && to),
    })),
    constants: constants.filter(({ field }) => field), clearsEmpty,
  };
}

/** setField says what a column is; another column or constant with that field gives it up. */
export function setField(column, field) {
  const { columns, constants } = state.mapping;
  for (const other of columns) if (other !== column && field && other.field === field) other.field = null;
  state.mapping.constants = constants.filter((constant) => constant.field !== field);
  Object.assign(column, { field: field || null, values: [], dateFormat: null });
  draw();
  changed();
}

async function tryOut() {
  abort?.abort();
  abort = new AbortController();
  const { signal } = abort;
  const { kind, mode, timeZone, sheet } = optionsOf();
  const options = { mode, timeZone, ...sheet ? { sheet } : {} };
  byId("mapping").setAttribute("aria-busy", "true");
  const input = { fileId: state.file.fileId, kind, options, mapping: mappingToSend() };
  let answer;
  try {
    [answer] = await Promise.all([ask(trying, { input }, signal), readFields()]);
  } catch (err) {
    if (err.name === "AbortError") return;
    throw err;
  }
  if (signal.aborted) return;
  byId("mapping").setAttribute("aria-busy", "false");
  const { data, errors = [], problem } = answer;
  const preview = data?.previewImport;
  state.errors = errors.map(({ message, extensions }) => ({ message, field: extensions?.field }));
  state.problem = problem;
  state.preview = preview ?? undefined;
  const isFirst = Boolean(preview) && !state.mapping;
  if (isFirst) {
    state.columns = preview.columns;
    state.mapping = preview.mapping;
    drawSheets(preview.sheets, preview.sheet);
  }
  state.isWaiting = false;
  if (isFirst || !state.mapping) draw();
  markColumns();
  drawPreview();
}

// drawSheets offers the sheets of a workbook that has several.
function drawSheets(sheets, read) {
  const { sheet } = byId("import-form").elements;
  show(sheets.length > 1, byId("sheet"));
  sheet.replaceChildren(...(sheets.length > 1 ? sheets : []).map((name) =>
    element("option", { value: name, textContent: name, selected: name === read })));
}

/** draw draws the mapping anew, in another language, say. */
export function draw() {
  const isShown = Boolean(state.mapping);
  show(isShown || Boolean(state.problem), byId("mapping"));
  show(isShown, byId("mapping-columns"), byId("saved"), byId("save"));
  byId("view").classList.toggle("mapping", isShown);
  if (isShown) {
    drawSaved();
    drawMapping();
  }
  drawPreview();
}
