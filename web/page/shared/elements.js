// Elements of the page.

/** element makes an element with properties, attributes (data-…, aria-…, role) and children. */
export function element(name, properties = {}, ...children) {
  const e = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (key.includes("-") || key === "role") e.setAttribute(key, value);
    else e[key] = value;
  }
  e.append(...children.filter((child) => child !== undefined && child !== null));
  return e;
}

/** byId returns the element of an id. */
export const byId = (id) => document.getElementById(id);

/** show shows or hides elements. */
export const show = (isShown, ...elements) => elements.forEach((e) => { e.hidden = !isShown; });

/**
 * moveByArrows lets the arrow keys move the focus among elements of which one is in the order of the tab key. columns
 * says how far up and down move; without it they move as left and right do.
 */
export function moveByArrows(elements, columns = 1) {
  elements.forEach((e, i) => {
    e.setAttribute("tabindex", i === 0 ? "0" : "-1");
    e.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -i, End: Infinity };
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const to = elements[Math.min(Math.max(i + step, 0), elements.length - 1)];
      if (Math.abs(step) > 1 && Number.isFinite(step) && !elements[i + step]) return;
      e.setAttribute("tabindex", "-1");
      to.setAttribute("tabindex", "0");
      to.focus();
    });
  });
}
