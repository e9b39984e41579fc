package graph

import (
	"context"
	"net/url"
	"time"

	"callbook/auth"
	"callbook/db"
	"callbook/jobs"
	"callbook/model"
)

// AskedDocument is what a field that answers a DocumentLink was asked for, for who puts it into the context of the
// operation: it makes the document itself, after the operation was checked, priced and permitted as every other.
type AskedDocument struct {
	Print  model.PrintCallsInput
	Report jobs.Report
}

func (r query) PrintCalls(ctx context.Context, input model.PrintCallsInput, validFor int) (*model.DocumentLink, error) {
	if err := jobs.CheckPrint(input); err != nil {
		return nil, err
	}
	if asked, ok := model.ValueFrom[*AskedDocument](ctx); ok {
		asked.Print = input // reading the calls checks the filter
		return &model.DocumentLink{}, nil
	}
	figures := noFigures(input.TimeZone)
	if _, err := r.db.CallStats(ctx, model.CallDatasetDefault, input.Filter, figures); err != nil {
		return nil, reportAll(ctx, err)
	}
	path, parameters, err := jobs.PrintAddress(input)
	if err != nil {
		return nil, err
	}
	return r.documentLink(ctx, path, parameters, validFor)
}

// documentLink returns a signed link to a document that is good for so many seconds, and tells the audit log.
func (r query) documentLink(ctx context.Context, path string, parameters url.Values, validFor int,
) (*model.DocumentLink, error) {
	if err := checkValidFor(validFor); err != nil {
		return nil, err
	}
	ends := r.db.Now().Add(time.Duration(validFor) * time.Second)
	address, ends, err := jobs.SignLink(ctx, r.db, path, parameters, ends)
	if err != nil {
		return nil, err
	}
	if len(address) > maxDocumentAddress {
		return nil, model.LimitExceeded("input", "the address would have %d bytes, of at most %d; send a shorter filter, "+
			"or fewer ids", len(address), maxDocumentAddress)
	}
	actor, _ := model.ActorFrom(ctx)
	auth.Audit(ctx, "document link made", actor, "path", path, "ends", ends, "requestId", RequestID(ctx))
	return &model.DocumentLink{URL: address, EndsAt: ends}, nil
}

// maxDocumentAddress is how many bytes an address has at the most that clients and servers on the way pass on.
const maxDocumentAddress = 16 << 10

// checkValidFor returns BAD_USER_INPUT for a number of seconds that no link is good for.
func checkValidFor(validFor int) error {
	if validFor < 1 || time.Duration(validFor)*time.Second > db.FileLife {
		return model.BadInput("validFor", "must be from 1 to %d seconds", int(db.FileLife/time.Second))
	}
	return nil
}
