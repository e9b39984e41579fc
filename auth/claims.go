package auth

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"callbook/model"
)

// maxName is the greatest length of a user's name in characters: that of created_by and updated_by.
const maxName = 100

// Claims are the claims of a verified token.
type Claims struct {
	ID             string // jti; empty where absent
	TenantID       int64  // positive
	Name           string // 1 to 100 characters
	Roles          []string
	Permissions    []string
	HasPermissions bool // whether the token lists permissions, be it none
	ExpiresAt      time.Time
}

// read returns the claims of a token whose signature is right. It returns UNAUTHENTICATED where one is not as the
// options require.
func (o TokenOptions) read(from jwt.MapClaims) (c Claims, err error) {
	if c.ExpiresAt, err = o.checkTimes(from); err != nil {
		return Claims{}, err
	}
	if issuer, err := from.GetIssuer(); err != nil || issuer != o.Issuer {
		return Claims{}, model.Unauthenticated("the token is from another issuer")
	}
	if audience, err := from.GetAudience(); err != nil || !slices.Contains(audience, o.Audience) {
		return Claims{}, model.Unauthenticated("the token is for another audience")
	}
	if c.TenantID, err = tenantIn(from, o.TenantClaim); err != nil {
		return Claims{}, err
	}
	if c.Name, err = nameIn(from, o.UserClaim); err != nil {
		return Claims{}, err
	}
	if c.Roles, _, err = listIn(from, o.RolesClaim, "roles"); err != nil {
		return Claims{}, err
	}
	if c.Permissions, c.HasPermissions, err = listIn(from, o.PermissionsClaim, "permissions"); err != nil {
		return Claims{}, err
	}
	if id, ok := from["jti"]; ok {
		if c.ID, ok = id.(string); !ok || !isText(c.ID) {
			return Claims{}, model.Unauthenticated("the token's jti is no text")
		}
	}
	return c, nil
}

// checkTimes checks a token's times against the clock, and returns when it expires.
func (o TokenOptions) checkTimes(from jwt.MapClaims) (expires time.Time, err error) {
	now := o.Now()
	expires, ok, err := timeIn(from, "exp")
	switch {
	case err != nil:
		return time.Time{}, err
	case !ok:
		return time.Time{}, model.Unauthenticated("the token never expires; it needs an exp")
	case !now.Before(expires.Add(o.Skew)):
		return time.Time{}, model.Unauthenticated("the token has expired")
	}
	for _, begin := range []struct{ claim, message string }{
		{"nbf", "the token is not valid yet"},
		{"iat", "the token was issued in the future"},
	} {
		at, ok, err := timeIn(from, begin.claim)
		if err != nil {
			return time.Time{}, err
		}
		if ok && at.After(now.Add(o.Skew)) {
			return time.Time{}, model.Unauthenticated("%s", begin.message)
		}
	}
	return expires, nil
}

// endOfTime is the first second of the year 10000. Later times are no real ones, and would overflow.
const endOfTime = 253402300800

// timeIn returns a claim in seconds since 1970, which may have a fraction; ok is false where it is absent. Package
// jwt's own reading overflows, which turns a late nbf into an early one.
func timeIn(from jwt.MapClaims, claim string) (at time.Time, ok bool, err error) {
	value, ok := from[claim]
	if !ok {
		return time.Time{}, false, nil
	}
	number, _ := value.(json.Number)
	seconds, err := number.Float64()
	if err != nil || seconds < 0 || seconds >= endOfTime {
		return time.Time{}, false, model.Unauthenticated("the token's %s is no time in seconds since 1970", claim)
	}
	return time.UnixMicro(int64(seconds * 1e6)).UTC(), true, nil
}

// tenantIn returns the tenant's number. It may be text, as some issuers have no attributes of users but text.
func tenantIn(from jwt.MapClaims, claim string) (int64, error) {
	value, _ := lookup(from, claim)
	var digits string
	switch value := value.(type) {
	case nil:
		return 0, model.Unauthenticated("the token has no tenant")
	case json.Number:
		digits = value.String()
	case string:
		digits = value
	}
	id, err := strconv.ParseUint(digits, 10, 63)
	if err != nil || id == 0 {
		return 0, model.Unauthenticated("the token's tenant is no positive whole number")
	}
	return int64(id), nil
}

// nameIn returns the user's name.
func nameIn(from jwt.MapClaims, claim string) (string, error) {
	value, _ := lookup(from, claim)
	name, ok := value.(string)
	switch {
	case value == nil || ok && strings.TrimSpace(name) == "":
		return "", model.Unauthenticated("the token has no user")
	case !ok || !isText(name):
		return "", model.Unauthenticated("the token's user is no text, or none that can be stored")
	case !model.IsName(name):
		return "", model.Unauthenticated("the token's user has line breaks, control or direction marks")
	case utf8.RuneCountInString(name) > maxName:
		return "", model.Unauthenticated("the token's user has more than %d characters", maxName)
	}
	return name, nil
}

// listIn returns a list of text, or the parts of a text with spaces or commas between. ok is false where the claim is
// absent or not configured. null is an empty list.
func listIn(from jwt.MapClaims, claim, what string) (list []string, ok bool, err error) {
	value, ok := lookup(from, claim)
	if claim == "" || !ok {
		return nil, false, nil
	}
	wrong := model.Unauthenticated("the token's %s are no list of text", what)
	switch value := value.(type) {
	case nil:
	case string:
		list = strings.FieldsFunc(value, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
	case []any:
		for _, element := range value {
			text, ok := element.(string)
			if !ok {
				return nil, false, wrong
			}
			list = append(list, text)
		}
	default:
		return nil, false, wrong
	}
	if slices.ContainsFunc(list, func(text string) bool { return !isText(text) }) {
		return nil, false, wrong
	}
	return list, true, nil
}

// isText reports whether every database engine can store text, and it was valid UTF-8: decoding JSON has replaced
// invalid bytes by U+FFFD, which must not make two users one.
func isText(text string) bool { return !strings.ContainsAny(text, "\x00\uFFFD") }

// lookup returns a claim by its whole name, else by the path of members that its dots separate. Names of members may
// have dots.
func lookup(object map[string]any, name string) (value any, ok bool) {
	if value, ok := object[name]; ok {
		return value, true
	}
	for i, char := range name {
		if inner, isObject := object[name[:i]].(map[string]any); char == '.' && isObject {
			if value, ok := lookup(inner, name[i+1:]); ok {
				return value, true
			}
		}
	}
	return nil, false
}
