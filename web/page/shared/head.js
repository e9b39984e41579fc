// The head of a page: the button that forgets the key, and the one for the other language.

import { byId, show } from "./elements.js";
import { toggleLanguage } from "./language.js";
import { forgetKey, key } from "./server.js";

/** prepareHead shows the head. drawAgain writes the page's texts anew, in the language that was chosen. */
export function prepareHead(drawAgain) {
  show(true, byId("tools"));
  show(key() !== null, byId("forget"));
  byId("forget").addEventListener("click", () => {
    forgetKey();
    location.reload();
  });
  byId("language").addEventListener("click", () => {
    toggleLanguage();
    drawAgain();
  });
}
