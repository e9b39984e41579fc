package jobs

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"time"

	"callbook/db"
	"callbook/model"
)

// LinkParameter is the parameter of an address that has its signature.
const LinkParameter = "link"

const (
	// fileLinkLife is how long the links of files are good.
	fileLinkLife = time.Hour
	maxLink      = 4096 // bytes
)

// linkClaims are what a link says of itself.
type linkClaims struct {
	Tenant int64                  `json:"t"`
	Rights model.CredentialRights `json:"r"`
	Ends   int64                  `json:"e"` // seconds since 1970
}

// SignLink returns an address below the server's with a signature, by which it is good without a credential until ends,
// but not beyond the end of the caller's credential, and that end. It has the rights of the context's actor, of a key
// as they are when it is used. Statements are those of db.LinkSecret.
func SignLink(ctx context.Context, d *db.DB, path string, query url.Values, ends time.Time,
) (address string, end time.Time, err error) {
	actor, _ := model.ActorFrom(ctx)
	secret, err := d.LinkSecret(ctx)
	if err != nil {
		return "", end, err
	}
	if actor.ExpiresAt != nil && actor.ExpiresAt.Before(ends) {
		ends = *actor.ExpiresAt
	}
	rights := model.RightsOf(actor)
	if rights.Kind == model.CredentialKindAPIKey { // its row has the others
		rights = model.CredentialRights{Kind: rights.Kind, Credential: rights.Credential}
	}
	claims, err := json.Marshal(linkClaims{actor.TenantID, rights, ends.Unix()})
	if err != nil {
		return "", end, err
	}
	signed := base64.RawURLEncoding.EncodeToString(claims)
	link := signed + "." + base64.RawURLEncoding.EncodeToString(signature(secret, signed, path, query))
	all := url.Values{LinkParameter: {link}}
	maps.Copy(all, query)
	return (&url.URL{Path: path, RawQuery: all.Encode()}).String(), time.Unix(ends.Unix(), 0).UTC(), nil
}

// signature returns the signature of a link's claims, its path and the other parameters.
func signature(secret, claims, path string, query url.Values) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	for _, part := range []string{claims, path, query.Encode()} {
		_, _ = mac.Write([]byte(part))
		_, _ = mac.Write([]byte{0})
	}
	return mac.Sum(nil)
}

// errBadLink is the same for every reason, so that callers learn nothing of what else there is.
var errBadLink = model.Forbidden(LinkParameter, "the link was not signed here for this address; ask for a new one")

// LinkActor returns the actor of a signed link, as its credential is now. It returns FORBIDDEN for a link that was not
// signed for the path and the parameters, that has ended, or whose credential has been revoked or has ended. It takes
// at most three statements.
func LinkActor(ctx context.Context, d *db.DB, path string, query url.Values) (model.Actor, error) {
	rest := maps.Clone(query)
	links := rest[LinkParameter]
	delete(rest, LinkParameter)
	if len(links) != 1 || len(links[0]) > maxLink {
		return model.Actor{}, errBadLink
	}
	signed, sum, _ := strings.Cut(links[0], ".")
	given, sumErr := base64.RawURLEncoding.DecodeString(sum)
	text, err := base64.RawURLEncoding.DecodeString(signed)
	var claims linkClaims
	if err != nil || sumErr != nil || json.Unmarshal(text, &claims) != nil || claims.Tenant < 1 {
		return model.Actor{}, errBadLink
	}
	asTenant := model.WithActor(ctx, model.Actor{TenantID: claims.Tenant, Credential: "link"})
	secret, err := d.KnownLinkSecret(asTenant)
	if err != nil {
		return model.Actor{}, err
	}
	if secret == "" || !hmac.Equal(given, signature(secret, signed, path, rest)) {
		return model.Actor{}, errBadLink
	}
	if d.Now().Unix() >= claims.Ends {
		return model.Actor{}, model.Forbidden(LinkParameter, "the link has ended; ask for a new one")
	}
	actor, err := d.PresentActor(ctx, claims.Tenant, claims.Rights)
	if errs := model.AsErrors(err); errs != nil {
		err = model.Forbidden(LinkParameter, "the link has ended with its credential: %s", errs[0].Message)
	}
	return actor, err
}

// FilePath returns the path of a file.
func FilePath(file *model.StoredFile) string { return "/files/" + file.ID + "/" + file.Name }

// PublicFile returns a file as the API shows it, with an address: signed where the file can be read.
func PublicFile(ctx context.Context, d *db.DB, file *model.StoredFile) (*model.File, error) {
	public := &model.File{FileID: &file.ID, Name: file.Name, ContentType: file.ContentType, Bytes: int(file.Bytes),
		Sha256: file.SHA256, URL: (&url.URL{Path: FilePath(file)}).String(), ExpiresAt: &file.ExpiresAt}
	if file.State != model.FileStateReady {
		return public, nil
	}
	ends := d.Now().Add(fileLinkLife)
	if file.ExpiresAt.Before(ends) {
		ends = file.ExpiresAt
	}
	var err error
	public.URL, _, err = SignLink(ctx, d, FilePath(file), nil, ends)
	return public, err
}
