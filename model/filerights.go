package model

import "encoding/json"

// ReadingRights are what a reader of a stored file must have: the permissions of what it was made by, and the sight of
// who made it. Two credentials may share a name, and a credential may lose rights after the file was made.
type ReadingRights struct {
	Permissions   []Permission `json:"permissions"`
	OwnOnly       bool         `json:"ownOnly"`
	Visibility    Visibility   `json:"visibility"`
	OwnVisibility Visibility   `json:"ownVisibility"`
}

// ReadingRightsOf returns, as JSON, the rights that a file takes which an actor makes by some permissions.
func ReadingRightsOf(a Actor, needs []Permission) string {
	a = a.For(needs, nil)
	text, err := json.Marshal(ReadingRights{needs, a.OwnOnly, a.Visibility, a.OwnVisibility})
	if err != nil {
		panic(err) // it is texts and bools
	}
	return string(text)
}

// MayBeReadBy reports whether an actor has the file's permissions, and by them sees at least what its maker saw.
// Whether the file is of the actor's credential is another question.
func (f *StoredFile) MayBeReadBy(a Actor) bool {
	var rights ReadingRights
	if json.Unmarshal([]byte(f.Rights), &rights) != nil {
		return false
	}
	for _, p := range rights.Permissions {
		if !a.May(p) {
			return false
		}
	}
	a = a.For(rights.Permissions, nil)
	if a.OwnOnly && (!rights.OwnOnly || a.Name != f.CreatedBy) {
		return false
	}
	return a.Visibility.covers(rights.Visibility) && a.OwnVisibility.covers(rights.OwnVisibility)
}

// covers reports whether all that other sees is seen.
func (v Visibility) covers(other Visibility) bool { return v.or(other) == v }
