// Tiles and lists: headline figures, rankings, the funnel.

import { element } from "./elements.js";
import { both, funnel, rankings } from "./query.js";
import { clock, number, percent, signed, text } from "./texts.js";

/**
 * tiles shows headline figures {name, value, now, before, isShare, isBad, isNeutral, drillDown}; isBad says that more
 * is worse, isNeutral that it is neither.
 */
export function tiles(place, figures, pick) {
  place.replaceChildren(...figures.map((figure) => {
    const content = [
      element("span", { className: "name", textContent: text(figure.name) }),
      element("span", { className: "value", textContent: figure.value }),
      change(figure),
    ];
    if (!figure.drillDown) return element("li", {}, element("div", {}, ...content));
    const button = element("button", { type: "button" }, ...content);
    button.addEventListener("click", () => pick(text(figure.name), figure.drillDown));
    return element("li", {}, button);
  }));
}

/** change says how a figure differs from that of the period before; nothing where there is no such period. */
export function change({ now, before, isShare, isBad, isNeutral }) {
  const e = element("span", { className: "change" });
  if (before === undefined) return e;
  if (before === null || now === null) return said(e, now === null ? "" : text("noneBefore"));
  const difference = now - before;
  if (difference === 0) return said(e, text("noChange"));
  if (isShare) {
    said(e, text("points", signed(difference * 100, { maximumFractionDigits: 1 })));
  } else if (before === 0) {
    said(e, text("newly"));
  } else {
    said(e, ratio(difference, before));
  }
  if (!isNeutral) e.classList.add((difference > 0) === Boolean(isBad) ? "worse" : "better");
  e.dataset.arrow = difference > 0 ? "▲" : "▼";
  return e;
}

/** ratio writes a difference as a share of what was before; what is more than ten times that, as how many times. */
function ratio(difference, before) {
  const share = difference / before;
  if (share >= 9) return `×${number((difference + before) / before)}`;
  return signed(share, { style: "percent", maximumFractionDigits: Math.abs(share) < 0.1 ? 1 : 0 });
}

function said(e, words) {
  e.textContent = words;
  return e;
}

/** bar is a bar of a share of the widest one; the part of it that is filled is optional. */
function bar(share, part) {
  const filled = element("i");
  filled.style.width = `${(part === undefined ? 1 : part ?? 0) * 100}%`;
  const e = element("span", { className: "bar", "aria-hidden": "true" }, filled);
  e.style.width = `${Math.max(share * 100, share > 0 ? 0.6 : 0)}%`;
  return e;
}

/** table shows groups: a name with a bar, which opens the rows, and columns of figures. */
function table(place, groups, { name, columns: all, hasMore, pick }) {
  const isCompared = groups.some(({ compared }) => compared);
  const columns = all.filter(({ title }) => isCompared || title !== "change");
  const most = Math.max(1, ...groups.map(({ count }) => count));
  const head = element("tr", {}, element("th", { scope: "col", textContent: text("name") }),
    ...columns.map((column) => element("th", {
      scope: "col", className: "figure", textContent: text(column.title), "data-column": column.title,
    })));
  const rows = groups.map((group) => {
    const label = name(group);
    const button = element("button", { type: "button", title: label },
      element("span", { className: "label", textContent: label }), bar(group.count / most, group.answeredRate));
    button.addEventListener("click", () => pick(label, group.drillDown));
    return element("tr", {}, element("th", { scope: "row" }, button), ...columns.map((column) => {
      const value = column.value(group);
      return element("td", { className: "figure", "data-column": column.title }, value);
    }));
  });
  place.replaceChildren(element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows)));
  if (hasMore) place.append(element("p", { className: "note", textContent: text("more") }));
}

/** ranking shows the largest groups of calls of a dimension. */
export function ranking(place, { groups, hasMore }, by, pick) {
  const { field } = rankings[by];
  table(place, groups, {
    hasMore, pick,
    name: ({ key }) => key[field] ?? text("without"),
    columns: [
      { title: "count", value: ({ count }) => number(count) },
      { title: "change", value: ({ count, compared }) =>
        change({ now: count, before: compared ? compared.other.count : undefined, isNeutral: true }) },
      { title: "rate", value: ({ answeredRate }) => percent(answeredRate, 0) },
      { title: "median", value: ({ duration }) => clock(duration.p50) },
    ],
  });
}

/** jobs shows the largest jobs of robots. */
export function jobs(place, { groups, hasMore }, pick) {
  table(place, groups, {
    hasMore, pick,
    name: ({ key }) => (key.robotCallJobId ? `${text("job")} ${key.robotCallJobId}` : text("without")),
    columns: [
      { title: "attempts", value: ({ count }) => number(count) },
      { title: "change", value: ({ count, compared }) =>
        change({ now: count, before: compared ? compared.other.count : undefined, isNeutral: true }) },
      { title: "rate", value: ({ answeredRate }) => percent(answeredRate, 0) },
      { title: "interestedRate", value: ({ count, interested }) => percent(count ? interested / count : null, 0) },
      { title: "median", value: ({ duration }) => clock(duration.p50) },
    ],
  });
}

/** results shows how attempts ended. */
export function results(place, { groups }, pick) {
  const all = groups.reduce((sum, { count }) => sum + count, 0);
  table(place, groups, {
    pick,
    name: ({ key }) => text(key.resultStatus ?? "NONE"),
    columns: [
      { title: "attempts", value: ({ count }) => number(count) },
      { title: "share", value: ({ count }) => percent(all ? count / all : null) },
    ],
  });
}

/** funnelList shows the steps from an attempt to strong intent, each beside the one before. */
export function funnelList(place, { total }, pick) {
  const names = Object.keys(funnel);
  const items = names.map((name, i) => {
    const count = total[`n${i}`];
    const before = i > 0 ? total[`n${i - 1}`] : undefined;
    const button = element("button", { type: "button" },
      element("span", { className: "label", textContent: text(name) }),
      element("b", { textContent: number(count) }),
      change({ now: count, before: total.compared ? total.compared.other[`n${i}`] : undefined }),
      bar(total.count ? count / total.count : 0),
      element("small", { textContent: before ? text("ofStep", percent(count / before, 0)) : "" }));
    button.addEventListener("click", () => pick(text(name), {
      filter: i === 0 ? total.drillDown.filter : both(total.drillDown.filter, funnel[name]),
    }));
    return element("li", {}, button);
  });
  place.replaceChildren(element("ol", { className: "funnel" }, ...items));
}
