package model

import "time"

// CallImport is a call as loaded from a file: it may carry who created it and when.
type CallImport struct {
	ID string
	CallPatch
	CreatedBy *string
	CreatedAt *time.Time
}

// Check tells everything that is wrong with an import, as a new call.
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
