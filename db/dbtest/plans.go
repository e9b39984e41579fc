package dbtest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
)

// checksPlans reports whether the plans of all statements are to be checked. It takes some time.
func checksPlans() bool { return os.Getenv("CALLBOOK_PLANS") == "check" }

// planSettings have PostgreSQL write the plan of every statement to its log.
var planSettings = map[string]string{
	"session_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0",
	"auto_explain.log_format": "json", "auto_explain.log_verbose": "on",
}

// checkPlans reads the plans of all statements that ran on the private server, and returns an error that names those
// that Citus would not send to the one node that has the tenant's rows, or would refuse:
//
//   - a scan of a table of tenants whose conditions do not say which tenant. The planner has worked the conditions out,
//     so it is not deceived by one that is cancelled elsewhere, as in (tenant_id = 7) OR TRUE;
//   - a function that is not immutable in what a write sets or returns.
//
// Statements that begin with the mark of maintenance may cross tenants (db/maintenance.go), and so may those with which
// the server checks a foreign key that a migration adds.
func (p *postgres) checkPlans() error {
	dsn, isUsed := p.databases["shared"]
	if p.private == nil || !isUsed || !checksPlans() {
		return nil
	}
	rules, err := newPlanRules(dsn)
	if err != nil {
		return err
	}
	log, err := os.Open(p.private.LogPath())
	if err != nil {
		return err
	}
	defer log.Close()
	var problems []error
	checked := map[string]bool{}
	for plan, err := range plansIn(log) {
		if err != nil {
			return err
		}
		text := plan.shape()
		if checked[text] || strings.HasPrefix(text, "/* maintenance: ") || strings.Contains(text, foreignKeyCheck) {
			continue
		}
		checked[text] = true
		for _, problem := range rules.check(plan) {
			problems = append(problems, fmt.Errorf("%s in\n%.2000s", problem, plan.Text))
		}
	}
	if len(checked) == 0 {
		problems = append(problems, errors.New("the server's log has no plans"))
	}
	return errors.Join(problems...)
}

// foreignKeyCheck is in the server's own statements about foreign keys.
const foreignKeyCheck = ` FROM ONLY "public".`

// plan is the plan of a statement, as auto_explain writes it.
type plan struct {
	Text string   `json:"Query Text"`
	Root planNode `json:"Plan"`
}

// planNode is a step of a plan.
type planNode struct {
	Type       string     `json:"Node Type"`
	Relation   string     `json:"Relation Name"`
	IndexCond  string     `json:"Index Cond"`
	Recheck    string     `json:"Recheck Cond"`
	Filter     string     `json:"Filter"`
	Parent     string     `json:"Parent Relationship"`
	Output     []string   `json:"Output"`
	Operations string     `json:"Operation"`
	Plans      []planNode `json:"Plans"`
}

var values = regexp.MustCompile(`'(?:[^']|'')*'|\b\d+\b`)

// shape returns the statement without its values.
func (p *plan) shape() string { return values.ReplaceAllString(p.Text, "?") }

// plansIn returns the plans in a log. The server indents all lines of a message but the first by a tab.
func plansIn(log io.Reader) func(yield func(*plan, error) bool) {
	return func(yield func(*plan, error) bool) {
		lines := bufio.NewReader(log)
		var message strings.Builder
		isPlan := false
		for {
			line, err := lines.ReadString('\n')
			if isPlan && !strings.HasPrefix(line, "\t") {
				p := &plan{}
				if err := json.Unmarshal([]byte(message.String()), p); !yield(p, err) {
					return
				}
			}
			switch {
			case err != nil:
				if !errors.Is(err, io.EOF) {
					yield(nil, err)
				}
				return
			case !strings.HasPrefix(line, "\t"):
				message.Reset()
				isPlan = strings.HasSuffix(line, "  plan:\n")
			case isPlan:
				message.WriteString(line)
			}
		}
	}
}

// planRules are what plans are checked against.
type planRules struct {
	tables  map[string]bool // that have a tenant_id
	mutable map[string]bool // functions that are not immutable
}

func newPlanRules(dsn string) (*planRules, error) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	r := &planRules{}
	r.tables, err = readSet(ctx, conn, "SELECT table_name FROM information_schema.columns WHERE column_name = 'tenant_id'")
	if err != nil {
		return nil, err
	}
	r.mutable, err = readSet(ctx, conn, "SELECT proname FROM pg_proc GROUP BY proname HAVING bool_and(provolatile <> 'i')")
	return r, err
}

func readSet(ctx context.Context, conn *pgx.Conn, query string) (map[string]bool, error) {
	rows, err := conn.Query(ctx, query)
	if err != nil {
		return nil, err
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	set := map[string]bool{}
	for _, name := range names {
		set[name] = true
	}
	return set, err
}

// check returns what is wrong with a plan.
func (r *planRules) check(p *plan) (problems []string) {
	r.checkScans(&p.Root, &problems)
	r.checkWrites(&p.Root, &problems)
	return problems
}

// checkScans finds scans of a tenant's table that do not say which tenant.
func (r *planRules) checkScans(n *planNode, problems *[]string) {
	if strings.HasSuffix(n.Type, "Scan") && r.tables[n.Relation] &&
		!namesTenant(n.IndexCond) && !namesTenant(n.Recheck) && !namesTenant(n.Filter) {
		*problems = append(*problems, fmt.Sprintf("a scan of %s does not say which tenant", n.Relation))
	}
	for i := range n.Plans {
		r.checkScans(&n.Plans[i], problems)
	}
}

var tenantComparison = regexp.MustCompile(
	`^("?\w+"?\.)?tenant_id = (\d+|'\d+'::bigint|\$\d+|"?\w+"?\.tenant_id)$`)

// namesTenant reports whether a condition says which tenant: one of those that AND joins does, or all of those that OR
// joins, of which an index may be asked for each.
func namesTenant(condition string) bool {
	condition = values.ReplaceAllStringFunc(condition, func(value string) string {
		if strings.ContainsAny(value, "() ") { // brackets in texts are not those of the condition
			return "'text'"
		}
		return value
	})
	return saysTenant(condition)
}

func saysTenant(condition string) bool {
	condition = withoutBrackets(condition)
	if parts := splitAt(condition, " OR "); len(parts) > 1 {
		return !slices.ContainsFunc(parts, func(part string) bool { return !saysTenant(part) })
	}
	if parts := splitAt(condition, " AND "); len(parts) > 1 {
		return slices.ContainsFunc(parts, saysTenant)
	}
	return tenantComparison.MatchString(condition)
}

// withoutBrackets returns a condition without the brackets around all of it.
func withoutBrackets(condition string) string {
	for strings.HasPrefix(condition, "(") && strings.HasSuffix(condition, ")") {
		if inner := condition[1 : len(condition)-1]; len(splitAt(inner, "")) == 1 {
			condition = inner
		} else {
			break
		}
	}
	return condition
}

// splitAt returns the parts of a condition between a word outside brackets. It returns none where the brackets do not
// match.
func splitAt(condition, word string) (parts []string) {
	depth, start := 0, 0
	for i := range len(condition) {
		switch condition[i] {
		case '(':
			depth++
		case ')':
			if depth--; depth < 0 {
				return nil
			}
		}
		if word != "" && depth == 0 && i >= start && strings.HasPrefix(condition[i:], word) {
			parts, start = append(parts, condition[start:i]), i+len(word)
		}
	}
	return append(parts, condition[start:])
}

var calls = regexp.MustCompile(`\b(\w+)\(`)

// checkWrites finds functions that are not immutable in what a write of a tenant's table sets and returns: in its own
// output, in that of the step that makes its rows, where it updates, and in those of subqueries.
func (r *planRules) checkWrites(n *planNode, problems *[]string) {
	if n.Type == "ModifyTable" && r.tables[n.Relation] {
		r.checkOutput(n, problems)
		for i := range n.Plans {
			if child := &n.Plans[i]; n.Operations == "Update" || child.Parent == "SubPlan" {
				r.checkOutput(child, problems)
			}
		}
	}
	for i := range n.Plans {
		r.checkWrites(&n.Plans[i], problems)
	}
}

func (r *planRules) checkOutput(n *planNode, problems *[]string) {
	for _, output := range n.Output {
		for _, call := range calls.FindAllStringSubmatch(values.ReplaceAllString(output, "?"), -1) {
			if r.mutable[call[1]] {
				*problems = append(*problems, "a write uses "+call[1]+", which is not immutable,")
			}
		}
	}
}
