package cli

import (
	"bytes"
	"io"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"callbook/graph/operation"
)

// parse parses a command line without running it.
func parse(t *testing.T, args ...string) (*commands, error) {
	t.Helper()
	var parsed commands
	_, err := newParser(t, &parsed, io.Discard).Parse(args)
	return &parsed, err
}

func newParser(t *testing.T, parsed *commands, out io.Writer) *kong.Kong {
	t.Helper()
	parser, err := kong.New(parsed, parserOptions(out, out, func(int) {})...)
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

// clearEnvironment unsets the variables that commands read, until the test ends.
func clearEnvironment(t *testing.T) {
	t.Helper()
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "CALLBOOK_") || name == "DATABASE_URL" {
			t.Setenv(name, "") // restores it at the end
			_ = os.Unsetenv(name)
		}
	}
}

func TestLimitDefaults(t *testing.T) {
	clearEnvironment(t)
	parsed, err := parse(t)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := parsed.Serve.Limit.limits(), operation.DefaultLimits(); got != want {
		t.Errorf("without flags the limits are %+v, want %+v", got, want)
	}
}

// TestLimitFlags sets each flag of a limit, by itself: the limit of its name changes, and no other.
func TestLimitFlags(t *testing.T) {
	clearEnvironment(t)
	flags := reflect.TypeFor[limitFlags]()
	for limit := range flags.Fields() {
		value, text := int64(123_456_789), "123456789"
		if limit.Type == reflect.TypeFor[time.Duration]() {
			text = "123456789ns"
		}
		variable := "CALLBOOK_LIMIT_" + limit.Tag.Get("env")
		flag := "--limit-" + strings.ToLower(strings.ReplaceAll(limit.Tag.Get("env"), "_", "-"))
		want := operation.DefaultLimits()
		field := reflect.ValueOf(&want).Elem().FieldByName(limit.Name)
		if !field.IsValid() {
			t.Errorf("%s is no limit of operation.Limits", limit.Name)
			continue
		}
		field.SetInt(value)
		parsed, err := parse(t, "serve", flag, text)
		if err != nil {
			t.Errorf("%s %s: %v", flag, text, err)
			continue
		}
		if got := parsed.Serve.Limit.limits(); got != want {
			t.Errorf("%s %s: the limits are %+v, want %+v", flag, text, got, want)
		}
		t.Run(variable, func(t *testing.T) {
			t.Setenv(variable, text)
			parsed, err := parse(t)
			if err != nil {
				t.Fatal(err)
			}
			if got := parsed.Serve.Limit.limits(); got != want {
				t.Errorf("with %s=%s the limits are %+v, want %+v", variable, text, got, want)
			}
		})
	}
}

// TestHelp walks the help of every command: each flag and argument has a text in which everything was filled in.
func TestHelp(t *testing.T) {
	var parsed commands
	parser := newParser(t, &parsed, io.Discard)
	var walk func(*kong.Node)
	walk = func(node *kong.Node) {
		if node.Type != kong.ApplicationNode && node.Help == "" {
			t.Errorf("the command %s has no help text", node.FullPath())
		}
		values := []*kong.Value{}
		for _, flag := range node.Flags {
			values = append(values, flag.Value)
		}
		for _, value := range append(values, node.Positional...) {
			if value.Help == "" || strings.ContainsAny(value.Help, "${}") {
				t.Errorf("%s of %s has the help text %q, want one that is complete", value.Name, node.FullPath(), value.Help)
			}
			if !strings.HasSuffix(value.Help, ".") {
				t.Errorf("%s of %s has the help text %q, want a sentence", value.Name, node.FullPath(), value.Help)
			}
			if value.HasDefault && !value.IsBool() && value.Enum == "" && !strings.Contains(value.Help, "(default: ") {
				t.Errorf("%s of %s has a default and the help text %q, want it there", value.Name, node.FullPath(), value.Help)
			}
		}
		for _, child := range node.Children {
			walk(child)
		}
	}
	walk(parser.Model.Node)
}

func TestHelpOfLimits(t *testing.T) {
	var parsed commands
	var out bytes.Buffer
	parser := newParser(t, &parsed, &out)
	_, _ = parser.Parse([]string{"serve", "--help"})
	help := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"--limit-body=BYTES Greatest request body (default: 25 MiB) ($CALLBOOK_LIMIT_BODY).",
		"--limit-deadline=TIME Longest time of an operation; then its statement is cancelled (default: 1m)",
		"--limit-wait-time=TIME Longest wait for a turn to run (default: 5s)",
		"--limit-budget=N Cost a credential may spend at once (default: 1000000)",
		"--jwt-tenant-claim=NAME",
	} {
		if !strings.Contains(help, want) {
			t.Errorf("the help of serve lacks %q", want)
		}
	}
}
