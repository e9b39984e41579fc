package graph

import (
	"context"
	"reflect"

	"callbook/graph/internal/gen"
	"callbook/model"
)

// oddResolvers is a root of resolvers that return oddities. Those of root types are never called: see
// oddities.resolveRoot.
type oddResolvers struct {
	gen.ResolverRoot
	odd *oddities
}

func (r oddResolvers) Query() gen.QueryResolver             { return nil }
func (r oddResolvers) Mutation() gen.MutationResolver       { return nil }
func (r oddResolvers) Call() gen.CallResolver               { return oddCall{describedOf[model.Call](r)} }
func (r oddResolvers) CallPreview() gen.CallPreviewResolver { return describedOf[model.CallPreview](r) }
func (r oddResolvers) CallRecord() gen.CallRecordResolver {
	return oddRecord{callOf[model.CallRecord](r)}
}
func (r oddResolvers) Task() gen.TaskResolver { return callOf[model.Task](r) }
func (r oddResolvers) Note() gen.NoteResolver { return callOf[model.Note](r) }
func (r oddResolvers) DeleteNotePayload() gen.DeleteNotePayloadResolver {
	return callOf[model.DeleteNotePayload](r)
}
func (r oddResolvers) CustomerPerson() gen.CustomerPersonResolver { return oddCustomer(r) }
func (r oddResolvers) TranscriptHit() gen.TranscriptHitResolver   { return oddHit(r) }
func (r oddResolvers) Picklist() gen.PicklistResolver             { return oddPicklist(r) }
func (r oddResolvers) Job() gen.JobResolver                       { return oddJob(r) }

type (
	oddCall     struct{ describedOf[model.Call] }
	oddRecord   struct{ callOf[model.CallRecord] }
	oddCustomer oddResolvers
	oddHit      oddResolvers
	oddPicklist oddResolvers
	oddJob      oddResolvers
)

// odd returns what a resolver of a type does at the current place.
func odd[T any](o *oddities, ctx context.Context) (T, error) {
	value, err := o.result(ctx, reflect.TypeFor[T]())
	return value.Interface().(T), err
}

type (
	tasks   = *model.TaskConnection
	notes   = *model.NoteConnection
	details = *model.CallDetailConnection
	history = *model.CallHistoryConnection
	records = *model.CallRecordConnection
)

// describedOf has the resolvers that calls and their previews share.
type describedOf[T any] oddResolvers

func (r describedOf[T]) Tags(ctx context.Context, _ *T) ([]string, error) {
	return odd[[]string](r.odd, ctx)
}

func (r describedOf[T]) Description(ctx context.Context, _ *T) (*string, error) {
	return odd[*string](r.odd, ctx)
}

// callOf has the resolver of the call that a row is of.
type callOf[T any] oddResolvers

func (r callOf[T]) Call(ctx context.Context, _ *T) (*model.Call, error) {
	return odd[*model.Call](r.odd, ctx)
}

func (r oddCall) CallRecord(ctx context.Context, _ *model.Call) (*model.CallRecord, error) {
	return odd[*model.CallRecord](r.odd, ctx)
}

func (r oddCall) RelatedCounts(ctx context.Context, _ *model.Call) (*model.CallRelatedCounts, error) {
	return odd[*model.CallRelatedCounts](r.odd, ctx)
}

func (r oddCall) Tasks(
	ctx context.Context, _ *model.Call, _ *model.TaskFilter, _ []*model.TaskOrder, _ *int, _ *string,
) (tasks, error) {
	return odd[tasks](r.odd, ctx)
}

func (r oddCall) Notes(ctx context.Context, _ *model.Call, _ *int, _ *string) (notes, error) {
	return odd[notes](r.odd, ctx)
}

func (r oddCall) History(ctx context.Context, _ *model.Call, _ *int, _ *string) (history, error) {
	return odd[history](r.odd, ctx)
}

func (r oddRecord) CustomerPerson(ctx context.Context, _ *model.CallRecord) (*model.CustomerPerson, error) {
	return odd[*model.CustomerPerson](r.odd, ctx)
}

func (r oddRecord) Details(ctx context.Context, _ *model.CallRecord) ([]*model.CallDetail, error) {
	return odd[[]*model.CallDetail](r.odd, ctx)
}

func (r oddRecord) Transcript(ctx context.Context, _ *model.CallRecord, _ *int, _ *string) (details, error) {
	return odd[details](r.odd, ctx)
}

func (r oddRecord) Tags(ctx context.Context, _ *model.CallRecord) ([]string, error) {
	return odd[[]string](r.odd, ctx)
}

func (r oddCustomer) CallRecords(
	ctx context.Context, _ *model.CustomerPerson, _ *model.CallRecordFilter, _ []*model.CallRecordOrder, _ *int, _ *string,
) (records, error) {
	return odd[records](r.odd, ctx)
}

func (r oddPicklist) Values(ctx context.Context, _ *model.PicklistField) ([]*model.PicklistValue, error) {
	return odd[[]*model.PicklistValue](r.odd, ctx)
}

func (r oddHit) CallRecord(ctx context.Context, _ *model.TranscriptHit) (*model.CallRecord, error) {
	return odd[*model.CallRecord](r.odd, ctx)
}

func (r oddHit) Before(ctx context.Context, _ *model.TranscriptHit) (*model.CallDetail, error) {
	return odd[*model.CallDetail](r.odd, ctx)
}

func (r oddHit) After(ctx context.Context, _ *model.TranscriptHit) (*model.CallDetail, error) {
	return odd[*model.CallDetail](r.odd, ctx)
}

func (r oddJob) Outcomes(ctx context.Context, _ *model.Job, _ int, _ *int, _ []model.RowOutcome,
) (*model.ImportOutcomePage, error) {
	return odd[*model.ImportOutcomePage](r.odd, ctx)
}
