// What a mark of a chart says when it is pointed at or has the focus, and what opens its rows.

import { byId, moveByArrows } from "./elements.js";

const tip = byId("tip");

/** hideTip hides what is said of a mark. */
export const hideTip = () => { tip.hidden = true; };

/**
 * speak makes marks of a chart buttons: each says its label {title, lines} when it is pointed at or has the focus, and
 * picks its datum when it is clicked, or by Enter and the space bar. Arrow keys go from mark to mark, up and down by
 * columns.
 */
export function speak(marks, data, { label, pick, columns }) {
  marks.forEach((mark, i) => {
    const { title, lines } = label(data[i]);
    mark.setAttribute("role", "button");
    mark.setAttribute("aria-label", [title, ...lines].join(", "));
    const open = () => {
      hideTip();
      pick(data[i]);
    };
    const say = () => sayAt(mark, title, lines);
    mark.addEventListener("pointerenter", say);
    mark.addEventListener("pointerleave", hideTip);
    mark.addEventListener("focus", () => mark.matches(":focus-visible") && say());
    mark.addEventListener("blur", hideTip);
    mark.addEventListener("click", open);
    mark.addEventListener("keydown", (event) => {
      if (event.key === "Escape") hideTip();
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      open();
    });
  });
  moveByArrows(marks, columns);
}

function sayAt(mark, title, lines) {
  const head = document.createElement("b");
  head.textContent = title;
  tip.replaceChildren(head, ...lines.map((line) => {
    const row = document.createElement("span");
    row.textContent = line;
    return row;
  }));
  tip.hidden = false;
  const box = mark.getBoundingClientRect();
  const left = box.left + box.width / 2 - tip.offsetWidth / 2;
  const top = box.top - tip.offsetHeight - 8;
  tip.style.left = `${Math.max(8, Math.min(left, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${top < 8 ? box.bottom + 8 : top}px`;
}

addEventListener("scroll", hideTip, { passive: true, capture: true });
