// Mappings that are kept under a name, for all in the tenant who import.

import { ask } from "./api.js";
import { byId, element } from "./elements.js";
import { guess, mappingToSend, state, take } from "./mapping.js";
import { text } from "./texts.js";

const parts = "columns { column field dateFormat values { from to } } constants { field value } clearsEmpty";
const listing = "query Names($kind: ImportKind!) { importMappings(kind: $kind first: 500) { name } }";
const reading = `query Mapping($name: String! $kind: ImportKind!) {
  importMapping(name: $name kind: $kind) { mapping { ${parts} } }
}`;
const saving = `mutation Save($name: String! $kind: ImportKind! $mapping: ImportMappingInput!) {
  saveImportMapping(name: $name kind: $kind mapping: $mapping) { created mapping { name } }
}`;

let kept = []; // names of the kind's mappings

/** prepareSaved makes the choice of a mapping and the form that keeps one work. */
export function prepareSaved() {
  const choice = byId("saved-choice");
  choice.addEventListener("change", () => choose(choice.value));
  byId("save-mapping").addEventListener("click", save);
  byId("mapping").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault(); // or it would start the import
    if (event.target.id === "mapping-name") save();
    else event.target.dispatchEvent(new Event("change"));
  });
}

async function choose(name) {
  byId("mapping-name").value = name;
  say("");
  if (!name) return guess();
  const { file, kind } = state;
  const { data, problem } = await ask(reading, { name, kind });
  if (file !== state.file || kind !== state.kind || name !== byId("saved-choice").value) return;
  if (data?.importMapping) take(data.importMapping.mapping);
  else say(text("failed", problem ?? name));
}

/** readSaved reads the names of a kind's mappings. */
export async function readSaved(kind) {
  const { data } = await ask(listing, { kind });
  if (kind !== state.kind) return;
  kept = (data?.importMappings ?? []).map(({ name }) => name);
  drawSaved();
}

/** drawSaved draws the choice of a mapping. */
export function drawSaved() {
  const name = state.mapping ? byId("mapping-name").value : "";
  byId("saved-choice").replaceChildren(
    element("option", { value: "", textContent: text("byHeaders") }),
    ...kept.map((value) => element("option", { value, textContent: value, selected: value === name })));
}

async function save() {
  const name = byId("mapping-name").value.trim();
  if (!name) return byId("mapping-name").focus();
  const { data, problem } = await ask(saving, { name, kind: state.kind, mapping: mappingToSend() });
  const saved = data?.saveImportMapping;
  if (saved) await readSaved(state.kind);
  say(saved ? text(saved.created ? "mappingSaved" : "mappingReplaced", saved.mapping.name) : text("failed", problem));
}

const say = (words) => { byId("mapping-said").textContent = words; };
