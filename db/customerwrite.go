package db

import (
	"context"

	"callbook/model"
)

// SaveCustomerPerson creates a customer, or patches the one with its key, and reports whether it is new. It returns
// BAD_USER_INPUT for a customer that breaks the rules, CONFLICT where the key is another actor's, and FORBIDDEN where
// there is a customer and the actor may not update. It takes two statements, three where the name changes, one where
// nothing does.
func (d *DB) SaveCustomerPerson(ctx context.Context, in model.SaveCustomerPersonInput,
) (person *model.CustomerPerson, created bool, err error) {
	err = d.writeShort(ctx, func(ctx context.Context, s scope) error {
		var rows []*model.CustomerPerson
		if err := s.lockAny(&rows).Where("customer_person.id = ?", in.ID).Scan(ctx); err != nil {
			return err
		}
		person = firstRow(rows)
		if created = person == nil; created {
			person = &model.CustomerPerson{ID: in.ID, CreatedBy: &s.actor.Name}
		} else if err := s.checkCustomerWrite(person); err != nil {
			return err
		}
		counted := customerFacts(firstRow(rows))
		changed, errs := in.Apply(person)
		if len(errs) > 0 {
			return errs
		}
		rows = []*model.CustomerPerson{person}
		prepareRows(s, rows)
		if !created && !changed {
			return nil
		}
		person.UpdatedAt = s.now
		s.summary.change(counted, customerFacts(person))
		if created {
			return insertRows(ctx, s, rows)
		}
		return upsertRows(ctx, s, rows)
	})
	if err != nil {
		return nil, false, err
	}
	return person, created, nil
}

// checkCustomerWrite returns why the actor may not write an existing customer: CONFLICT or FORBIDDEN.
func (s scope) checkCustomerWrite(person *model.CustomerPerson) error {
	if s.actor.OwnOnly && (person.CreatedBy == nil || *person.CreatedBy != s.actor.Name) {
		return model.Conflict("id", "the key %d is taken", person.ID)
	}
	if !s.actor.May(model.PermissionCustomerPersonUpdate) {
		return model.Forbidden("id", "there is a customer with the key %d; to change it takes the permission %s",
			person.ID, model.PermissionCustomerPersonUpdate)
	}
	return nil
}
