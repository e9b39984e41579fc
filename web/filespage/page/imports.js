// Starts imports of the file that was uploaded, and shows what is wrong with its rows.

import { ask } from "./api.js";
import { byId, element, show } from "./elements.js";
import { drawJobs, watchJobs } from "./jobs.js";
import { guess, mapFile, mappingToSend, retry, state } from "./mapping.js";
import { prepareSaved } from "./savedmappings.js";
import { bytes, number, text } from "./texts.js";

const starting = `mutation Start($input: StartImportInput!) {
  startImport(input: $input) { isNew job { jobId } }
}`;
const asking = `query Problems($id: ID!) {
  job(id: $id) {
    errorFile { name url bytes }
    outcomes(first: 20, outcomes: [FAILED]) { endRow nodes { row rowId errors { field cell message } } }
  }
}`;

let upload; // the file that is there

/** prepareImport makes the form of imports work. */
export function prepareImport() {
  const form = byId("import-form");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  const zones = [...new Set([own, "Asia/Shanghai", "UTC"])];
  form.elements.timeZone.append(...zones.map((zone) => element("option", { value: zone, textContent: zone })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    start(form.elements, event.submitter.name === "check");
  });
  for (const name of ["kind", "sheet"]) form.elements[name].addEventListener("change", guess);
  for (const name of ["mode", "timeZone"]) form.elements[name].addEventListener("change", retry);
  prepareSaved();
}

/** chosen returns what is chosen in the form. */
function chosen() {
  const { kind, mode, timeZone, sheet } = byId("import-form").elements;
  return { kind: kind.value, mode: mode.value, timeZone: timeZone.value, sheet: sheet.value || undefined };
}

/** offerImport shows the form for a file {name, fileId}; without one it hides it. */
export function offerImport(file) {
  upload = file;
  byId("import-problem").textContent = "";
  byId("import-said").textContent = "";
  show(Boolean(file), byId("import-form"));
  byId("mapping-name").value = "";
  const { kind } = byId("import-form").elements;
  if (file && /record|robot|外呼/i.test(file.name)) kind.value = "CALL_RECORDS";
  mapFile(file, chosen);
}

async function start({ check, go }, dryRun) {
  check.disabled = go.disabled = true;
  const { kind, ...options } = chosen();
  const input = { fileId: upload.fileId, kind, options: { ...options, dryRun }, mapping: mappingToSend() };
  const { data, problem } = await ask(starting, { input });
  check.disabled = go.disabled = false;
  const started = data?.startImport;
  byId("import-problem").textContent = started ? "" : text("failed", problem);
  if (!started) return;
  byId("import-said").textContent = text(started.isNew ? (dryRun ? "checking" : "importing") : "imported");
  dryRuns.set(started.job.jobId, dryRun);
  watchJobs();
  if (state.mapping) byId("jobs").scrollIntoView({ block: "nearest" });
}

const dryRuns = new Map(); // whether a job of this visit writes nothing, by its key

/** importParts returns what a job of an import shows beside others' figures. */
export function importParts(job) {
  if (job.kind !== "IMPORT" || !job.imported) return [];
  const { imported, progress, jobId, state } = job;
  const counts = ["created", "updated", "restored", "unchanged", "warned"].filter((name) => imported[name] > 0)
    .map((name) => text(`${name}Rows`, number(imported[name])));
  const parts = [
    dryRuns.get(jobId) ? element("p", { className: "note", textContent: text("dryRun") }) : undefined,
    counts.length ? element("p", { className: "figures", textContent: counts.join(" · ") }) : undefined,
  ];
  const found = problems.get(jobId);
  if (found) return [...parts, ...drawProblems(found)];
  if (progress.rowsFailed > 0 && state !== "RUNNING") parts.push(problemsButton(jobId));
  return parts;
}

const problems = new Map(); // what is wrong, by the keys of jobs, once it was asked for

/** hasProblems tells whether it is known what is wrong with the rows of a job. */
export const hasProblems = ({ jobId }) => problems.has(jobId);

function problemsButton(jobId) {
  const button = element("button", { type: "button", className: "small", textContent: text("problems") });
  button.addEventListener("click", async () => {
    button.disabled = true;
    const { data } = await ask(asking, { id: jobId });
    button.disabled = false;
    if (!data?.job) return;
    problems.set(jobId, data.job);
    drawJobs();
  });
  return button;
}

function drawProblems({ errorFile, outcomes }) {
  const rows = outcomes.nodes.flatMap(({ row, rowId, errors }) => errors.map(({ field, cell, message }) =>
    element("tr", {},
      element("td", { className: "figure", textContent: cell ?? String(row) }),
      element("td", { textContent: rowId ?? "–" }),
      element("td", { textContent: field && !message.startsWith(field) ? `${field}: ${message}` : message }))));
  const heads = ["cell", "rowId", "message"].map((name) => element("th", { scope: "col", textContent: text(name) }));
  return [
    element("div", { className: "problems", role: "region", "aria-label": text("problems"), tabIndex: 0 },
      element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows))),
    outcomes.endRow === null ? undefined : element("p", { className: "note", textContent: text("moreProblems") }),
    errorFile ? element("p", { className: "made" },
      element("a", {
        href: new URL(errorFile.url.replace(/^\//, ""), document.baseURI).href, download: errorFile.name,
        textContent: text("errorFile"),
      }),
      element("span", { className: "note", textContent: bytes(errorFile.bytes) })) : undefined,
  ];
}
