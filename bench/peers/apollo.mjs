// Apollo Server with DataLoader over the benchmark's database: a schema of the benchmark's operations, resolvers that
// read the columns they need by statements that pg prepares by name, and a DataLoader for customers and for turns.
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import DataLoader from 'dataloader'
import { pool, statements, untilParentEnds } from './database.mjs'

untilParentEnds()

const typeDefs = `#graphql
  enum ResultStatus { ANSWERED NO_ANSWER BUSY POWER_OFF OUT_OF_SERVICE REFUSED VACANT_NUMBER CAN_NOT_CONNECT
    FROM_PHONE_ERROR SYSTEM_ERROR }
  enum IntentLevel { A B C D E F }
  enum ReadStatus { NOT_READ HAS_READ }
  enum CallType { INBOUND OUTBOUND MISSED }
  enum OutgoingCallStatus { SCHEDULED COMPLETED CANCELLED OVERDUE }
  enum CallDetailType { ROBOT PERSON }
  enum Gender { MALE FEMALE UNKNOWN }
  scalar DateTime
  type CallDetail { position: Int! type: CallDetailType! text: String! }
  type CustomerPerson { id: ID! name: String phoneNumber: String gender: Gender customerGroupName: String }
  type CallRecord { id: ID! version: Int! robotCallJobId: ID resultStatus: ResultStatus intentLevel: IntentLevel
    startTime: DateTime endTime: DateTime chatDuration: Int chatRound: Int readStatus: ReadStatus!
    calledPhoneNumber: String customerConcern: [String!]! fullAudioUrl: String customerPerson: CustomerPerson
    details: [CallDetail!]! }
  type CallRecordConnection { nodes: [CallRecord!]! totalCount: Int! }
  type Call { nodeId: ID! id: ID! version: Int! name: String subject: String callType: CallType
    outgoingCallStatus: OutgoingCallStatus callStartTime: DateTime callDurationInSeconds: Int callPurpose: String
    callResult: String callAgenda: String reminder: String scheduledInCrm: Boolean ctiEntry: Boolean callerId: String
    dialledNumber: String voiceRecording: String ownerId: String ownerType: String ownerSubtype: String
    createdBy: String! createdAt: DateTime! updatedBy: String! updatedAt: DateTime! }
  type CallConnection { nodes: [Call!]! }
  input LongFilter { eq: ID }
  input ResultStatusFilter { eq: ResultStatus }
  input IntentLevelFilter { eq: IntentLevel }
  input OutgoingCallStatusFilter { eq: OutgoingCallStatus }
  input CallRecordFilter { robotCallJobId: LongFilter resultStatus: ResultStatusFilter intentLevel: IntentLevelFilter }
  input CallFilter { outgoingCallStatus: OutgoingCallStatusFilter }
  input CreateCallInput { id: ID name: String subject: String callType: CallType outgoingCallStatus: OutgoingCallStatus
    callStartTime: DateTime callDurationInSeconds: Int callPurpose: String dialledNumber: String ownerId: String
    ownerType: String }
  input CallSelector { ids: [ID!] }
  type CreateCallPayload { call: Call! }
  type CallsPayload { written: Int! }
  type ImportPayload { rows: Int! created: Int! updated: Int! failed: Int! }
  type Query {
    callRecord(id: ID!): CallRecord
    callRecords(filter: CallRecordFilter!, first: Int!): CallRecordConnection
    calls(filter: CallFilter!, first: Int!): CallConnection
  }
  type Mutation {
    createCall(input: CreateCallInput!): CreateCallPayload
    importCalls(file: String!): ImportPayload
    addCallTags(select: CallSelector!, tags: [String!]!): CallsPayload
  }`

const recordColumns = `id, version, robot_call_job_id AS "robotCallJobId", result_status AS "resultStatus",
  intent_level AS "intentLevel", start_time AS "startTime", end_time AS "endTime", chat_duration AS "chatDuration",
  chat_round AS "chatRound", read_status AS "readStatus", called_phone_number AS "calledPhoneNumber",
  customer_concern AS "customerConcern", full_audio_url AS "fullAudioUrl", customer_person_id AS "customerPersonId"`
const callColumns = `id, version, name, subject, call_type AS "callType", outgoing_call_status AS "outgoingCallStatus",
  call_start_time AS "callStartTime", call_duration_in_seconds AS "callDurationInSeconds",
  call_purpose AS "callPurpose", call_result AS "callResult", call_agenda AS "callAgenda", reminder,
  scheduled_in_crm AS "scheduledInCrm", cti_entry AS "ctiEntry", caller_id AS "callerId",
  dialled_number AS "dialledNumber", voice_recording AS "voiceRecording", owner_id AS "ownerId",
  owner_type AS "ownerType", owner_subtype AS "ownerSubtype", created_by AS "createdBy", created_at AS "createdAt",
  updated_by AS "updatedBy", updated_at AS "updatedAt"`
const ofRecords = 'tenant_id = 1 AND robot_call_job_id = $1 AND result_status = $2 AND intent_level = $3'

const query = (name, text, values) => pool.query({ name, text, values }).then(result => result.rows)
const fold = text => {
  const folded = text?.normalize('NFKC').toLowerCase() ?? null
  return folded === text ? null : folded
}

const loaders = () => ({
  customers: new DataLoader(async ids => {
    const rows = await query('customers', `SELECT id, name, phone_number AS "phoneNumber", gender,
      customer_group_name AS "customerGroupName" FROM customer_persons WHERE tenant_id = 1 AND id = ANY($1)`, [ids])
    const byID = new Map(rows.map(row => [row.id, row]))
    return ids.map(id => byID.get(id) ?? null)
  }),
  details: new DataLoader(async ids => {
    const rows = await query('details', `SELECT call_record_id AS id, position, type, text FROM call_details
      WHERE tenant_id = 1 AND call_record_id = ANY($1) ORDER BY call_record_id, position`, [ids])
    const byID = new Map(ids.map(id => [id, []]))
    for (const row of rows) byID.get(row.id).push(row)
    return ids.map(id => byID.get(id))
  })
})

const values = filter => [filter.robotCallJobId.eq, filter.resultStatus.eq, filter.intentLevel.eq]

const resolvers = {
  Query: {
    callRecord: async (_, { id }) =>
      (await query('record', `SELECT ${recordColumns} FROM call_records WHERE tenant_id = 1 AND id = $1`, [id]))[0],
    callRecords: (_, { filter }) => filter,
    calls: async (_, { filter }) => ({
      nodes: await query('calls', `SELECT ${callColumns} FROM calls WHERE tenant_id = 1 AND outgoing_call_status = $1
        AND deleted_at IS NULL ORDER BY call_start_time DESC NULLS LAST, id LIMIT 100`, [filter.outgoingCallStatus.eq])
    })
  },
  CallRecordConnection: {
    nodes: filter => query('records', `SELECT ${recordColumns} FROM call_records WHERE ${ofRecords}
      ORDER BY start_time DESC NULLS LAST, id LIMIT 20`, values(filter)),
    totalCount: async filter =>
      (await query('count', `SELECT count(*)::int AS n FROM call_records WHERE ${ofRecords}`, values(filter)))[0].n
  },
  CallRecord: {
    customerPerson: (record, _, context) => record.customerPersonId && context.customers.load(record.customerPersonId),
    details: (record, _, context) => context.details.load(record.id)
  },
  Call: { nodeId: call => Buffer.from('Call:' + call.id).toString('base64url') },
  Mutation: {
    createCall: async (_, { input: i }) => {
      const now = new Date()
      await query('insert', statements.insert, [1, i.id, i.name, fold(i.name), i.subject, fold(i.subject), i.callType,
        i.outgoingCallStatus, i.callStartTime, i.callDurationInSeconds, i.callPurpose, i.dialledNumber,
        fold(i.dialledNumber), i.ownerId, i.ownerType, 'apollo', now])
      return { call: { ...i, version: 1, createdBy: 'apollo', createdAt: now } }
    },
    importCalls: async (_, { file }) => {
      const rows = file.trimEnd().split('\n').map(line => JSON.parse(line))
      const column = of => rows.map(row => of(row) ?? null)
      const [done] = await query('save', statements.save, [1, column(r => r.id), column(r => r.name),
        column(r => fold(r.name)), column(r => r.subject), column(r => fold(r.subject)), column(r => r.call_type),
        column(r => r.call_start_time), column(r => r.call_duration_in_seconds), column(r => r.call_purpose),
        column(r => r.dialled_number), column(r => fold(r.dialled_number)), column(r => r.owner_id),
        column(r => r.owner_type), 'apollo', new Date()])
      return { rows: rows.length, created: Number(done.created), updated: Number(done.changed), failed: 0 }
    },
    addCallTags: async (_, { select, tags: [tag] }) => {
      const values = [1, select.ids, tag, fold(tag), 'apollo', new Date()]
      return { written: (await pool.query({ name: 'tag', text: statements.tag, values })).rowCount }
    }
  }
}

const server = new ApolloServer({ typeDefs, resolvers, introspection: false })
await startStandaloneServer(server, {
  listen: { host: '127.0.0.1', port: Number(process.env.PORT) },
  context: async () => loaders()
})
