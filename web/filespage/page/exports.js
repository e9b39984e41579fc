// Starts exports.

import { ask } from "./api.js";
import { byId, show } from "./elements.js";
import { watchJobs } from "./jobs.js";
import { language, text } from "./texts.js";

const starting = "mutation Start($input: ExportInput!) { startExport(input: $input) { job { jobId } } }";

/** prepareExport makes the form of exports work. */
export function prepareExport() {
  const form = byId("export-form");
  const { entity, locale } = form.elements;
  locale.value = language.toUpperCase();
  entity.addEventListener("change", () => show(entity.value === "CALLS", byId("dataset")));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const { from, to } = form.elements;
    const isBad = from.value && to.value && from.value > to.value;
    byId("export-problem").textContent = isBad ? text("badPeriod") : "";
    if (isBad) return;
    const button = form.querySelector("button");
    button.disabled = true;
    const { problem } = await ask(starting, { input: inputOf(form.elements) });
    button.disabled = false;
    byId("export-problem").textContent = problem ? text("failed", problem) : "";
    watchJobs();
  });
}

function inputOf({ entity, dataset, from, to, format, locale }) {
  const startTime = {
    ...from.value && { gte: startOf(from.value, 0) },
    ...to.value && { lt: startOf(to.value, 1) },
  };
  const isCalls = entity.value === "CALLS";
  const filter = Object.keys(startTime).length > 0;
  return {
    entity: entity.value,
    format: format.value,
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
    ...isCalls && { dataset: dataset.value },
    ...filter && (isCalls ? { callFilter: { callStartTime: startTime } } : { callRecordFilter: { startTime } }),
    ...locale.value && format.value !== "NDJSON" && { locale: locale.value },
  };
}

/** startOf returns the first instant of a day, or of one of the days after it, in the browser's zone. */
function startOf(day, daysLater) {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + daysLater).toISOString();
}
