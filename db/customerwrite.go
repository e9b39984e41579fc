package db

import (
	"context"

	"callbook/model"
)

type customerOutcome = Outcome[int64, model.CustomerPerson]

// SaveCustomerPerson creates a customer, or patches the one with its key, and reports whether it is new. It returns
// BAD_USER_INPUT for a customer that breaks the rules, CONFLICT where the key is another actor's, and FORBIDDEN where
// there is a customer and the actor may not update. It takes two statements, three where the name changes, one where
// nothing does.
func (d *DB) SaveCustomerPerson(ctx context.Context, in model.SaveCustomerPersonInput,
) (person *model.CustomerPerson, created bool, err error) {
	out, err := once(ctx, d, func(ctx context.Context) (out customerOutcome, err error) {
		err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
			if out, err = s.saveCustomer(ctx, in); err == nil {
				s.keep(func() *keptResult { return keptOne(in.ID, out.Outcome) })
			}
			return err
		})
		return out, err
	}, func(ctx context.Context, kept *keptResult) (customerOutcome, error) {
		return rowAgain(ctx, d, &customerEntity, kept)
	})
	if err != nil {
		return nil, false, err
	}
	return out.Row, out.Outcome == model.RowOutcomeCreated, nil
}

func (s scope) saveCustomer(ctx context.Context, in model.SaveCustomerPersonInput) (out customerOutcome, err error) {
	var rows []*model.CustomerPerson
	if err := s.lockAny(&rows).Where("customer_person.id = ?", in.ID).Scan(ctx); err != nil {
		return out, err
	}
	out = customerOutcome{Row: firstRow(rows), Outcome: model.RowOutcomeUpdated}
	if out.Row == nil {
		out = customerOutcome{Row: s.newCustomer(in.ID), Outcome: model.RowOutcomeCreated}
	} else if err := s.checkCustomerWrite(out.Row); err != nil {
		return out, err
	}
	counted := customerFacts(firstRow(rows))
	changed, errs := in.Apply(out.Row)
	if len(errs) > 0 {
		return out, errs
	}
	rows = []*model.CustomerPerson{out.Row}
	prepareRows(s, rows)
	if out.Outcome != model.RowOutcomeCreated && !changed {
		return out, nil
	}
	out.Row.UpdatedAt = s.now
	s.summary.change(counted, customerFacts(out.Row))
	if out.Outcome == model.RowOutcomeCreated {
		return out, insertRows(ctx, s, rows)
	}
	return out, upsertRows(ctx, s, rows)
}

// newCustomer returns a customer that is to be created, without its fields.
func (s scope) newCustomer(id int64) *model.CustomerPerson {
	return &model.CustomerPerson{ID: id, CreatedBy: &s.actor.Name, CreatedByKind: s.actor.CreatorKind()}
}

// checkCustomerWrite returns why the actor may not write an existing customer: CONFLICT or FORBIDDEN.
func (s scope) checkCustomerWrite(person *model.CustomerPerson) error {
	if !s.owns(person) {
		return model.Conflict("id", "the key %d is taken", person.ID)
	}
	if !s.actor.May(model.PermissionCustomerPersonUpdate) {
		return model.Forbidden("id", "there is a customer with the key %d; to change it takes the permission %s",
			person.ID, model.PermissionCustomerPersonUpdate)
	}
	return nil
}
