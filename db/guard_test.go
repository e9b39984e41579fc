package db_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"callbook/db"
	"callbook/db/dbtest"
)

func TestIsScoped(t *testing.T) {
	for query, want := range map[string]bool{
		`SELECT * FROM "calls" AS "call" WHERE ("call".tenant_id = 7)`:                                          true,
		`SELECT * FROM "calls" AS "call"`:                                                                       false,
		`SELECT "call"."tenant_id" FROM "calls" AS "call"`:                                                      false,
		`SELECT * FROM calls WHERE name = 'tenant_id = 7'`:                                                      false,
		`SELECT * FROM calls WHERE name = 'it''s FROM call_tags' AND tenant_id = 7`:                             true,
		`SELECT * FROM calls JOIN call_tags ON true WHERE calls.tenant_id = 7`:                                  false,
		`SELECT * FROM calls WHERE tenant_id = 7 AND id IN (SELECT call_id FROM call_tags)`:                     false,
		`SELECT * FROM calls WHERE tenant_id = 7 AND id IN (SELECT call_id FROM call_tags WHERE tenant_id = 7)`: true,
		`update calls set name = 'x'`:                                                                           false,
		`UPDATE "calls" AS "call" SET name = 'x' WHERE ("call".tenant_id = 7)`:                                  true,
		`DELETE FROM call_tags WHERE tag = 'x'`:                                                                 false,
		`INSERT INTO calls (id) VALUES ('tenant_id')`:                                                           false,
		`INSERT INTO "calls" AS "call" ("tenant_id", "id") VALUES (7, 'x')`:                                     true,
		`UPDATE calls SET tenant_id = 9`:                                                                        false,
		`SELECT * FROM CALLS`:                                                                                   false,
		`SELECT * FROM schema_migrations, calls`:                                                                false,
		`SELECT * FROM ONLY calls`:                                                                              false,
		`SELECT * FROM public.calls`:                                                                            false,
		`SELECT * FROM public.calls WHERE tenant_id = 7`:                                                        true,
		`SELECT * FROM calls AS c WHERE c.tenant_id = c.tenant_id`:                                              false,
		`SELECT * FROM calls a JOIN calls b ON a.tenant_id = b.tenant_id`:                                       false,
		`SELECT * FROM calls a JOIN calls b ON a.tenant_id = b.tenant_id WHERE a.tenant_id = 7`:                 true,
		`DELETE FROM calls USING call_tags WHERE calls.tenant_id = 1`:                                           false,
		`INSERT INTO call_tags (tenant_id, call_id) SELECT 7, id FROM calls`:                                    false,
		`-- calls
CREATE INDEX x ON calls (id)`: true,
		`SELECT 1`:                                   true,
		`SELECT * FROM schema_migrations`:            true,
		`SELECT * FROM calls WHERE name = 'unclosed`: false,
	} {
		if got := db.IsScoped(query); got != want {
			t.Errorf("%s: %v", query, got)
		}
	}
}

func TestGuardStops(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		if err := e.DB.Exec(e.Ctx, "UPDATE calls SET name = 'x'"); !errors.Is(err, context.Canceled) && !errors.Is(err, db.ErrUnscoped) {
			t.Errorf("a statement without a tenant ran: %v", err)
		}
	})
}

// TestTenantTables finds a table that the guard does not watch, or that has no tenant.
func TestTenantTables(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, e *dbtest.Env) {
		query := "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id' AND table_name <> 'transcript_index'"
		all := "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name NOT IN ('schema_migrations', 'transcript_index')"
		if e.Engine == "sqlite" {
			query = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c ON c.name = 'tenant_id' WHERE m.type = 'table'"
			all = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'schema_migrations' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'transcript_index%'"
		}
		for _, q := range []string{query, all} {
			tables, err := e.DB.Texts(e.Ctx, q)
			if err != nil || len(tables) != len(db.TenantTables()) {
				t.Errorf("%s: %s, %v; the guard watches %v", q, strings.Join(tables, " "), err, db.TenantTables())
			}
			for _, table := range tables {
				if !db.TenantTables()[table] {
					t.Errorf("the guard does not watch %s", table)
				}
			}
		}
	})
}
