// The fields that imports write, with their captions and values.

import { ask } from "./api.js";
import { language } from "./texts.js";

/** writable are the fields of each kind that a column can be, in the order of files. A test compares them. */
export const writable = {
  CALLS: `id name subject callType outgoingCallStatus callStartTime callDuration callDurationInSeconds callPurpose
    callResult callAgenda reminder scheduledInCrm ctiEntry callerId dialledNumber voiceRecording tags description
    ownerId ownerType ownerSubtype attachments createdBy createdAt`.split(/\s+/),
  CALL_RECORDS: `id robotCallJobId dialogFlowId robotCallTaskId phoneNumberId customerPersonId customerPerson.name
    customerPerson.customerGroupId customerPerson.customerGroupName customerPerson.wechatNumber customerPerson.source
    customerPerson.gender calledPhoneNumber resultStatus intentLevel realIntentLevel customerConcern attributes
    fullAudioUrl customerAudioUrl analysisBasis startTime endTime chatDuration chatRound readStatus
    details`.split(/\s+/),
};

const times = ["callStartTime", "createdAt", "startTime", "endTime"];
const switches = ["scheduledInCrm", "ctiEntry"];
const customer = "customerPerson.";

/** isTime tells whether a field is a time, which has a date format. */
export const isTime = (field) => times.includes(field);

const asking = `query Fields($types: [PicklistType!]) {
  picklists(types: $types first: 50) { type field kind caption { en zh } values { value caption { en zh } } }
}`;

const known = new Map(); // what is known of fields, by kind and field

/** readFields asks for captions and values. Who may not read them sees the names of fields. */
export async function readFields() {
  if (known.size) return;
  const { data } = await ask(asking, { types: ["CALL", "CALL_RECORD", "CUSTOMER_PERSON"] });
  for (const { type, field, kind, caption, values } of data?.picklists ?? []) {
    const entry = { caption, isClosed: kind === "CLOSED", values };
    if (type === "CALL") known.set(`CALLS ${field}`, entry);
    if (type === "CALL_RECORD") known.set(`CALL_RECORDS ${field}`, entry);
    if (type !== "CUSTOMER_PERSON") continue;
    const { en, zh } = caption;
    known.set(`CALL_RECORDS ${customer}${field}`, {
      ...entry, caption: { en: `Customer: ${en}`, zh: `客户${zh.replace(/^客户/, "")}` },
    });
  }
}

/** captionOf returns what people read for a field. */
export const captionOf = (kind, field) => known.get(`${kind} ${field}`)?.caption[language] ?? field;

/** choicesOf returns the values of a field as {value, caption}; none where it has no list of them. */
export function choicesOf(kind, field) {
  if (switches.includes(field)) return ["true", "false"].map((value) => ({ value, caption: value }));
  const { values = [] } = known.get(`${kind} ${field}`) ?? {};
  return values.map(({ value, caption }) => ({ value, caption: caption[language] }));
}

/** isClosed tells whether a field takes the values of its list alone. */
export const isClosed = (kind, field) => switches.includes(field) ||
  Boolean(known.get(`${kind} ${field}`)?.isClosed);

/** isKnown tells whether imports take a word for a field as it is. */
export function isKnown(kind, field, word) {
  const same = (other) => other?.toLowerCase() === word.trim().toLowerCase();
  if (switches.includes(field)) return ["true", "false", "1", "0", "是", "否"].some(same);
  const { values = [] } = known.get(`${kind} ${field}`) ?? {};
  return values.some(({ value, caption }) => [value, caption.en, caption.zh].some(same));
}
