// The charts: calls by day and status, the hours of the week, and the distribution of durations.

import { byId, element } from "./elements.js";
import { both, durations, units as unitFields } from "./query.js";
import { brief, clock, dateText, language, number, percent, text } from "./texts.js";
import { speak } from "./tip.js";

/** statuses in the order in which bars stack them: those that were talked to first, what is planned last. */
export const statuses = [
  "RECEIVED", "ATTENDED_DIALLED", "UNATTENDED_DIALLED", "MISSED", "OVERDUE", "SCHEDULED", "CANCELLED", "NONE",
];

const weekdays = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
const heatLevels = 6; // shades of cells with calls
const marks = (chart, kind) => [...chart.querySelectorAll(`[aria-label="${kind}"] > *`)];
const plot = (options) => Plot.plot({ className: "plot", style: { overflow: "visible" }, ...options });

/** unitChart draws calls by a unit of time (hour, day, month) and status, with the period before as ticks. */
export function unitChart(place, { units, unitStatuses }, unit, pick) {
  const field = unitFields[unit];
  const known = (groups) => groups.filter((group) => group.key[field] !== null);
  const days = known(units.groups);
  const stacks = known(unitStatuses.groups).map((group) => ({ ...group, status: group.key.callStatus ?? "NONE" }))
    .sort((a, b) => d3.ascending(a.key[field], b.key[field]) ||
      statuses.indexOf(a.status) - statuses.indexOf(b.status));
  const { clientWidth: width } = place;
  const name = unitNames(unit);
  const ticks = spread(days.map(({ key }) => key[field]), Math.max(2, Math.floor(width / 72)));
  const most = Math.max(4, ...days.map(({ count, compared }) => Math.max(count, compared?.other.count ?? 0)));
  const hasBefore = days.some(({ compared }) => compared?.other.count);
  const chart = plot({
    width, height: 260, marginLeft: 44, marginRight: 4, marginTop: 10, marginBottom: 28,
    x: { type: "band", domain: days.map(({ key }) => key[field]), padding: days.length > 45 ? 0.1 : 0.22, label: null },
    y: { domain: [0, most], nice: true, label: null },
    color: { type: "ordinal", domain: statuses, range: statuses.map((status) => `var(--status-${status})`) },
    marks: [
      Plot.gridY({ ticks: 4, stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.axisY({ ticks: 4, tickSize: 0, tickFormat: wholeOnly }),
      Plot.axisX(ticks, { tickSize: 0, tickFormat: name.brief }),
      Plot.barY(stacks, {
        x: (d) => d.key[field], y: "count", fill: "status", order: null, insetTop: 1, ariaLabel: (d) => d.status,
      }),
      before(days.filter(({ compared }) => compared?.other.count), (d) => d.key[field], (d) => d.compared.other.count),
      Plot.ruleY([0], { stroke: "var(--faint)" }),
    ],
  });
  place.replaceChildren(chart);
  const totals = new Map(days.map(({ key, count }) => [key[field], count]));
  speak(marks(chart, "bar"), stacks, {
    label: ({ key, status, count }) => ({
      title: name.long(key[field]),
      lines: [`${text(status)}: ${number(count)}`, `${text("total")}: ${number(totals.get(key[field]) ?? count)}`],
    }),
    pick: (d) => pick(`${name.long(d.key[field])} · ${text(d.status)}`, d.drillDown),
  });
  return hasBefore;
}

function unitNames(unit) {
  if (unit === "HOUR_OF_DAY") {
    return { brief: (hour) => `${hour}:00`, long: hourText };
  }
  const dateOf = (day) => new Date(`${day}T12:00:00`);
  if (unit === "DAY") {
    return {
      brief: (day) => dateText(dateOf(day), { month: "short", day: "numeric" }),
      long: (day) => dateText(dateOf(day), { weekday: "short", year: "numeric", month: "long", day: "numeric" }),
    };
  }
  return {
    brief: (day) => dateText(dateOf(day), { month: "short", year: "2-digit" }),
    long: (day) => dateText(dateOf(day), { month: "long", year: "numeric" }),
  };
}

/** heatMap draws calls by weekday and hour. */
export function heatMap(place, scale, { groups }, pick) {
  const cells = groups.filter(({ key }) => key.weekday && key.hourOfDay !== null)
    .sort((a, b) => weekdays.indexOf(a.key.weekday) - weekdays.indexOf(b.key.weekday) ||
      a.key.hourOfDay - b.key.hourOfDay);
  const most = Math.max(1, ...cells.map(({ count }) => count));
  const level = (count) => (count === 0 ? 0 : Math.ceil((count / most) * heatLevels));
  const { clientWidth: width } = place;
  const isNarrow = width < 560;
  const hourTicks = d3.range(0, 24, isNarrow ? 6 : 3);
  const chart = plot({
    width, height: isNarrow ? 210 : 240, marginLeft: language === "zh" ? 36 : 40, marginRight: 4, marginTop: 4,
    marginBottom: 24,
    x: { type: "band", domain: d3.range(24), padding: 0, label: null },
    y: { type: "band", domain: weekdays, padding: 0, label: null },
    marks: [
      Plot.axisX(hourTicks, { tickSize: 0, tickFormat: (hour) => `${hour}:00` }),
      Plot.axisY({ tickSize: 0, tickFormat: (day) => weekdayText(day, "short") }),
      Plot.cell(cells, {
        x: (d) => d.key.hourOfDay, y: (d) => d.key.weekday, fill: (d) => `var(--heat-${level(d.count)})`,
        inset: 1, rx: 2,
      }),
    ],
  });
  place.replaceChildren(chart);
  const nameOf = ({ weekday, hourOfDay }) => `${weekdayText(weekday, "long")} ${hourText(hourOfDay)}`;
  speak(marks(chart, "cell"), cells, {
    columns: 24,
    label: ({ key, count, answeredRate }) => ({
      title: nameOf(key),
      lines: [`${text("total")}: ${number(count)}`, `${text("answeredRate")}: ${percent(answeredRate)}`],
    }),
    pick: ({ key, drillDown }) => pick(nameOf(key), drillDown),
  });
  scale.replaceChildren(text("less"), ...d3.range(heatLevels + 1).map((i) => {
    const title = i === 0 ? "0" : `≤ ${number(Math.floor((most * i) / heatLevels))}`;
    const swatch = element("i", { title });
    swatch.style.background = `var(--heat-${i})`;
    return swatch;
  }), `${text("moreCalls")} (${number(most)})`);
}

const hourText = (hour) => `${hour}:00–${hour + 1}:00`;

function weekdayText(weekday, style) {
  return dateText(new Date(2024, 0, 1 + weekdays.indexOf(weekday)), { weekday: style }); // a Monday
}

/** durationChart draws how many calls take how long, with the period before as ticks. */
export function durationChart(place, { total }, pick) {
  const bins = durations.map((seconds, i) => ({
    seconds, ...durationTexts(seconds), count: total[`n${i}`], other: total.compared?.other[`n${i}`],
  }));
  const { clientWidth: width } = place;
  const most = Math.max(4, ...bins.map(({ count, other }) => Math.max(count, other ?? 0)));
  const chart = plot({
    width, height: 232, marginLeft: 44, marginRight: 4, marginTop: 10, marginBottom: 28,
    x: { type: "band", domain: bins.map(({ name }) => name), padding: 0.18, label: null },
    y: { domain: [0, most], nice: true, label: null },
    marks: [
      Plot.gridY({ ticks: 4, stroke: "var(--line)", strokeOpacity: 1 }),
      Plot.axisY({ ticks: 4, tickSize: 0, tickFormat: wholeOnly }),
      Plot.axisX(bins.map(({ name }) => name).filter((_, i) => width > 380 || i % 2 === 0), { tickSize: 0 }),
      Plot.barY(bins, { x: "name", y: "count", fill: "var(--accent)", rx: 2 }),
      before(bins.filter(({ other }) => other), "name", "other"),
      Plot.ruleY([0], { stroke: "var(--faint)" }),
    ],
  });
  place.replaceChildren(chart);
  speak(marks(chart, "bar"), bins, {
    label: ({ range, count, other }) => ({
      title: range,
      lines: [`${text("total")}: ${number(count)}`,
        ...other === undefined ? [] : [`${text("previous")}: ${number(other)}`]],
    }),
    pick: ({ range, seconds }) => pick(`${text("duration")}: ${range}`, {
      ...total.drillDown, filter: both(total.drillDown.filter, { callDurationInSeconds: seconds }),
    }),
  });
}

/** durationTexts returns what the axis, name, and people, range, say of a class of durations. */
function durationTexts({ gte, lt }) {
  const brief = (seconds) =>
    (seconds < 60 ? `${seconds}${text("secondsUnit")}` : `${seconds / 60}${text("minutesUnit")}`);
  if (lt === 1) return { name: "0", range: brief(0) };
  if (lt === undefined) return { name: `${brief(gte)}+`, range: `≥ ${brief(gte)}` };
  return { name: `<${brief(lt)}`, range: `${brief(gte)} – ${brief(lt)}` };
}

/** legend lists statuses with their counts, each a button that opens its rows. */
export function legend(place, items, hasBefore, pick) {
  const buttons = items.map(({ name, colour, count, share, drillDown }) => {
    const swatch = element("i");
    swatch.style.background = colour;
    const button = element("button", { type: "button" }, swatch, element("span", { textContent: name }),
      element("b", { textContent: number(count), title: percent(share) }));
    button.addEventListener("click", () => pick(name, drillDown));
    return button;
  });
  if (hasBefore) buttons.push(element("span", { className: "dashed", textContent: text("previous") }));
  place.replaceChildren(...buttons);
}

/** durationNote says how long half of the calls, and nine in ten, take. */
export function durationNote({ p50, p90 }) {
  byId("durations").querySelector(".note").textContent =
    p50 === null ? "" : text("durationNote", clock(p50), clock(p90));
}

const wholeOnly = (n) => (Number.isInteger(n) ? brief(n) : "");

/** before marks the figures of the period before, by a tick at each bar. */
const before = (data, x, y) => Plot.tickY(data, { x, y, stroke: "var(--ink)", strokeWidth: 2, pointerEvents: "none" });

/** spread picks at most so many of a list, at the same distance, with the last one. */
function spread(list, most) {
  const step = Math.ceil(list.length / most);
  return list.filter((_, i) => (list.length - 1 - i) % step === 0);
}
