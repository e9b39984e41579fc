// The rows behind a figure: a table at the side with pages, and their export.

import { byId, element, show } from "./elements.js";
import { zone } from "./periods.js";
import { ask } from "./api.js";
import { clock, dateText, language, number, text } from "./texts.js";

const pageSize = 25;
const moment = (time) => (time ? dateText(new Date(time), { dateStyle: "short", timeStyle: "short" }) : "–");

const calls = {
  entity: "CALLS", title: "rowsOf",
  query: `query Rows($dataset: CallDataset! $filter: CallFilter $first: Int! $after: String) {
    page: calls(dataset: $dataset, filter: $filter, first: $first, after: $after) {
      totalCount pageInfo { endCursor hasNextPage }
      nodes { id name callStatus callStartTime callDurationInSeconds createdBy ownerType ownerId callResult }
    }
  }`,
  columns: {
    start: (row) => moment(row.callStartTime),
    name: (row) => row.name ?? row.id,
    status: (row) => text(row.callStatus ?? "NONE"),
    duration: (row) => clock(row.callDurationInSeconds),
    person: (row) => row.createdBy,
    ownerOf: (row) => row.ownerId ?? row.ownerType ?? "–",
    result: (row) => row.callResult ?? "–",
  },
};

const records = {
  entity: "CALL_RECORDS", title: "recordsOf",
  query: `query Rows($filter: CallRecordFilter $first: Int! $after: String) {
    page: callRecords(filter: $filter, first: $first, after: $after) {
      totalCount pageInfo { endCursor hasNextPage }
      nodes { id startTime resultStatus intentLevel chatDuration chatRound robotCallJobId calledPhoneNumber }
    }
  }`,
  columns: {
    start: (row) => moment(row.startTime),
    dialled: (row) => row.calledPhoneNumber ?? row.id,
    status: (row) => (row.resultStatus ? text(row.resultStatus) : "–"),
    intent: (row) => row.intentLevel ?? "–",
    duration: (row) => clock(row.chatDuration),
    rounds: (row) => (row.chatRound === null ? "–" : number(row.chatRound)),
    job: (row) => row.robotCallJobId ?? "–",
  },
};

const numeric = new Set(["duration", "rounds"]);
const dialog = byId("rows");
let shown; // what the table shows: its kind, the drill-down, and the cursors of the pages up to this one

/** openCalls shows the calls of a figure by its drillDown {dataset, filter}. */
export const openCalls = (title, drillDown) => open(calls, title, drillDown);

/** openRecords shows the records of a figure by its drillDown {filter}. */
export const openRecords = (title, drillDown) => open(records, title, drillDown);

function open(kind, title, drillDown) {
  shown = { kind, drillDown, cursors: [undefined] };
  byId("rows-title").textContent = title;
  byId("rows-about").textContent = "";
  byId("rows-table").replaceChildren(element("p", { className: "wait", textContent: text("loading") }));
  if (!dialog.open) dialog.showModal();
  load();
}

async function load() {
  const asked = shown;
  const { kind, drillDown, cursors } = shown;
  const variables = { ...drillDown, first: pageSize, after: cursors.at(-1) };
  byId("rows-table").setAttribute("aria-busy", "true");
  const { data, problem } = await ask(kind.query, variables);
  if (asked !== shown) return; // another figure was clicked meanwhile
  byId("rows-table").setAttribute("aria-busy", "false");
  if (!data?.page) {
    byId("rows-table").replaceChildren(element("p", { className: "wait refusal", textContent: problem }));
    return;
  }
  fill(kind, data.page, (cursors.length - 1) * pageSize);
}

function fill(kind, { nodes, totalCount, pageInfo }, offset) {
  byId("rows-about").textContent = text(kind.title, number(totalCount));
  const names = Object.keys(kind.columns);
  const className = (name) => (numeric.has(name) ? "figure" : undefined);
  const head = names.map((name) =>
    element("th", { scope: "col", className: className(name), textContent: text(name) }));
  const body = nodes.map((row) => element("tr", {}, ...names.map((name) => {
    const value = String(kind.columns[name](row));
    return element("td", { className: className(name), textContent: value, title: value, "data-column": name });
  })));
  const content = nodes.length
    ? element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...body))
    : element("p", { className: "wait", textContent: text("noRows") });
  byId("rows-table").replaceChildren(content);
  byId("rows-table").scrollTop = 0;
  byId("rows-place").textContent = nodes.length
    ? text("place", number(offset + 1), number(offset + nodes.length), number(totalCount)) : "";
  byId("rows-before").disabled = shown.cursors.length === 1;
  byId("rows-after").disabled = !pageInfo.hasNextPage;
  shown.next = pageInfo.endCursor;
}

const exportQuery = "query Export($input: ExportInput!) { exportLink(input: $input, validFor: 300) { url } }";

async function download(format) {
  const { kind, drillDown } = shown;
  const filterName = kind === calls ? "callFilter" : "callRecordFilter";
  const input = {
    entity: kind.entity, format, timeZone: zone, [filterName]: drillDown.filter,
    ...kind === calls && { dataset: drillDown.dataset }, ...format !== "NDJSON" && { locale: language.toUpperCase() },
  };
  byId("rows-about").textContent = text("exporting");
  const { data, problem } = await ask(exportQuery, { input });
  byId("rows-about").textContent = data?.exportLink ? text("exported") : problem;
  if (!data?.exportLink) return;
  const { href } = new URL(data.exportLink.url.replace(/^\//, ""), document.baseURI);
  const link = element("a", { href, download: "" });
  document.body.append(link);
  link.click();
  link.remove();
}

/** prepareRows makes the buttons of the table work; exports are offered to who may export. */
export function prepareRows(mayExport) {
  byId("rows-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  byId("rows-before").addEventListener("click", () => {
    shown.cursors.pop();
    load();
  });
  byId("rows-after").addEventListener("click", () => {
    shown.cursors.push(shown.next);
    load();
  });
  show(mayExport, byId("rows-export"));
  for (const button of byId("rows-export").querySelectorAll("button")) {
    button.addEventListener("click", () => download(button.dataset.format));
  }
}
