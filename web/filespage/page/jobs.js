// Jobs: how far they are, what they have made, and how they are cancelled.

import { ask } from "./api.js";
import { byId, element, show } from "./elements.js";
import { hasProblems, importParts } from "./imports.js";
import { bytes, clock, dateText, number, percent, text } from "./texts.js";

const often = 1_000; // milliseconds between questions while a job is under way
const seldom = 20_000;

const list = `query Jobs {
  jobs(first: 50) {
    jobId kind state createdBy createdAt error { message }
    progress { rowsTotal rowsRead rowsWritten rowsFailed rowsPerSecond secondsLeft }
    file { name bytes url expiresAt } imported { created updated restored unchanged warned }
  }
}`;
const cancelling = "mutation Cancel($id: ID!) { cancelJob(id: $id) { job { jobId } } }";

let shown = []; // the jobs that are drawn
let timer;
let asking = false;

/** watchJobs reads the jobs, draws them, and does so again, often while one is under way. */
export async function watchJobs() {
  clearTimeout(timer);
  if (asking) {
    timer = setTimeout(watchJobs, often);
    return;
  }
  asking = true;
  const { data, problem } = document.hidden ? {} : await ask(list);
  asking = false;
  show(Boolean(problem), byId("problem"));
  byId("problem").textContent = problem ? text("failed", problem) : "";
  if (data?.jobs) {
    shown = data.jobs;
    drawJobs();
  }
  timer = setTimeout(watchJobs, shown.some(isUnderWay) ? often : seldom);
}

addEventListener("visibilitychange", () => { if (!document.hidden && timer) watchJobs(); });

const isUnderWay = ({ state }) => state === "WAITING" || state === "RUNNING";

/** drawJobs draws the jobs as they were read last. Those that are there keep their elements, and the focus. */
export function drawJobs() {
  const place = byId("job-list");
  const there = new Map([...place.children].map((e) => [e.dataset.job, e]));
  const items = shown.map((job) => {
    const drawn = there.get(job.jobId) ?? element("li", { className: "card", "data-job": job.jobId });
    const content = JSON.stringify([job, document.documentElement.lang, hasProblems(job)]);
    if (drawn.content !== content) {
      drawn.content = content;
      fill(drawn, job);
    }
    return drawn;
  });
  if (items.length !== place.children.length || items.some((item, i) => item !== place.children[i])) {
    place.replaceChildren(...items);
  }
  show(shown.length === 0, byId("no-jobs"));
}

function fill(item, job) {
  const { kind, state, createdBy, createdAt, error, file, progress } = job;
  const hadFocus = item.contains(document.activeElement);
  const when = dateText(new Date(createdAt), { dateStyle: "short", timeStyle: "medium" });
  item.dataset.state = state;
  const parts = [
    element("div", { className: "named" },
      element("b", { textContent: file ? file.name : text(kind) }),
      element("span", { className: "state", textContent: text(state) })),
    element("p", { className: "note", textContent: text("startedBy", createdBy, when) }),
    bar(job),
    element("p", { className: "figures", textContent: figures(progress, state) }),
    error ? element("p", { className: "problem", textContent: error.message }) : undefined,
    file ? element("p", { className: "made" },
      element("a", {
        href: new URL(file.url.replace(/^\//, ""), document.baseURI).href, download: file.name,
        textContent: text("download"),
      }),
      element("span", { className: "note", textContent: `${bytes(file.bytes)} · ${text("until",
        dateText(new Date(file.expiresAt), { dateStyle: "medium" }))}` })) : undefined,
    ...importParts(job),
    isUnderWay(job) ? cancelButton(job) : undefined,
  ];
  item.replaceChildren(...parts.filter(Boolean));
  if (hadFocus) item.querySelector("button, a")?.focus();
}

function bar({ state, progress }) {
  if (state !== "RUNNING") return undefined;
  const share = progress.rowsTotal ? progress.rowsRead / progress.rowsTotal : undefined;
  const filled = element("i");
  filled.style.width = `${(share ?? 1) * 100}%`;
  return element("span", {
    className: share === undefined ? "bar unknown" : "bar", role: "progressbar", "aria-label": text("RUNNING"),
    "aria-valuenow": share === undefined ? undefined : String(Math.round(share * 100)), title: percent(share, 0),
  }, filled);
}

function figures({ rowsTotal, rowsRead, rowsWritten, rowsFailed, rowsPerSecond, secondsLeft }, state) {
  const parts = [];
  const done = state === "DONE" ? rowsWritten : rowsRead;
  if (state === "RUNNING" && rowsTotal) parts.push(text("rowsOf", number(done), number(rowsTotal)));
  else if (state !== "WAITING") parts.push(text("rows", number(done)));
  if (rowsFailed) parts.push(text("failedRows", number(rowsFailed)));
  if (state === "RUNNING" && rowsPerSecond) parts.push(text("rate", number(rowsPerSecond)));
  if (state === "RUNNING" && secondsLeft) parts.push(text("left", clock(secondsLeft)));
  return parts.join(" · ");
}

function cancelButton({ jobId }) {
  const button = element("button", { type: "button", className: "small", textContent: text("cancel") });
  button.addEventListener("click", async () => {
    button.disabled = true;
    await ask(cancelling, { id: jobId });
    watchJobs();
  });
  return button;
}
