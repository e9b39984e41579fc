package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/alecthomas/kong"

	"callbook/model"
)

const defaultDSN = "sqlite:callbook.db"

// flagTexts are the help texts of flags that several commands have.
var flagTexts = kong.Vars{
	"default_dsn":    defaultDSN,
	"help_db":        "Database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME (default: " + defaultDSN + ").",
	"help_time_zone": "Zone of times that come without one (default: Asia/Shanghai).",
}

// dbFlag is the database, for the commands that use one.
type dbFlag struct {
	DB string `name:"db" env:"DATABASE_URL" default:"${default_dsn}" placeholder:"URL" help:"${help_db}"`
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
