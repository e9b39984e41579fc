package db_test

import (
	"context"
	"strings"
	"testing"

	"callbook/db"
)

// TestNoPasswordIsShown gives addresses in every form; neither description nor error may show the password.
func TestNoPasswordIsShown(t *testing.T) {
	for dsn, want := range map[string]string{
		"postgres://user:SECRET@127.0.0.1:1/name?sslmode=disable": "PostgreSQL, name on 127.0.0.1",
		"postgres://user:SE?SECRET@127.0.0.1:1/name":              "",
		"postgres:///n?password=SECRET&host=127.0.0.1&port=1":     "PostgreSQL, n on 127.0.0.1",
		"host=127.0.0.1 user=u password=SECRET dbname=x":          "",
		"sqlite:postgres://u:SECRET@h/db":                         "",
		"SECRET":                                                  "",
	} {
		if got := db.Describe(dsn); want != "" && got != want {
			t.Errorf("Describe(%q) = %q, want %q", dsn, got, want)
		}
		d, err := db.Open(context.Background(), db.Options{DSN: dsn})
		if err == nil {
			d.Close()
			t.Errorf("Open(%q): got no error, want one", dsn)
			continue
		}
		if strings.Contains(err.Error(), "SECRET") {
			t.Errorf("Open(%q): got %v, want no password in it", dsn, err)
		}
		if !strings.HasPrefix(dsn, "sqlite:") && strings.Contains(db.Describe(dsn), "SECRET") {
			t.Errorf("Describe(%q) = %q, want no password in it", dsn, db.Describe(dsn))
		}
	}
}
