package model

// Creator is who created a row.
type Creator struct {
	Name string       // empty where it is not known
	Kind *CreatorKind // nil where it is not known
}

// creatorKinds are what actors create rows by.
var creatorKinds = map[CredentialKind]CreatorKind{
	CredentialKindAPIKey: CreatorKindAPIKey,
	CredentialKindToken:  CreatorKindToken,
}

// CreatorKind returns by what the actor creates rows; nil where it has no credential.
func (a Actor) CreatorKind() *CreatorKind {
	if kind, ok := creatorKinds[a.Kind]; ok {
		return &kind
	}
	return nil
}

// Creator returns who creates the rows that the actor creates.
func (a Actor) Creator() Creator { return Creator{a.Name, a.CreatorKind()} }

// IsCreator reports whether rows of a creator are the actor's own: they have its name, and its kind of credential,
// where they have a kind and were not imported.
func (a Actor) IsCreator(c Creator) bool {
	return c.Name == a.Name && (c.Kind == nil || *c.Kind == CreatorKindImport || *c.Kind == creatorKinds[a.Kind])
}
