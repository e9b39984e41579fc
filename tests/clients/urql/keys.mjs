// The types whose objects are parts of others and have no identity of their own; a test compares them with the schema.
export const embeddedTypes = `
  AgreementCell ApiKey Attachment BucketCount CallChange CallConnection CallDetail CallDetailConnection CallDetailEdge
  CallDraft CallDrillDown CallEdge CallHistoryConnection CallHistoryEdge CallHistoryEntry CallKeyCheck CallPreview
  CallRecordChange CallRecordConnection CallRecordDrillDown CallRecordEdge CallRecordStats CallRecordStatsComparison
  CallRecordStatsFigures CallRecordStatsGroup CallRecordStatsKey CallRecordsPayload CallRelatedCounts CallResult
  CallStats CallStatsComparison CallStatsFigures CallStatsGroup CallStatsKey CallsPayload CancelJobPayload Caption
  Change ChangePage ConcernCount CreateApiKeyPayload CreateCallFromRecordPayload CreateCallPayload
  CreateCallTasksPayload CustomerPersonConnection CustomerPersonEdge CustomerProperty DayCount DayFacet
  DeleteCallPayload DeleteExportColumnSetPayload DeleteFilePayload DeleteImportMappingPayload DeleteNotePayload
  DeleteQueryPayload DocumentLink DurationPercentiles ExportColumnSet ExportLink FieldChange File Highlight
  ImportColumn ImportConstant ImportCounts ImportError ImportMapping ImportOutcome ImportOutcomePage ImportPayload
  ImportPreview ImportPreviewColumn ImportPreviewProblem ImportPreviewRow ImportProblem ImportProblemCount ImportValue
  ImportWarning InputError IntentAgreement IntentCount Job JobFacet JobFailure JobProgress JobStats NoteConnection
  NoteEdge NotePayload PageInfo Picklist PicklistValue QueryParameter ResultCount RevokeApiKeyPayload RoleGrant
  SaveCallPayload SaveCallRecordResult SaveCallRecordsPayload SaveCustomerPersonPayload SaveExportColumnSetPayload
  SaveImportMappingPayload SaveQueryPayload SavedImportMapping SavedQuery Snippet StartExportPayload StartImportPayload
  StatsValues Table TableColumn TagCount TaskChange TaskConnection TaskEdge TaskResult TasksPayload
  TranscriptConnection TranscriptEdge TranscriptFacets TranscriptHit UndoImportPayload UpdateCallPayload
  UpdateTaskPayload VersionConflict Viewer
`.match(/\w+/g)

// keys is what cacheExchange wants to be told of them.
export const keys = Object.fromEntries(embeddedTypes.map((type) => [type, () => null]))
