package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"callbook/db"
	"callbook/model"
)

const defaultDSN = "sqlite:callbook.db"

// flagTexts are the help texts of flags that several commands have.
var flagTexts = kong.Vars{
	"default_dsn":    defaultDSN,
	"help_db":        "Database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME (default: " + defaultDSN + ").",
	"reads":          strconv.Itoa(db.DefaultReadConnections),
	"writes":         strconv.Itoa(db.DefaultWriteConnections),
	"help_reads":     "Connections to the database that read (default: ${reads}); four more are kept for sign-in.",
	"help_writes":    "Connections to PostgreSQL that write (default: ${writes}); on SQLite there is one.",
	"help_time_zone": "Zone of times that come without one (default: Asia/Shanghai).",
}

// dbFlag is the database, for the commands that use one.
type dbFlag struct {
	DB string `name:"db" env:"DATABASE_URL" default:"${default_dsn}" placeholder:"URL" help:"${help_db}"`
}

// connectionFlags say how many connections to the database a server has.
type connectionFlags struct {
	ReadConnections  int `env:"READ_CONNECTIONS" default:"${reads}" placeholder:"N" help:"${help_reads}"`
	WriteConnections int `env:"WRITE_CONNECTIONS" default:"${writes}" placeholder:"N" help:"${help_writes}"`
}

// check refuses numbers of which no credential could have a part and leave some to others.
func (f connectionFlags) check() error {
	const fewest, most = 2, 1000
	for name, n := range map[string]int{"read": f.ReadConnections, "write": f.WriteConnections} {
		if n < fewest || n > most {
			return fmt.Errorf("--db-%s-connections: must be from %d to %d", name, fewest, most)
		}
	}
	return nil
}

// options returns how the database at a DSN is opened.
func (f connectionFlags) options(dsn string) db.Options {
	return db.Options{DSN: dsn, ReadConnections: f.ReadConnections, WriteConnections: f.WriteConnections}
}

// zoneFlag is the time zone, for the commands that read times.
type zoneFlag struct {
	TimeZone string `env:"CALLBOOK_TIME_ZONE" default:"Asia/Shanghai" placeholder:"ZONE" help:"${help_time_zone}"`
}

func (z zoneFlag) location() (*time.Location, error) {
	location, err := time.LoadLocation(z.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("--time-zone: %q is no zone of the IANA database, such as Asia/Shanghai", z.TimeZone)
	}
	return location, nil
}

// tenantFlag is the tenant, for the commands that work in one.
type tenantFlag struct {
	Tenant tenantNumber `default:"1" placeholder:"N" help:"Tenant whose data it is (default: ${default})."`
}

// tenantNumber is a tenant on the command line.
type tenantNumber int64

// UnmarshalText reads a whole number from 1 to 999999999999999999.
func (n *tenantNumber) UnmarshalText(text []byte) error {
	number, err := strconv.ParseInt(string(text), 10, 64)
	if err != nil || number < 1 || number >= 1e18 {
		return errors.New("must be a number from 1 to 999999999999999999")
	}
	*n = tenantNumber(number)
	return nil
}

// asTenant returns a context that acts for the local administrator of a tenant.
func asTenant(ctx context.Context, tenant tenantNumber) context.Context {
	actor := localAdministrator
	actor.TenantID = int64(tenant)
	return model.WithActor(ctx, actor)
}
