package model

import "time"

// CallImport is a call of a file. It may say who created the call and when.
type CallImport struct {
	ID string
	CallPatch
	CreatedBy *string
	CreatedAt *time.Time
}

// Check returns everything that is wrong with the call if it is new, as BAD_USER_INPUT errors.
func (c *CallImport) Check() Errors {
	_, errs := c.Apply(&Call{}, false)
	_, tagErrs := NormalizeTags("tags", c.Tags.Value())
	errs = append(errs, tagErrs...)
	if err := CheckKey("id", c.ID); err != nil {
		errs = append(errs, err)
	}
	a := applier{errs: errs}
	a.checkLength("createMan", deref(c.CreatedBy), MaxIDLength)
	return a.errs
}
