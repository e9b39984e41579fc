// Tells when calls change, so that figures follow.

import { byId } from "./elements.js";
import { subscribe } from "./server.js";
import { text } from "./texts.js";

const quiet = 1_000; // milliseconds after the last of several changes
const atLeast = 4_000; // milliseconds from one refresh to the next
const longestPause = 60_000; // milliseconds before the subscription is tried again

/** follow calls refresh when calls have changed, soon after, and seldom. */
export function follow(refresh) {
  let timer, last = 0;
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (document.hidden) return;
      last = Date.now();
      refresh();
    }, Math.max(quiet, last + atLeast - Date.now()));
  };
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  listen(soon);
}

async function listen(soon) {
  for (let pause = 1_000; ; pause = Math.min(pause * 2, longestPause)) {
    const begin = Date.now();
    try {
      const events = subscribe({ query: "subscription Changes { callChanged { callId } }" }, {}, () => say(true));
      for await (const { data, errors } of events) {
        if (errors && !data) throw new Error(errors[0].message);
        soon();
      }
    } catch {
      // It is tried again.
    }
    say(false);
    if (Date.now() - begin > longestPause) pause = 1_000;
    await new Promise((resolve) => { setTimeout(resolve, pause); });
    soon();
  }
}

function say(isLive) {
  const e = byId("live");
  e.textContent = text(isLive ? "live" : "offline");
  e.dataset.text = isLive ? "live" : "offline";
  e.classList.toggle("on", isLive);
}
