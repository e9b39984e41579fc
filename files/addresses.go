package files

import "callbook/model"

// url returns an http or https address, nil for null and a blank. It reports false where the member is absent, and for
// other text: that is left out with a warning, unless it is too long, which is an error.
func (f *fields) url(name string) (address *string, isKept bool) {
	if !f.has(name) {
		return nil, false
	}
	known := len(f.errs)
	address = f.trimmed(name)
	if len(f.errs) > known || address == nil {
		return nil, true
	}
	if err := model.CheckURLLength(*address); err != nil {
		f.fail(name, "%v", err)
		return nil, false
	}
	if err := model.CheckURL(*address); err != nil {
		f.warnings = append(f.warnings, model.BadInput(f.prefix+name, "is left out: it %v", err))
		return nil, false
	}
	return address, true
}
