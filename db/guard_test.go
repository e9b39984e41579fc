package db_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
)

func TestIsScoped(t *testing.T) {
	scoped := []string{
		`SELECT * FROM "calls" AS "call" WHERE ("call".tenant_id = 7)`,
		`SELECT * FROM calls WHERE tenant_id = 7`,
		`SELECT * FROM calls WHERE tenant_id = 7;`,
		"SELECT * FROM calls WHERE tenant_id\n= 7\nORDER BY id",
		`SELECT * FROM calls WHERE name = 'it''s FROM call_tags' AND tenant_id = 7`,
		`SELECT * FROM calls WHERE tenant_id = 7 AND id IN (SELECT call_id FROM call_tags WHERE tenant_id = 7)`,
		`UPDATE "calls" AS "call" SET name = 'x' WHERE ("call".tenant_id = 7)`,
		`INSERT INTO "calls" AS "call" ("tenant_id", "id") VALUES (7, 'x')`,
		`SELECT * FROM public.calls WHERE tenant_id = 7`,
		`SELECT * FROM calls a JOIN calls b ON a.tenant_id = b.tenant_id WHERE a.tenant_id = 7`,
		`SELECT 1`,
		`SELECT * FROM schema_migrations`,
		`ANALYZE`,
		`SELECT rowid FROM transcript_index WHERE tenant_id = 7`,
	}
	unscoped := []string{
		`SELECT * FROM "calls" AS "call"`,
		`SELECT "call"."tenant_id" FROM "calls" AS "call"`,
		`SELECT * FROM calls WHERE name = 'tenant_id = 7'`,
		`SELECT * FROM calls /* WHERE tenant_id = 7 */`,
		`SELECT * FROM calls /*/ WHERE tenant_id = 7`,
		"SELECT * FROM calls -- WHERE tenant_id = 7\n",
		`SELECT * FROM calls JOIN call_tags ON true WHERE calls.tenant_id = 7`,
		`SELECT * FROM calls WHERE tenant_id = 7 AND id IN (SELECT call_id FROM call_tags)`,
		`update calls set name = 'x'`,
		`DELETE FROM call_tags WHERE tag = 'x'`,
		`INSERT INTO calls (id) VALUES ('tenant_id')`,
		`UPDATE calls SET tenant_id = 9`,
		`SELECT * FROM CALLS`,
		`SELECT * FROM schema_migrations, calls`,
		`SELECT * FROM ONLY calls`,
		`SELECT * FROM public.calls`,
		`SELECT * FROM calls a JOIN calls b ON a.tenant_id = b.tenant_id`,
		`DELETE FROM calls USING call_tags WHERE calls.tenant_id = 1`,
		`INSERT INTO call_tags (tenant_id, call_id) SELECT 7, id FROM calls`,
		`SELECT * FROM calls WHERE name = 'unclosed`,
		`SELECT * FROM transcript_index`,
		// Definitions and deletions of whole tables are for migrations alone.
		`CREATE INDEX x ON calls (id)`,
		`DROP TABLE calls`,
		// Comparisons that hold for every row.
		`SELECT * FROM calls WHERE tenant_id = 0 + tenant_id`,
		`SELECT * FROM calls WHERE tenant_id = tenant_id`,
		`SELECT * FROM calls WHERE tenant_id = "tenant_id"`,
		`SELECT * FROM calls AS c WHERE c.tenant_id = c.tenant_id`,
		`SELECT * FROM calls AS c WHERE C.tenant_id = c.TENANT_ID`,
		`SELECT * FROM calls WHERE tenant_id = 7 AND EXISTS (SELECT 1 FROM call_tags AS t WHERE tenant_id = t.tenant_id)`,
		`SELECT * FROM calls a JOIN calls b ON a.tenant_id = b.tenant_id OR TRUE WHERE a.tenant_id = 7`,
		`SELECT * FROM calls WHERE tenant_id = 7 OR TRUE`,
		`SELECT * FROM calls WHERE tenant_id = 7 IS NOT NULL`,
		`SELECT * FROM calls WHERE tenant_id = 7|tenant_id`,
		`SELECT * FROM calls WHERE tenant_id = (7 * 0) + tenant_id`,
		`SELECT * FROM calls WHERE tenant_id = 7.5 + tenant_id`,
		`SELECT * FROM calls WHERE tenant_id = 0x`,
		`SELECT * FROM calls WHERE tenant_id <> 7`,
	}
	for want, queries := range map[bool][]string{true: scoped, false: unscoped} {
		for _, query := range queries {
			if got := db.IsScoped(query); got != want {
				t.Errorf("isScoped(%s) = %v, want %v", query, got, want)
			}
		}
	}
}

// TestReadyTexts checks that a ready statement confines every table to the tenant, and is refused where it does not.
func TestReadyTexts(t *testing.T) {
	for text, want := range map[string]bool{
		`SELECT id FROM calls AS call WHERE call.tenant_id = $1 AND call.id = $2`: true,
		`SELECT id FROM calls AS call WHERE (call.tenant_id = $1) AND id = $2`:    true,
		`SELECT id FROM calls AS call WHERE call.tenant_id = $2 AND call.id = $1`: false,
		`SELECT id FROM calls AS call WHERE call.tenant_id = $10`:                 false,
		`SELECT id FROM calls AS call WHERE call.tenant_id = $1 OR TRUE`:          false,
		`SELECT id FROM calls AS call WHERE call.id = $1`:                         false,
		`UPDATE calls SET name = $2 WHERE tenant_id = $1 AND id = $3`:             true,
		`INSERT INTO calls (tenant_id, id) VALUES ($1, $2)`:                       true,
	} {
		if got := db.IsScoped(text); got != want {
			t.Errorf("%s: got scoped %v, want %v", text, got, want)
		}
	}
}

// TestGuardStops runs statements on all tenants' rows, without and with the mark that lets them pass.
func TestGuardStops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		for _, statement := range []string{
			"UPDATE notes SET text = text",
			"UPDATE notes SET text = text WHERE tenant_id = 0 + tenant_id",
		} {
			err := e.DB.Exec(e.Ctx, statement)
			if !errors.Is(err, context.Canceled) && !errors.Is(err, db.ErrUnscoped) {
				t.Errorf("%s: got %v, want %v", statement, err, db.ErrUnscoped)
			}
			if err := e.DB.Exec(db.CrossTenant(e.Ctx), statement); err != nil {
				t.Errorf("%s, marked: got %v, want no error", statement, err)
			}
		}
	})
}

// TestTenantTables compares the tables that the guard watches with those of the schema that have a tenant_id, and
// finds tables that have none.
func TestTenantTables(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		const postgres = "SELECT table_name FROM information_schema.%s WHERE table_schema = 'public' AND "
		withTenant := strings.Replace(postgres, "%s", "columns", 1) + "column_name = 'tenant_id'"
		all := strings.Replace(postgres, "%s", "tables", 1) +
			"table_type = 'BASE TABLE' AND table_name <> 'schema_migrations'"
		if e.Engine == "sqlite" {
			withTenant = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'tenant_id'" +
				" WHERE m.type = 'table'"
			// SQLite's index of transcripts is an FTS5 table, whose tenant is that of the turn it leads to.
			all = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_migrations'" +
				" AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'transcript_index%'"
		}
		watched := slices.Sorted(maps.Keys(e.DB.TenantTables()))
		for _, query := range []string{withTenant, all} {
			tables, err := e.DB.Texts(e.Ctx, query)
			slices.Sort(tables)
			if err != nil || !slices.Equal(tables, watched) {
				t.Errorf("%s: got %v, %v; want those that the guard watches: %v", query, tables, err, watched)
			}
		}
	})
}

// TestCrossTenant finds functions that let statements on all tenants' rows pass the guard, beside those that must.
func TestCrossTenant(t *testing.T) {
	want := []string{
		"HasAPIKeys", "analyzeNew", "migrateOne", "queuedJobs", "recount", "reindexTurns", "tenantsToSweep",
		"tenantsWithOldEvents", "tenantsWithOldFiles",
	}
	var got []string
	paths, err := filepath.Glob("*.go")
	if err != nil || len(paths) == 0 {
		t.Fatalf("got %v, %v; want the files of the package", paths, err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok || function.Name.Name == "crossTenant" || function.Name.Name == "maintenanceOf" {
				continue
			}
			ast.Inspect(function, func(n ast.Node) bool {
				if name, ok := n.(*ast.Ident); ok && (name.Name == "crossTenant" || name.Name == "crossTenantKey") {
					got = append(got, function.Name.Name)
				}
				return true
			})
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("functions that use crossTenant: got %v, want %v", got, want)
	}
}

// TestUniqueKeys finds unique indexes of tenants' tables that do not have the tenant among their columns: Citus cannot
// keep them.
func TestUniqueKeys(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if e.Engine != "postgres" {
			return // it has the same keys, which PostgreSQL describes
		}
		keys, err := e.DB.Texts(e.Ctx, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND indexdef LIKE"+
			" 'CREATE UNIQUE INDEX %' AND indexdef NOT LIKE '%(tenant_id,%' AND tablename <> 'schema_migrations'")
		if err != nil || len(keys) > 0 {
			t.Errorf("got unique keys across tenants %v, %v; want none", keys, err)
		}
	})
}
