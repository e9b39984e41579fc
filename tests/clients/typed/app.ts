// A little app over Apollo Client, with the types that graphql-codegen makes of typed/documents.
import { ApolloClient } from '@apollo/client'
import {
  AddNoteDocument,
  CallChangesDocument,
  CallListDocument,
  CallScreenDocument,
  CreateCallDocument,
  DeleteCallsDocument,
  DeliverDocument,
  JobBoardDocument,
  LoadCallsDocument,
  ObjectsDocument,
  RecordListDocument,
  SaveCallFormDocument,
  type CallChangesSubscription,
  type CallFilter,
  type CallRowFragment,
  type CreateCallInput,
  type SaveCallRecordInput,
  type UpdateCallInput,
} from './generated/graphql.js'

export class App {
  constructor(private readonly client: ApolloClient) {}

  // list answers the rows of a page, and the cursor of the next one.
  async list(filter: CallFilter, after?: string): Promise<{ rows: CallRowFragment[]; next: string | null }> {
    const { data } = await this.client.query({ query: CallListDocument, variables: { filter, first: 20, after } })
    const page = data?.calls
    return {
      rows: page?.edges.map(({ node }) => node) ?? [],
      next: page?.pageInfo.hasNextPage ? page.pageInfo.endCursor : null,
    }
  }

  async create(input: CreateCallInput): Promise<CallRowFragment> {
    const { data } = await this.client.mutate({ mutation: CreateCallDocument, variables: { input } })
    if (!data?.createCall) throw new Error('no answer')
    return data.createCall.call
  }

  // save writes a form, unless somebody else has changed the call since it was shown.
  async save({ id, version }: CallRowFragment, input: UpdateCallInput): Promise<number | undefined> {
    const variables = { id, input, expectedVersion: version }
    const { data } = await this.client.mutate({ mutation: SaveCallFormDocument, variables })
    return data?.updateCall?.call.version
  }

  async note(callId: string, text: string): Promise<number | undefined> {
    const { data } = await this.client.mutate({ mutation: AddNoteDocument, variables: { callId, text } })
    return data?.addNote?.note.call?.relatedCounts.notes
  }

  // history answers what has changed of a call, as lines for people; values are of any kind.
  async history(id: string): Promise<string[]> {
    const { data } = await this.client.query({ query: CallScreenDocument, variables: { id } })
    const entries = data?.call?.history.nodes ?? []
    return entries.flatMap(({ version, changedAt, changes }) => {
      const day = new Date(changedAt).toISOString().slice(0, 10)
      return changes.map(({ field, from, to }) => `${day} ${version} ${field}: ${text(from)} -> ${text(to)}`)
    })
  }

  // remove answers, by key, why calls were not deleted.
  async remove(...ids: string[]): Promise<Record<string, string>> {
    const { data } = await this.client.mutate({ mutation: DeleteCallsDocument, variables: { select: { ids } } })
    const failed = data?.deleteCalls?.results.filter(({ outcome }) => outcome === 'FAILED') ?? []
    return Object.fromEntries(failed.map(({ callId, errors }) => [callId, errors[0]?.message ?? '']))
  }

  async load(file: File): Promise<number | undefined> {
    const { data } = await this.client.mutate({ mutation: LoadCallsDocument, variables: { file, dryRun: true } })
    return data?.importCalls?.rows
  }

  async deliver(...inputs: SaveCallRecordInput[]): Promise<string[]> {
    const { data } = await this.client.mutate({ mutation: DeliverDocument, variables: { inputs } })
    return data?.saveCallRecords?.results.map(({ outcome }) => outcome) ?? []
  }

  // transcripts answers what was said in the records of a job, and where to hear it.
  async transcripts(job: string): Promise<{ said: string; recording: URL | null }[]> {
    const filter = { robotCallJobId: { eq: job }, hasTranscript: { eq: true } }
    const { data } = await this.client.query({ query: RecordListDocument, variables: { filter, first: 20 } })
    const records = data?.callRecords?.nodes ?? []
    return records.map(({ details, fullAudioUrl }) => ({
      said: details.map(({ type, text }) => `${type}: ${text}`).join('\n'),
      recording: fullAudioUrl === null ? null : new URL(fullAudioUrl),
    }))
  }

  // days answers how many records a job has by day, such as 2024-03-01.
  async days(job: string): Promise<Map<string, number>> {
    const { data } = await this.client.query({ query: JobBoardDocument, variables: { job } })
    return new Map(data?.jobStats?.daily?.map(({ date, total }) => [date, total]))
  }

  // titles answers a line for each of some objects, whatever they are.
  async titles(nodeIds: string[]): Promise<string[]> {
    const { data } = await this.client.query({ query: ObjectsDocument, variables: { nodeIds } })
    return (data?.nodes ?? []).map((object) => {
      switch (object?.__typename) {
        case 'Call':
          return object.name ?? 'a call'
        case 'CallRecord':
          return `a record of ${object.startTime}`
        case 'CustomerPerson':
          return object.phoneNumber ?? 'a customer'
        default:
          return 'nothing that is shown'
      }
    })
  }

  watch(seen: (change: CallChangesSubscription['callChanged']) => void): () => void {
    const kinds = ['CREATED', 'UPDATED'] as const
    const changes = this.client.subscribe({ query: CallChangesDocument, variables: { kinds: [...kinds] } })
    const subscription = changes.subscribe(({ data }) => data && seen(data.callChanged))
    return () => subscription.unsubscribe()
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))
