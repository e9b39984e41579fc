package db_test

import (
	"context"
	"errors"
	"time"

	"github.com/99designs/gqlgen/graphql"

	"callbook/db"
	"callbook/model"
)

// isolationCases call every exported method as a tenant that owns nothing of what the arguments name, and return
// everything that it gets to see. A method without a case fails the test.
var isolationCases = map[string]func(context.Context, *db.DB) (any, error){
	"APIKey": func(ctx context.Context, d *db.DB) (any, error) {
		return d.APIKey(ctx, secretAPIKey(d))
	},
	"APIKeys": func(ctx context.Context, d *db.DB) (any, error) {
		return d.APIKeys(ctx)
	},
	"RevokeAPIKey": func(ctx context.Context, d *db.DB) (any, error) {
		return d.RevokeAPIKey(ctx, secretAPIKey(d))
	},
	"NoteKeyUse": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.NoteKeyUse(ctx, secretAPIKey(d), time.Now())
	},
	"CreateAPIKey": func(ctx context.Context, d *db.DB) (any, error) {
		_, _, err := d.CreateAPIKey(ctx, model.CreateAPIKeyInput{Name: "x", Roles: nil})
		return nil, err
	},
	"Call": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Call(ctx, "secret-call", true)
	},
	"Calls": func(ctx context.Context, d *db.DB) (any, error) {
		page, err := d.Calls(ctx, db.CallQuery{Dataset: model.CallDatasetDefault})
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		return []any{page.Nodes, total}, err
	},
	"CallTags": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallTags(ctx, []string{"secret-call"})
	},
	"CallDescriptions": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallDescriptions(ctx, []string{"secret-call"})
	},
	"CreateCall": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CreateCall(ctx, model.CreateCallInput{ID: new("secret-call")})
	},
	"UpdateCall": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UpdateCall(ctx, "x", "secret-call", named("overwritten"), nil)
	},
	"SaveCall": func(ctx context.Context, d *db.DB) (any, error) {
		call, _, err := d.SaveCall(ctx, model.CreateCallInput{ID: new("secret-call"), CallPatch: named("overwritten")}, nil)
		return call, err
	},
	"ImportCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.ImportCalls(ctx, model.ImportModeUpsert,
			[]*model.CallImport{{ID: "secret-call", CallPatch: named("overwritten")}})
	},
	"DeleteCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.DeleteCalls(ctx, everything, db.Batch{})
	},
	"RestoreCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.RestoreCalls(ctx, model.CallSelector{Ids: []string{"secret-call", "secret-deleted"}}, db.Batch{})
	},
	"PurgeCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.PurgeCalls(ctx, everything, db.Batch{})
	},
	"CreateCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CreateCalls(ctx, []*model.CreateCallInput{{ID: new("secret-call")}}, db.Batch{})
	},
	"UpdateCalls": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UpdateCalls(ctx, "x", everything, named("overwritten"), db.Batch{})
	},
	"AddCallTags": func(ctx context.Context, d *db.DB) (any, error) {
		return d.AddCallTags(ctx, secretKeys, []string{"overwritten"}, db.Batch{})
	},
	"RemoveCallTags": func(ctx context.Context, d *db.DB) (any, error) {
		return d.RemoveCallTags(ctx, secretKeys, []string{"classified"}, db.Batch{})
	},
	"CallTagCounts": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallTagCounts(ctx, "", model.CallDatasetDefault, nil, 10)
	},
	"CallKeyState": func(ctx context.Context, d *db.DB) (any, error) {
		state, err := d.CallKeyState(ctx, "secret-call")
		if state == model.CallKeyStateTaken {
			return "classified", err
		}
		return state, err
	},
	"CallDraft": func(ctx context.Context, d *db.DB) (any, error) {
		call, errs, err := d.CallDraft(ctx, model.CreateCallInput{ID: new("secret-call")})
		return []any{call, errs}, err
	},
	"ScheduleCall": func(ctx context.Context, d *db.DB) (any, error) {
		return d.ScheduleCall(ctx, model.CreateCallInput{ID: new("secret-call")})
	},
	"LogCall": func(ctx context.Context, d *db.DB) (any, error) {
		in := model.CreateCallInput{ID: new("secret-call")}
		in.CallType = graphql.OmittableOf(new(model.CallTypeMissed))
		return d.LogCall(ctx, in)
	},
	"CallsByID": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallsByID(ctx, []string{"secret-call"})
	},
	"CallHistory": func(ctx context.Context, d *db.DB) (any, error) {
		pages, err := d.CallHistory(ctx, []string{"secret-call"}, model.PageArgs{})
		return pageOf(ctx, pages, "secret-call", err)
	},
	"RelatedCounts": func(ctx context.Context, d *db.DB) (any, error) {
		counts, err := d.RelatedCounts(ctx, []string{"secret-call"})
		if err == nil && counts["secret-call"].Notes > 0 {
			return "classified", nil
		}
		return counts, err
	},
	"Task": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Task(ctx, secretTask(d))
	},
	"Tasks": func(ctx context.Context, d *db.DB) (any, error) {
		return nodesOf(d.Tasks(ctx, db.TaskQuery{}))
	},
	"TasksOfCalls": func(ctx context.Context, d *db.DB) (any, error) {
		pages, err := d.TasksOfCalls(ctx, []string{"secret-call"}, db.TaskQuery{})
		return pageOf(ctx, pages, "secret-call", err)
	},
	"TasksByID": func(ctx context.Context, d *db.DB) (any, error) {
		return d.TasksByID(ctx, []string{secretTask(d)})
	},
	"DeleteTasks": func(ctx context.Context, d *db.DB) (any, error) {
		return d.DeleteTasks(ctx, model.TaskSelector{Ids: []string{secretTask(d)}}, model.BatchPolicyValidRows)
	},
	"CreateCallTasks": func(ctx context.Context, d *db.DB) (any, error) {
		task := &model.CreateTaskInput{Subject: "overwritten", Status: model.TaskStatusDone}
		return d.CreateCallTasks(ctx, secretKeys, []*model.CreateTaskInput{task}, db.Batch{})
	},
	"UpdateTask": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UpdateTask(ctx, secretTask(d), model.CompleteTaskPatch(), nil)
	},
	"CompleteTasks": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CompleteTasks(ctx, model.TaskSelector{Ids: []string{secretTask(d)}}, model.BatchPolicyValidRows)
	},
	"Note": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Note(ctx, secretNote(d))
	},
	"NotesOfCalls": func(ctx context.Context, d *db.DB) (any, error) {
		pages, err := d.NotesOfCalls(ctx, []string{"secret-call"}, model.PageArgs{})
		return pageOf(ctx, pages, "secret-call", err)
	},
	"NotesByID": func(ctx context.Context, d *db.DB) (any, error) {
		return d.NotesByID(ctx, []string{secretNote(d)})
	},
	"AddNote": func(ctx context.Context, d *db.DB) (any, error) {
		return d.AddNote(ctx, "secret-call", "overwritten")
	},
	"UpdateNote": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UpdateNote(ctx, secretNote(d), "overwritten", nil)
	},
	"DeleteNote": func(ctx context.Context, d *db.DB) (any, error) {
		return d.DeleteNote(ctx, secretNote(d), nil)
	},
	"ValuesInUse": func(ctx context.Context, d *db.DB) (any, error) {
		fields := model.PicklistFields()
		for _, field := range fields {
			field.HasValues = field.Kind != nil
		}
		return d.ValuesInUse(ctx, fields, model.PicklistQuery{First: 10})
	},
	"ClaimKey": func(ctx context.Context, d *db.DB) (any, error) {
		c := db.NewClaim("secret-key", "hash")
		answer, err := d.ClaimKey(ctx, c)
		return []any{answer, c.IsHeld()}, errors.Join(err, d.ReleaseKey(ctx, c))
	},
	"KeepAnswer": func(ctx context.Context, d *db.DB) (any, error) {
		c := db.NewClaim("secret-key", "hash")
		if _, err := d.ClaimKey(ctx, c); err != nil {
			return nil, err
		}
		return nil, d.KeepAnswer(ctx, c, new("overwritten"))
	},
	"ReleaseKey": func(ctx context.Context, d *db.DB) (any, error) {
		c := db.NewClaim("secret-open-key", "hash")
		_, err := d.ClaimKey(ctx, c)
		return nil, errors.Join(err, d.ReleaseKey(ctx, c))
	},
	"CallRecord": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallRecord(ctx, 77001)
	},
	"CallDetails": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallDetails(ctx, []int64{77001})
	},
	"DetailPages": func(ctx context.Context, d *db.DB) (any, error) {
		pages, err := d.DetailPages(ctx, []int64{77001}, model.PageArgs{})
		return pageOf(ctx, pages, 77001, err)
	},
	"CustomerPerson": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CustomerPerson(ctx, 77002)
	},
	"CustomerPersons": func(ctx context.Context, d *db.DB) (any, error) {
		page, err := d.CustomerPersons(ctx, db.CustomerQuery{})
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		return []any{page.Nodes, total}, err
	},
	"CustomerPersonsByID": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CustomerPersonsByID(ctx, []int64{77002})
	},
	"CustomersOfRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CustomersOfRecords(ctx, []int64{77001})
	},
	"Together": func(ctx context.Context, d *db.DB) (any, error) {
		seen, errs := make([]any, 3), make([]error, 3)
		d.Together(ctx,
			func(ctx context.Context) { seen[0], errs[0] = d.CallRecord(ctx, 77001) },
			func(ctx context.Context) { seen[1], errs[1] = d.CallDetails(ctx, []int64{77001}) },
			func(ctx context.Context) { seen[2], errs[2] = d.CustomersOfRecords(ctx, []int64{77001}) })
		return seen, errors.Join(errs...)
	},
	"CallRecordsOfCustomers": func(ctx context.Context, d *db.DB) (any, error) {
		pages, err := d.CallRecordsOfCustomers(ctx, []int64{77002}, db.RecordQuery{})
		return pageOf(ctx, pages, 77002, err)
	},
	"SaveCustomerPerson": func(ctx context.Context, d *db.DB) (any, error) {
		person, _, err := d.SaveCustomerPerson(ctx, model.SaveCustomerPersonInput{ID: 77002})
		return person, err
	},
	"CallRecordsByID": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallRecordsByID(ctx, []int64{77001})
	},
	"CallsOfRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.CallsOfRecords(ctx, []int64{77001})
	},
	"CreateCallFromRecord": func(ctx context.Context, d *db.DB) (any, error) {
		call, _, err := d.CreateCallFromRecord(ctx, 77001)
		return call, err
	},
	"SearchTranscripts": func(ctx context.Context, d *db.DB) (any, error) {
		search := db.TranscriptSearch{Query: "classified", OrderBy: model.TranscriptOrderRelevance}
		page, err := d.SearchTranscripts(ctx, search)
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		if err != nil {
			return nil, err
		}
		jobs, err := page.Facets.Jobs(ctx)
		return []any{page.Nodes, total, jobs}, err
	},
	"Neighbours": func(ctx context.Context, d *db.DB) (any, error) {
		return d.Neighbours(ctx, []*model.TranscriptHit{{CallRecordID: 77001, Position: 2}})
	},
	"JobStats": func(ctx context.Context, d *db.DB) (any, error) {
		stats, err := d.JobStats(ctx, nil, nil, "UTC")
		if err != nil {
			return nil, err
		}
		if total, err := stats.Total(ctx); err != nil || total > 0 {
			return "classified", err
		}
		return stats.TopConcerns(ctx, 10)
	},
	"CallStats": func(ctx context.Context, d *db.DB) (any, error) {
		stats, err := d.CallStats(ctx, model.CallDatasetDefault, nil, groupQuery("TAG", "CALLER_ID"))
		if err != nil {
			return nil, err
		}
		return groupKeysOf(ctx, stats)
	},
	"CallRecordStats": func(ctx context.Context, d *db.DB) (any, error) {
		stats, err := d.CallRecordStats(ctx, nil, groupQuery("CUSTOMER_GROUP_ID", "TAG", "CUSTOMER_CONCERN"))
		if err != nil {
			return nil, err
		}
		return groupKeysOf(ctx, stats)
	},
	"RecordTags": func(ctx context.Context, d *db.DB) (any, error) {
		return d.RecordTags(ctx, []int64{77001})
	},
	"GradeRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.GradeRecords(ctx, secretRecords, new(model.IntentLevelA), db.Batch{})
	},
	"MarkRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.MarkRecords(ctx, secretRecords, model.ReadStatusHasRead, db.Batch{})
	},
	"TagRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.TagRecords(ctx, secretRecords, []string{"overwritten"}, db.Batch{})
	},
	"UntagRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.UntagRecords(ctx, secretRecords, []string{"classified"}, db.Batch{})
	},
	"DeleteRecords": func(ctx context.Context, d *db.DB) (any, error) {
		return d.DeleteRecords(ctx, secretRecords, db.Batch{})
	},
	"DeleteCall": func(ctx context.Context, d *db.DB) (any, error) {
		return nil, d.DeleteCall(ctx, "secret-call", nil)
	},
	"CallRecords": func(ctx context.Context, d *db.DB) (any, error) {
		page, err := d.CallRecords(ctx, db.RecordQuery{})
		if err != nil {
			return nil, err
		}
		total, err := page.TotalCount(ctx)
		return []any{page.Nodes, total}, err
	},
	"SaveCallRecords": func(ctx context.Context, d *db.DB) (any, error) {
		in := &model.SaveCallRecordInput{ID: 77001, CustomerPersonID: new(int64(77002)), AnalysisBasis: new("overwritten")}
		return d.SaveCallRecords(ctx, []*model.SaveCallRecordInput{in})
	},
}
