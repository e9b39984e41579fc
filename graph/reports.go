package graph

import (
	"context"

	"callbook/db"
	"callbook/jobs"
	"callbook/model"
)

func (r query) CallReport(ctx context.Context, input model.CallReportInput, validFor int) (*model.DocumentLink, error) {
	return r.report(ctx, jobs.ReportOfCalls(input), validFor, func(q db.GroupQuery) error {
		_, err := r.db.CallStats(ctx, input.Dataset, input.Filter, q)
		return err
	})
}

func (r query) CallRecordReport(ctx context.Context, input model.CallRecordReportInput, validFor int,
) (*model.DocumentLink, error) {
	return r.report(ctx, jobs.ReportOfRecords(input), validFor, func(q db.GroupQuery) error {
		_, err := r.db.CallRecordStats(ctx, input.Filter, q)
		return err
	})
}

// report returns the link to a report whose rows check has found to be allowed.
func (r query) report(ctx context.Context, asked jobs.Report, validFor int, check func(db.GroupQuery) error,
) (*model.DocumentLink, error) {
	if _, err := asked.Period(r.db.Now()); err != nil {
		return nil, err
	}
	if err := check(noFigures(asked.TimeZone)); err != nil {
		return nil, reportAll(ctx, err)
	}
	if document, ok := model.ValueFrom[*AskedDocument](ctx); ok {
		document.Report = asked
		return &model.DocumentLink{}, nil
	}
	path, parameters, err := jobs.ReportAddress(asked)
	if err != nil {
		return nil, err
	}
	return r.documentLink(ctx, path, parameters, validFor)
}

// noFigures returns a question without figures: to ask it checks the filter, and takes no statement.
func noFigures(timeZone string) db.GroupQuery {
	return db.GroupQuery{TimeZone: timeZone, Groups: model.NewStatsPlan(), Total: model.NewStatsPlan()}
}
