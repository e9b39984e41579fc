package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"callbook/auth"
	"callbook/db"
	"callbook/model"
	"callbook/text"
)

// keyCommand manages API keys without signing in: before there is a key, and when all are lost.
type keyCommand struct {
	Create keyCreateCommand `cmd:"" help:"Create an API key, and print its text this once."`
	List   keyListCommand   `cmd:"" help:"List a tenant's API keys."`
	Revoke keyRevokeCommand `cmd:"" help:"Revoke an API key for good."`
}

type keyCreateCommand struct {
	dbFlag
	auditFlag
	tenantFlag
	Name       string        `required:"" placeholder:"TEXT" help:"${help_key_name}"`
	Role       []string      `required:"" placeholder:"ROLE" help:"${help_key_role}"`
	Permission permissions   `placeholder:"PERMISSION" help:"Only these of its roles' permissions, such as CALL_READ."`
	Expires    time.Duration `placeholder:"TIME" help:"When it ends from now, such as 2160h; never where left out."`
}

var keyTexts = kong.Vars{
	"help_key_name": "Who acts with it: written to what it creates and changes.",
	"help_key_role": "Its roles: admin, manager, agent, analyst, integration.",
}

// permissions are permissions on the command line. Naming none is an error: an empty variable of a script must not mean
// all.
type permissions []model.Permission

// UnmarshalText reads names with commas between, in any case.
func (p *permissions) UnmarshalText(list []byte) error {
	for name := range strings.SplitSeq(string(list), ",") {
		permission := model.Permission(strings.ToUpper(strings.TrimSpace(name)))
		if !permission.IsValid() {
			return fmt.Errorf("there is no permission %s; there are %s", text.Quote(name), names(model.AllPermission))
		}
		*p = append(*p, permission)
	}
	return nil
}

// Run prints the key's text alone on standard output, so that a script can take it.
func (k keyCreateCommand) Run(ctx context.Context, c Console) (err error) {
	in := model.CreateAPIKeyInput{Name: k.Name}
	for _, name := range k.Role {
		role := model.Role(strings.ToUpper(name))
		if !role.IsValid() {
			return fmt.Errorf("--role: there is no role %s; there are %s", text.Quote(name), names(model.AllRole))
		}
		in.Roles = append(in.Roles, role)
	}
	in.Permissions = k.Permission
	if k.Expires != 0 {
		in.ExpiresAt = new(model.Canonical(time.Now().Add(k.Expires)))
	}
	closeLog, err := k.auditFlag.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	return k.asAdministrator(ctx, k.Tenant, func(ctx context.Context, d *db.DB) error {
		hadKeys, err := d.HasAPIKeys(ctx)
		if err != nil {
			return err
		}
		key, text, err := d.CreateAPIKey(ctx, in)
		if err != nil {
			return err
		}
		auth.AuditKey(ctx, "key created", key, "by", "the command line")
		if !hadKeys {
			fmt.Fprintln(c.Err, "This is the first key: from now on every request needs a credential, within seconds also on "+
				"servers that are running, but for those with --insecure-no-auth.")
		}
		fmt.Fprintf(c.Err, "The key %s acts as %s with %s. Its text is not shown again:\n",
			key.ID, key.Name, names(key.Roles()))
		_, err = fmt.Fprintln(c.Out, text)
		return err
	})
}

type keyListCommand struct {
	dbFlag
	tenantFlag
}

// Run prints the tenant's keys as a table.
func (k keyListCommand) Run(ctx context.Context, c Console) error {
	return k.asAdministrator(ctx, k.Tenant, func(ctx context.Context, d *db.DB) error {
		keys, err := d.APIKeys(ctx)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(c.Out, 0, 8, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME\tROLES\tCREATED\tLAST USED\tENDS\tSTATE")
		for _, key := range keys {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", key.ID, key.Name, names(key.Roles()),
				day(&key.CreatedAt), day(key.LastUsedAt), day(key.ExpiresAt), keyState(key))
		}
		return table.Flush()
	})
}

func keyState(key *model.APIKey) string {
	switch {
	case key.RevokedAt != nil:
		return "revoked"
	case !key.IsValid(time.Now()):
		return "ended"
	}
	return "valid"
}

type keyRevokeCommand struct {
	dbFlag
	auditFlag
	tenantFlag
	ID string `arg:"" help:"The key's id, as listed."`
}

// Run revokes a key, and prints its id and name. Error: NOT_FOUND.
func (k keyRevokeCommand) Run(ctx context.Context, c Console) (err error) {
	closeLog, err := k.auditFlag.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLog()) }()
	return k.asAdministrator(ctx, k.Tenant, func(ctx context.Context, d *db.DB) error {
		key, err := d.RevokeAPIKey(ctx, k.ID)
		if err != nil {
			return err
		}
		auth.AuditKey(ctx, "key revoked", key, "by", "the command line")
		_, err = fmt.Fprintf(c.Out, "The key %s of %s is revoked.\n", key.ID, key.Name)
		return err
	})
}

// asAdministrator opens the database and runs fn on it as the local administrator of a tenant.
func (f dbFlag) asAdministrator(
	ctx context.Context, tenant tenantNumber, fn func(context.Context, *db.DB) error,
) (err error) {
	d, err := db.Open(ctx, db.Options{DSN: f.DB})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	return fn(asTenant(ctx, tenant), d)
}

// names returns values in lower case with commas between.
func names[T ~string](values []T) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = strings.ToLower(string(v))
	}
	return strings.Join(list, ", ")
}

// day returns a date, and a hyphen where there is none.
func day(t *time.Time) string {
	if t == nil {
		return "-"
	}
	return t.UTC().Format(time.DateOnly)
}
