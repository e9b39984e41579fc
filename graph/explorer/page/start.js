// Opens GraphiQL on this server, and fills the page's head.

import { copy } from "./clipboard.js";
import { Editors, current, open } from "./editors.js";
import { fetcher } from "./fetcher.js";
import { fillMenu } from "./menus.js";
import { endpoint, forgetKey, key } from "./server.js";
import { linkTo, takeShared } from "./share.js";
import { signIn } from "./signin.js";
import { snippets } from "./snippets.js";
import { say } from "./status.js";

const wide = 1440; // pixels, from which on the documentation has room beside the editors
const newTab = "# Ctrl-Space lists what fits here,\n# Ctrl-Enter runs it.\n\n";

/** show renders GraphiQL with an operation in its first tab, or in a tab beside those of the last visit. */
function show(first, shared) {
  const { createElement } = React;
  const builder = { ...GraphiQLPluginExplorer.explorerPlugin({ showAttribution: false }), title: "Query Builder" };
  ReactDOM.createRoot(document.getElementById("explorer")).render(createElement(GraphiQL, {
    fetcher,
    plugins: [builder],
    query: shared?.query,
    variables: shared?.variables,
    defaultTabs: [{ query: first.query }],
    defaultQuery: newTab,
    shouldPersistHeaders: false, // keys may be among them
    visiblePlugin: innerWidth >= wide ? "Documentation Explorer" : undefined,
    inputValueDeprecation: true,
    schemaDescription: true,
  }, createElement(GraphiQL.Logo, {}, createElement(Editors))));
}

function fillHead(examples) {
  const untouched = new Set(["", newTab, ...examples.map((example) => example.query)].map((query) => query.trim()));
  const isUntouched = (query) => untouched.has(query.trim());
  fillMenu(document.getElementById("examples"), examples, ({ query, variables }) => {
    open(query, variables ? JSON.stringify(variables, null, 2) : "", isUntouched);
  });
  const names = Object.keys(snippets).map((title) => ({ title }));
  fillMenu(document.getElementById("copy"), names, ({ title }) => {
    copy(() => snippets[title](current(), key() !== null), `Copied as ${title}.`);
  });
  document.getElementById("share").addEventListener("click", () => {
    copy(() => linkTo(current()), "Copied a link that opens this operation. It carries no key.");
  });
  const forget = document.getElementById("forget");
  forget.hidden = key() === null;
  forget.addEventListener("click", () => {
    forgetKey();
    location.reload();
  });
  addEventListener("hashchange", () => {
    const shared = takeShared();
    if (shared) open(shared.query, shared.variables, isUntouched);
  });
  document.getElementById("tools").hidden = false;
}

async function start() {
  if (!await signIn()) return;
  const examples = await (await fetch("explorer/examples.json")).json();
  show(examples[0], takeShared());
  fillHead(examples);
  say(`Ready. The endpoint is ${endpoint}`);
}

start().catch((err) => {
  document.querySelector("#explorer .wait").textContent = `The explorer cannot start: ${err.message}`;
});
