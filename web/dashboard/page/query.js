// The one operation that a view is drawn from, and its variables.

import { periodOf, zone } from "./periods.js";

/** dimensions of calls by which the ranking is made, by their names in addresses, with the field of the key. */
export const rankings = {
  agent: { dimension: "CREATED_BY", field: "createdBy" },
  owner: { dimension: "OWNER_ID", field: "ownerId" },
  tag: { dimension: "TAG", field: "tag" },
  purpose: { dimension: "CALL_PURPOSE", field: "callPurpose" },
  result: { dimension: "CALL_RESULT", field: "callResult" },
};

/** units are the fields of the key by the dimensions of time of the first chart. */
export const units = { HOUR_OF_DAY: "hourOfDay", DAY: "day", MONTH: "month" };

/** durations are the classes of the distribution: conditions on seconds. */
export const durations = [[0, 1], [1, 15], [15, 30], [30, 60], [60, 120], [120, 300], [300, 600], [600, 1200], [1200]]
  .map(([gte, lt]) => (lt === undefined ? { gte } : { gte, lt }));

const answered = { resultStatus: { eq: "ANSWERED" } };
const talked = { ...answered, chatRound: { gte: 3 } };

/** funnel are the steps from an attempt to a customer with strong intent; each has the conditions of those before. */
export const funnel = {
  attempts: {},
  answered,
  talked,
  interested: { ...talked, intentLevel: { in: ["A", "B"] } },
  strong: { ...talked, intentLevel: { eq: "A" } },
};

const counts = (conditions, type) =>
  Object.keys(conditions).map((i) => `n${i}: count(filter: $${type}${i})`).join("\n");
const declared = (conditions, type, input) => Object.keys(conditions).map((i) => `$${type}${i}: ${input}`).join(" ");
const steps = Object.values(funnel);
const compared = "compared { other { count answeredRate duration { p50 sum } } }";

const document = `
query Dashboard(
  $dataset: CallDataset! $calls: CallFilter $callsBefore: CallStatsCompareTo $callShift: CallStatsCompareTo
  $records: CallRecordFilter $recordsBefore: CallRecordStatsCompareTo
  $zone: String! $fill: StatsFill $unit: [CallDimension!]! $unitStatus: [CallDimension!]! $ranking: [CallDimension!]!
  $overdue: CallFilter $options: Boolean! $callsShown: Boolean! $recordsShown: Boolean!
  ${declared(durations, "duration", "CallFilter")} ${declared(steps, "step", "CallRecordFilter")}
) {
  viewer { name permissions }
  picklists(types: [CALL, CALL_RECORD], fields: ["createdBy", "ownerType", "robotCallJobId"]) @include(if: $options) {
    type field values { value count }
  }
  callTags(first: 100) @include(if: $options) { tag count }
  calls: callStats(dataset: $dataset, filter: $calls, timeZone: $zone, compareTo: $callsBefore)
  @include(if: $callsShown) {
    asOf
    total {
      count answeredRate duration { sum p50 p90 } overdue: count(filter: $overdue)
      ${counts(durations, "duration")}
      compared { other {
        count answeredRate duration { sum p50 p90 } overdue: count(filter: $overdue) ${counts(durations, "duration")}
      } }
      drillDown { dataset filter }
    }
  }
  units: callStats(
    dataset: $dataset, filter: $calls, groupBy: $unit, timeZone: $zone, fill: $fill, compareTo: $callShift
  ) @include(if: $callsShown) {
    groups { key { hourOfDay day month } count compared { other { count } } drillDown { dataset filter } }
  }
  unitStatuses: callStats(dataset: $dataset, filter: $calls, groupBy: $unitStatus, timeZone: $zone)
  @include(if: $callsShown) {
    groups { key { hourOfDay day month callStatus } count drillDown { dataset filter } }
  }
  statuses: callStats(dataset: $dataset, filter: $calls, groupBy: [CALL_STATUS], timeZone: $zone)
  @include(if: $callsShown) {
    groups { key { callStatus } count drillDown { dataset filter } }
  }
  hours: callStats(dataset: $dataset, filter: $calls, groupBy: [WEEKDAY, HOUR_OF_DAY], timeZone: $zone, fill: {})
  @include(if: $callsShown) {
    groups { key { weekday hourOfDay } count answeredRate drillDown { dataset filter } }
  }
  ranking: callStats(
    dataset: $dataset, filter: $calls, groupBy: $ranking, timeZone: $zone, compareTo: $callsBefore
    orderBy: [{measure: COUNT, direction: DESC}], first: 10
  ) @include(if: $callsShown) {
    hasMore
    groups {
      key { createdBy ownerId tag callPurpose callResult } count answeredRate duration { p50 } ${compared}
      drillDown { dataset filter }
    }
  }
  records: callRecordStats(filter: $records, timeZone: $zone, compareTo: $recordsBefore) @include(if: $recordsShown) {
    total {
      count answeredRate duration { p50 sum } ${counts(steps, "step")}
      compared { other { count answeredRate duration { p50 sum } ${counts(steps, "step")} } }
      drillDown { filter }
    }
  }
  intents: callRecordStats(filter: $records, groupBy: [INTENT_LEVEL], timeZone: $zone) @include(if: $recordsShown) {
    groups { key { intentLevel } count drillDown { filter } }
  }
  results: callRecordStats(
    filter: $records, groupBy: [RESULT_STATUS], timeZone: $zone, orderBy: [{measure: COUNT, direction: DESC}]
  ) @include(if: $recordsShown) {
    groups { key { resultStatus } count drillDown { filter } }
  }
  jobs: callRecordStats(
    filter: $records, groupBy: [ROBOT_CALL_JOB_ID], timeZone: $zone, compareTo: $recordsBefore
    orderBy: [{measure: COUNT, direction: DESC}], first: 10
  ) @include(if: $recordsShown) {
    hasMore
    groups {
      key { robotCallJobId } count answeredRate interested: count(filter: $step3) duration { p50 }
      compared { other { count } } drillDown { filter }
    }
  }
}`;

/**
 * viewOf returns the operation {query, variables} of a view; shown says which halves of it the caller may read, options
 * whether the choices of the filter bar are asked for, too.
 */
export function viewOf(state, { options, shown }) {
  const period = periodOf(state);
  const calls = callConditions(state);
  const records = recordConditions(state);
  const { before, shift, unit } = period;
  const during = (field, conditions, { from, to } = {}) =>
    (from ? { ...conditions, [field]: { gte: from.toISOString(), lt: to.toISOString() } } : conditions);
  const otherCalls = before && { filter: during("callStartTime", calls, before) };
  const variables = {
    dataset: state.dataset,
    calls: during("callStartTime", calls, period),
    records: during("startTime", records, period),
    callsBefore: otherCalls,
    callShift: otherCalls && (unit === "HOUR_OF_DAY" ? otherCalls : { ...otherCalls, shift }),
    recordsBefore: before && { filter: during("startTime", records, before) },
    fill: period.from ? { from: period.from.toISOString(), to: period.to.toISOString() } : {},
    unit: [unit],
    unitStatus: [unit, "CALL_STATUS"],
    ranking: [rankings[state.by].dimension],
    overdue: { outgoingCallStatus: { eq: "OVERDUE" } },
    zone,
    options,
    callsShown: shown.calls,
    recordsShown: shown.records,
  };
  durations.forEach((seconds, i) => { variables[`duration${i}`] = { callDurationInSeconds: seconds }; });
  steps.forEach((conditions, i) => { variables[`step${i}`] = conditions; });
  return { query: document, variables, period };
}

/** both returns a filter that takes what two filters take. */
export const both = (one, other) => ({ and: [one, other] });

function callConditions({ type, agent, owner, tag }) {
  return {
    ...type && { callType: { eq: type } },
    ...agent && { createdBy: { eq: agent } },
    ...owner && { ownerType: { eq: owner } },
    ...tag && { tags: { has: tag } },
  };
}

function recordConditions({ tag, job }) {
  return { ...tag && { tags: { has: tag } }, ...job && { robotCallJobId: { eq: job } } };
}
