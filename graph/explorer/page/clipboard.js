// Texts for the clipboard.

import { say } from "./status.js";

/** copy puts a text into the clipboard, and says so. */
export async function copy(makeText, said) {
  try {
    await toClipboard(makeText());
    say(said);
  } catch (err) {
    say(err.message);
  }
}

async function toClipboard(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Browsers give pages without TLS no clipboard, but for this.
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  const isCopied = document.execCommand("copy");
  area.remove();
  if (!isCopied) throw new Error("The browser does not let the page copy.");
}
