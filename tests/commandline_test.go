package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"callbook/db/dbtest"
	"callbook/tests/harness"
)

// TestHelp asks every command for its usage.
func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"serve", "--help"}, {"load", "--help"}, {"migrate", "--help"},
		{"migrate", "status", "--help"}, {"version", "--help"}} {
		if code, out, messages := harness.Run(nil, args...); code != 0 || !strings.Contains(out, "Usage: callbook") ||
			messages != "" {
			t.Errorf("%v: got %d %q %q, want the usage alone", args, code, out, messages)
		}
	}
	if _, out, _ := harness.Run(nil, "version"); out != "callbook 0.1.0\n" {
		t.Errorf("version: got %q, want callbook 0.1.0", out)
	}
}

// TestFlagsOverEnvironment checks that a flag overrides its environment variable.
func TestFlagsOverEnvironment(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("DATABASE_URL", "sqlite:"+folder+"/env.db")
	if code, _, messages := harness.Run(nil, "migrate"); code != 0 {
		t.Fatalf("migrate: got %d %s, want 0", code, messages)
	}
	if code, _, messages := harness.Run(nil, "migrate", "--db", "sqlite:"+folder+"/flag.db"); code != 0 {
		t.Fatalf("migrate --db: got %d %s, want 0", code, messages)
	}
	for _, name := range []string{"env.db", "flag.db"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Errorf("%s: got %v, want the file", name, err)
		}
	}
}

// TestMigrateCommand migrates an empty database by the command line.
func TestMigrateCommand(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, _, dsn string) {
		for _, c := range []struct {
			args []string
			want string
		}{
			{[]string{"migrate", "status", "--db", dsn}, `0001_foundation +to be applied`},
			{[]string{"migrate", "status", "--db", dsn}, "to be applied"},
			{[]string{"migrate", "--db", dsn}, "applied 0001_foundation"},
			{[]string{"migrate", "--db", dsn}, "up to date"},
			{[]string{"migrate", "status", "--db", dsn}, `0001_foundation +2`},
		} {
			if code, out, messages := harness.Run(nil, c.args...); code != 0 || !regexp.MustCompile(c.want).MatchString(out) {
				t.Errorf("%v: got %d %q %q, want 0 %s", c.args, code, out, messages, c.want)
			}
		}
	})
}
