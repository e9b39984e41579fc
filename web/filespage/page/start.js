// Shows what the caller may do with files: imports, exports, and the jobs that do them.

import { ask } from "./api.js";
import { byId, element, show } from "./elements.js";
import { prepareExport } from "./exports.js";
import { prepareHead } from "./head.js";
import { offerImport, prepareImport } from "./imports.js";
import { drawJobs, watchJobs } from "./jobs.js";
import { draw as drawMapping } from "./mapping.js";
import { key } from "./server.js";
import { signIn } from "./signin.js";
import { language, text, translate } from "./texts.js";
import { drawUpload, prepareUpload } from "./upload.js";

function drawTexts() {
  translate();
  drawUpload();
  drawMapping();
  drawJobs();
}

/** prepareTemplates makes the links to templates work: a template takes the key, which no link has. */
function prepareTemplates() {
  for (const button of document.querySelectorAll("[data-template]")) {
    button.addEventListener("click", async () => {
      const { template } = button.dataset;
      const query = `query Template($locale: Locale!) { file: ${template}(locale: $locale) { name url } }`;
      const { data, problem } = await ask(query, { locale: language.toUpperCase() });
      if (!data?.file) return fail(problem);
      const address = new URL(data.file.url.replace(/^\//, ""), document.baseURI);
      const response = await fetch(address, { headers: key() ? { Authorization: `Bearer ${key()}` } : {} });
      if (!response.ok) return fail(`HTTP ${response.status}`);
      const link = element("a", { href: URL.createObjectURL(await response.blob()), download: data.file.name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    });
  }
}

function fail(problem) {
  byId("problem").textContent = text("failed", problem);
  show(true, byId("problem"));
}

async function start() {
  translate();
  if (!await signIn()) return;
  prepareHead(drawTexts);
  const { data, problem } = await ask("{ viewer { permissions } }");
  show(false, byId("wait"));
  if (!data) return fail(problem);
  const { permissions } = data.viewer;
  const may = { import: permissions.includes("IMPORT"), export: permissions.includes("EXPORT") };
  if (!may.import && !may.export) {
    byId("wait").textContent = text("forbidden");
    return show(true, byId("wait"));
  }
  show(may.import, byId("import"));
  show(may.export, byId("export"));
  if (may.import) {
    prepareUpload(offerImport);
    prepareImport();
    prepareTemplates();
  }
  if (may.export) prepareExport();
  show(true, byId("view"));
  watchJobs();
}

start().catch((err) => fail(err.message));
