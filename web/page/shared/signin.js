// The form that asks for a key where the server wants one.

import { forgetKey, keepKey, key, post } from "./server.js";

/** signIn reports whether the server answers. Where it wants a key, it shows the form, which loads the page again. */
export async function signIn() {
  // A key may have characters that no header can.
  let response = await post({ query: "{ __typename }" }).catch(() => undefined);
  let refusal;
  if (key() && (!response || response.status === 401)) {
    refusal = response ? `Refused: ${(await response.json()).errors[0].message}` : "That is no key, nor a token.";
    forgetKey();
    response = await post({ query: "{ __typename }" });
    if (response.status !== 401) return true; // none is needed
  }
  if (!response) throw new Error("The server does not answer.");
  if (response.status !== 401) return true;
  showForm(refusal);
  return false;
}

function showForm(refusal) {
  const form = document.getElementById("key");
  document.querySelector("main").hidden = true;
  if (refusal) {
    const reason = document.getElementById("reason");
    reason.textContent = refusal;
    reason.classList.add("refusal");
  }
  form.hidden = false;
  form.key.focus();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keepKey(form.key.value.trim());
    location.reload();
  });
}
