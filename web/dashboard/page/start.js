// Draws the dashboard, and draws it anew when its filters or the calls change.

import { ask } from "./api.js";
import { durationChart, durationNote, heatMap, legend, statuses, unitChart } from "./charts.js";
import { byId, show } from "./elements.js";
import { radios, showFilters } from "./filters.js";
import { prepareHead } from "./head.js";
import { funnelList, jobs, ranking, results, tiles } from "./lists.js";
import { follow } from "./live.js";
import { both, funnel, rankings, viewOf } from "./query.js";
import { openCalls, openRecords, prepareRows } from "./rows.js";
import { signIn } from "./signin.js";
import { change, chosen, readAddress, state } from "./state.js";
import { clock, dateText, hoursText, number, percent, text, translate } from "./texts.js";
import { hideTip } from "./tip.js";

const main = document.querySelector("main");
const shown = { calls: true, records: true }; // the halves that the caller may read
let view; // what is drawn: {data, period, by}
let underWay; // ends the request that is under way
let lists; // values of the choices, once they are known

/** refresh reads the figures and draws them. What is drawn stays until then. */
async function refresh() {
  underWay?.abort();
  const abort = underWay = new AbortController();
  main.setAttribute("aria-busy", "true");
  const { by: asked } = state;
  const { query, variables, period } = viewOf(state, { options: !lists, shown });
  let answer;
  try {
    answer = await ask(query, variables, abort.signal);
  } catch {
    return; // a later one took its place
  }
  main.setAttribute("aria-busy", "false");
  const { data, errors, problem } = answer;
  const refused = forbidden(errors);
  show(Boolean(problem) && !refused, byId("problem"));
  byId("problem").textContent = problem ? text("failed", problem) : "";
  if (!data) {
    byId("wait").textContent = "";
    return;
  }
  if (!view) prepareRows(data.viewer.permissions.includes("EXPORT"));
  shown.calls &&= data.viewer.permissions.includes("CALL_READ");
  shown.records &&= data.viewer.permissions.includes("CALL_RECORD_READ");
  if (!lists) lists = listsOf(data);
  view = { data, period, by: asked };
  draw();
}

/** forbidden tells whether the caller may not read one half, which is said in its place. */
const forbidden = (errors) => errors?.length > 0 && errors.every(({ extensions }) => extensions?.code === "FORBIDDEN");

function listsOf({ picklists, callTags }) {
  const valuesOf = (type, field) => picklists?.find((list) => list.type === type && list.field === field)?.values
    .filter(({ count }) => count > 0) ?? [];
  return {
    agent: valuesOf("CALL", "createdBy"), owner: valuesOf("CALL", "ownerType"),
    job: valuesOf("CALL_RECORD", "robotCallJobId"),
    tag: (callTags ?? []).map(({ tag, count }) => ({ value: tag, count })),
  };
}

function draw() {
  const { data, period } = view;
  hideTip();
  translate();
  showFilters(lists, refresh);
  show(false, byId("wait"));
  show(true, byId("view"));
  byId("compared").textContent = period.before ? text("comparedWith", spanText(period.before)) : "";
  half("calls", data.calls, "forbiddenCalls", () => drawCalls(data, period));
  half("records", data.records, "forbiddenRecords", () => drawRecords(data));
}

/** half draws a half of the page, or says why it is not there. */
function half(id, stats, refusal, drawIt) {
  const section = byId(id);
  const line = section.querySelector(".refusal");
  const isEmpty = stats?.total.count === 0;
  show(Boolean(stats) && !isEmpty, section.querySelector(".content"));
  show(!stats || isEmpty, line);
  if (!stats) line.textContent = shown[id] ? "" : text(refusal);
  else if (isEmpty) line.textContent = text(emptiness());
  else drawIt();
}

function emptiness() {
  if (chosen()) return "nothingFiltered";
  return state.period === "all" ? "empty" : "nothing";
}

function drawCalls({ calls: { total }, units, unitStatuses, statuses: kinds, hours, ranking: ranked }, period) {
  const before = total.compared?.other;
  const { duration, drillDown } = total;
  tiles(byId("call-tiles"), [
    { name: "total", value: number(total.count), now: total.count, before: before?.count, isNeutral: true, drillDown },
    { name: "answeredRate", value: percent(total.answeredRate), now: total.answeredRate, before: before?.answeredRate,
      isShare: true, drillDown: within(drillDown, { callStatus: { in: ["RECEIVED", "ATTENDED_DIALLED"] } }) },
    { name: "medianDuration", value: clock(duration.p50), now: duration.p50, before: before?.duration.p50,
      isNeutral: true, drillDown: within(drillDown, { callDurationInSeconds: { isNull: false } }) },
    { name: "talkTime", value: hoursText(duration.sum), now: duration.sum, before: before?.duration.sum,
      isNeutral: true, drillDown: within(drillDown, { callDurationInSeconds: { gt: 0 } }) },
    { name: "overdue", value: number(total.overdue), now: total.overdue, before: before?.overdue, isBad: true,
      drillDown: within(drillDown, { outgoingCallStatus: { eq: "OVERDUE" } }) },
  ], openCalls);
  byId("units").querySelector("h3").textContent = text(`by${period.unit}`);
  const hasBefore = unitChart(chartOf("units"), { units, unitStatuses }, period.unit, openCalls);
  const items = legendOf(kinds.groups, statuses, ({ callStatus }) => callStatus ?? "NONE",
    (status) => [text(status), `var(--status-${status})`]);
  legend(byId("units").querySelector(".legend"), items, hasBefore, openCalls);
  durationNote(duration);
  durationChart(chartOf("durations"), { total }, openCalls);
  heatMap(chartOf("hours"), byId("hours").querySelector(".scale"), hours, openCalls);
  const names = Object.keys(rankings);
  radios(byId("ranking").querySelector(".switch"), names, state.by, (by) => {
    change({ by });
    refresh();
  }, (name) => `by${name[0].toUpperCase()}${name.slice(1)}`);
  ranking(byId("ranking").querySelector(".list"), ranked, view.by, openCalls);
}

const within = (drillDown, filter) => ({ ...drillDown, filter: both(drillDown.filter, filter) });

function drawRecords({ records: { total }, intents, results: ended, jobs: groups }) {
  const before = total.compared?.other;
  const interested = (figures) => (figures?.count ? figures.n3 / figures.count : null);
  const { drillDown } = total;
  tiles(byId("record-tiles"), [
    { name: "attempts", value: number(total.count), now: total.count, before: before?.count, isNeutral: true,
      drillDown },
    { name: "answeredRate", value: percent(total.answeredRate), now: total.answeredRate, before: before?.answeredRate,
      isShare: true, drillDown: within(drillDown, { resultStatus: { eq: "ANSWERED" } }) },
    { name: "interestedRate", value: percent(interested(total)), now: interested(total),
      before: before && interested(before), isShare: true,
      drillDown: within(drillDown, funnel.interested) },
    { name: "medianDuration", value: clock(total.duration.p50), now: total.duration.p50, before: before?.duration.p50,
      isNeutral: true, drillDown: within(drillDown, { chatDuration: { isNull: false } }) },
    { name: "talkTime", value: hoursText(total.duration.sum), now: total.duration.sum, before: before?.duration.sum,
      isNeutral: true, drillDown: within(drillDown, { chatDuration: { gt: 0 } }) },
  ], openRecords);
  funnelList(byId("funnel").querySelector(".list"), { total }, openRecords);
  legend(byId("funnel").querySelector(".legend"), legendOf(intents.groups, ["A", "B", "C", "D", "E", "F", "NONE"],
    ({ intentLevel }) => intentLevel ?? "NONE",
    (level) => [level === "NONE" ? text("without") : level, `var(--intent-${level})`]), false,
  (name, found) => openRecords(`${text("intent")} ${name}`, found));
  results(byId("results").querySelector(".list"), ended, openRecords);
  jobs(byId("jobs").querySelector(".list"), groups, openRecords);
}

function legendOf(groups, order, nameOf, look) {
  const all = d3.sum(groups, ({ count }) => count);
  return groups.map((group) => ({ ...group, of: nameOf(group.key) }))
    .sort((a, b) => order.indexOf(a.of) - order.indexOf(b.of))
    .map(({ of, count, drillDown }) => {
      const [name, colour] = look(of);
      return { name, colour, count, share: count / all, drillDown };
    });
}

const chartOf = (id) => byId(id).querySelector(".chart");

function spanText({ from, to }) {
  const options = { year: "numeric", month: "short", day: "numeric" };
  const last = new Date(to - 1);
  const [first, end] = [dateText(from, options), dateText(last, options)];
  return first === end ? first : `${first} – ${end}`;
}

function drawTexts() {
  if (view) draw();
  else translate();
}

/** drawAgain draws the charts anew when the page has another width. */
function drawAgain() {
  let width = innerWidth, timer;
  addEventListener("resize", () => {
    if (innerWidth === width) return;
    width = innerWidth;
    clearTimeout(timer);
    timer = setTimeout(() => view && draw(), 150);
  });
}

async function start() {
  translate();
  if (!await signIn()) return;
  readAddress();
  if (innerWidth < 760) byId("choices").open = false;
  prepareHead(drawTexts);
  drawAgain();
  addEventListener("popstate", () => {
    readAddress();
    refresh();
  });
  await refresh();
  if (shown.calls) follow(refresh);
}

start().catch((err) => {
  byId("wait").textContent = text("failed", err.message);
});
