package randomops

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"callbook/graph/operation"
	"callbook/model"
	"callbook/tests/harness"
)

// defaultVerdicts is the number of verdicts that are compared, fewer under the race detector, where CALLBOOK_VERDICTS
// is not set.
const defaultVerdicts = 600

// knownDifference is a kind of request of which the two implementations say different things, with the reason why ours
// stays as it is.
type knownDifference struct {
	Name, Reason string
	Query        string // an example
	Variables    vars
	Ours, Theirs *regexp.Regexp // that fit the verdicts
	frequency    int
}

// differences reads the list of known differences.
func differences(t *testing.T) (known []*knownDifference) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(referenceFolder, "differences.json"))
	if err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // 1.0 stays 1.0
	if err := decoder.Decode(&known); err != nil {
		t.Fatal(err)
	}
	return known
}

// fits reports whether two verdicts are this difference.
func (d *knownDifference) fits(ours, theirs verdict) bool {
	return ours.isAccepted() != theirs.isAccepted() && d.Ours.MatchString(ours.String()) &&
		d.Theirs.MatchString(theirs.String())
}

// comparison compares verdicts.
type comparison struct {
	*testing.T
	ours   *operation.Pipeline
	theirs *reference
	known  []*knownDifference
	// both counts what both accept and both refuse, limited what is over a limit of ours.
	bothAccept, bothRefuse, limited int
}

func newComparison(t *testing.T) *comparison {
	t.Helper()
	theirs := startReference(t)
	ours, err := operation.New(operation.Options{
		Limits: operation.DefaultLimits(), Introspection: true, Suggestions: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return &comparison{T: t, ours: ours, theirs: theirs, known: differences(t)}
}

// compare compares the verdicts on a request, and fails the test where they differ in no known way.
func (c *comparison) compare(what string, made request) {
	ours := ourVerdict(c.T, c.ours, made)
	if ours.code == model.ErrorCodeLimitExceeded {
		c.limited++
		return
	}
	theirs := c.theirs.verdict(made)
	switch {
	case ours.isAccepted() != theirs.isAccepted():
		for _, d := range c.known {
			if d.fits(ours, theirs) {
				d.frequency++
				return
			}
		}
		c.Errorf("%s:\n%s\nvariables %s, operationName %q\n- ours:   %s\n- theirs: %s", what, made.document,
			harness.JSON(made.variables), made.operationName, ours, theirs)
	case ours.isAccepted():
		c.bothAccept++
	default:
		c.bothRefuse++
	}
}

// TestVerdicts compares what this server and graphql-js say of generated requests before anything runs: valid ones, and
// mutants of documents and of variables. A failure comes back with CALLBOOK_SEED set to the seed that it names and
// CALLBOOK_VERDICTS=1.
func TestVerdicts(t *testing.T) {
	c := newComparison(t)
	total, seed := numberFrom("CALLBOOK_VERDICTS", defaultVerdicts/harness.Slowness), numberFrom("CALLBOOK_SEED", 1)
	for n := 0; n*runLength < total; n++ {
		m := newMutants(newOperations(harness.ParsedSchema(), uint64(seed+n), []string{"skip", "include"}))
		for i := range runLength {
			made := m.next()
			if m.chance(5) {
				made = m.subscription()
			}
			kind := "valid"
			switch p := m.IntN(100); {
			case p < 50:
				kind, made.document = "a mutant document", m.document(made.document)
			case p < 80:
				kind, made.variables = "mutant variables", m.values(made.variables)
			}
			c.compare(fmt.Sprintf("CALLBOOK_SEED=%d, request %d, %s", seed+n, i, kind), made)
		}
	}
	t.Logf("%d accepted by both, %d refused by both, %d over limits of ours", c.bothAccept, c.bothRefuse, c.limited)
	for _, d := range c.known {
		t.Logf("%d: %s", d.frequency, d.Name)
	}
	if least := total / 10; c.bothAccept < least || c.bothRefuse < least {
		t.Errorf("got %d requests accepted by both and %d refused by both, want %d of each", c.bothAccept, c.bothRefuse,
			least)
	}
}

// TestKnownDifferences checks that the example of every known difference still differs so.
func TestKnownDifferences(t *testing.T) {
	c := newComparison(t)
	for _, d := range c.known {
		made := request{document: d.Query, variables: d.Variables}
		ours, theirs := ourVerdict(t, c.ours, made), c.theirs.verdict(made)
		if d.Reason == "" || !d.fits(ours, theirs) {
			t.Errorf("%s: got ours %s, theirs %s, want the difference %s against %s, with a reason", d.Name, ours, theirs,
				d.Ours, d.Theirs)
		}
	}
}
