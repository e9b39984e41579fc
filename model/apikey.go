package model

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// APIKey is an API key without its secret: the row and the GraphQL object. The key's text is
// cbk_<tenant>_<id>_<secret>. The tenant and the id find the row. The secret has 130 random bits, so that its plain
// SHA-256 hash, which is all that is stored, cannot be reversed by guessing.
type APIKey struct {
	bun.BaseModel `bun:"table:api_keys,alias:api_key"`

	TenantID       int64  `bun:",pk"`
	ID             string `bun:",pk"`
	Name           string
	SecretHash     string
	RoleList       JSONList[Role]       `bun:"roles"`
	PermissionList JSONList[Permission] `bun:"permissions"`
	IsNarrowed     bool
	ExpiresAt      *time.Time
	LastUsedAt     *time.Time
	RevokedAt      *time.Time
	CreatedBy      string
	CreatedAt      time.Time
}

// Roles returns the key's roles, never nil.
func (k *APIKey) Roles() []Role { return k.RoleList.orEmpty() }

// Permissions returns the permissions that the key is narrowed to, nil where it is not narrowed.
func (k *APIKey) Permissions() []Permission {
	if !k.IsNarrowed {
		return nil
	}
	return k.PermissionList.orEmpty()
}

// NewAPIKey returns a new key and its text, which is stored nowhere. It returns all that is wrong with the input as
// BAD_USER_INPUT errors: a name that is empty, too long or of several lines, no role, an end in the past.
func NewAPIKey(tenantID int64, in CreateAPIKeyInput, now time.Time) (key *APIKey, text string, errs Errors) {
	if err := CheckKey("name", in.Name); err != nil {
		errs = append(errs, err)
	}
	if !IsName(in.Name) {
		errs = append(errs, BadInput("name", "must be one line of text, without control and direction marks"))
	}
	in.Roles = slices.Compact(slices.Sorted(slices.Values(in.Roles)))
	if len(in.Roles) == 0 {
		errs = append(errs, BadInput("roles", "must name at least one role"))
	}
	if in.ExpiresAt != nil && !in.ExpiresAt.After(now) {
		errs = append(errs, BadInput("expiresAt", "must be still to come"))
	}
	if len(errs) > 0 {
		return nil, "", errs
	}
	secret := rand.Text()
	key = &APIKey{
		TenantID:       tenantID,
		ID:             newKeyID(),
		Name:           in.Name,
		SecretHash:     hashSecret(secret),
		RoleList:       JSONList[Role]{in.Roles},
		PermissionList: JSONList[Permission]{in.Permissions},
		IsNarrowed:     in.Permissions != nil,
		ExpiresAt:      in.ExpiresAt,
		CreatedAt:      now,
	}
	return key, fmt.Sprintf("cbk_%d_%s_%s", tenantID, key.ID, secret), nil
}

// newKeyID returns 16 characters that grow with time, so that keys sort by their creation.
func newKeyID() string {
	id := uuid.Must(uuid.NewV7())
	return base32.HexEncoding.EncodeToString(id[:10])
}

var apiKeyText = regexp.MustCompile(`^cbk_([1-9][0-9]{0,17})_([0-9A-V]{16})_([A-Z2-7]{26})$`)

// ParseAPIKey splits a key's text into tenant, id and secret; ok is false for text that is no key.
func ParseAPIKey(text string) (tenantID int64, id, secret string, ok bool) {
	m := apiKeyText.FindStringSubmatch(text)
	if m == nil {
		return 0, "", "", false
	}
	tenantID, err := strconv.ParseInt(m[1], 10, 64)
	return tenantID, m[2], m[3], err == nil
}

// HasSecret reports whether a secret is the key's. It takes the same time for every secret.
func (k *APIKey) HasSecret(secret string) bool {
	return subtle.ConstantTimeCompare([]byte(k.SecretHash), []byte(hashSecret(secret))) == 1
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// Actor returns the actor of requests with the key.
func (k *APIKey) Actor() Actor {
	a := NewActor(k.TenantID, k.Name, k.Roles(), k.Permissions())
	a.Kind, a.Credential, a.ExpiresAt = CredentialKindAPIKey, "key "+k.ID, k.ExpiresAt
	return a
}

// IsValid reports whether the key is neither revoked nor expired at a time.
func (k *APIKey) IsValid(now time.Time) bool {
	return k.RevokedAt == nil && (k.ExpiresAt == nil || now.Before(*k.ExpiresAt))
}
