// The line at the foot of the page: what the last operation cost, how long it took, and how large its answer is.

const line = document.getElementById("status");

/** say shows a text in the line. */
export function say(text) {
  line.textContent = text;
  line.hidden = false;
}

/** report shows what an operation took: its cost, the milliseconds, and the bytes of the answer, plain and as sent. */
export function report({ answer, time, size, sent }) {
  const parts = [costOf(answer), `${Math.round(time)} ms`];
  parts.push(sent && sent < size ? `${bytes(size)} (${bytes(sent)} compressed)` : bytes(size));
  say(parts.join(" · "));
}

/** reportEvents shows how many events a subscription has brought, and what the last one cost. */
export function reportEvents(count, answer) {
  say(`${count} ${count === 1 ? "event" : "events"} · ${costOf(answer)}`);
}

function costOf(answer) {
  const cost = answer.extensions?.cost;
  if (!cost) return "No cost: it was not run";
  const number = (n) => n.toLocaleString("en");
  return `Cost ${number(cost.actual)} (requested ${number(cost.requested)}, limit ${number(cost.limit)})`;
}

function bytes(n) {
  return n < 1000 ? `${n} B` : `${(n / 1000).toFixed(n < 9950 ? 1 : 0)} kB`;
}
