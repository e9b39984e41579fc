package operation

import (
	"strings"
	"testing"

	"callbook/graph"
)

func TestNamesOfOtherAPIs(t *testing.T) {
	schema := graph.Schema()
	d := newDocuments(schema, Options{Limits: DefaultLimits(), Suggestions: true})
	for _, c := range []struct{ source, want string }{
		{`{calls(page:2){totalCount}}`, `"offset" or "after"`},
		{`{calls(pageNum:2){totalCount}}`, `"offset" or "after"`},
		{`{calls(page_number:2){totalCount}}`, `"offset" or "after"`},
		{`{calls(skip:2){totalCount}}`, `"offset" or "after"`},
		{`{searchTranscripts(query:"x",skip:2){totalCount}}`, `"offset" or "after"`},
		{`{calls(pageSize:2){totalCount}}`, `"first" or "last"`},
		{`{calls(size:2){totalCount}}`, `"first" or "last"`},
		{`{calls(limit:2){totalCount}}`, `"first" or "last"`},
		{`{callTags(limit:2){tag}}`, `"first"`},
		{`{calls(take:2){totalCount}}`, `"first" or "last"`},
		{`{calls(cursor:"x"){totalCount}}`, `"after" or "before"`},
		{`{calls(sort:NAME){totalCount}}`, `"orderBy"`},
		{`{calls(sortBy:NAME){totalCount}}`, `"orderBy"`},
		{`{calls(order:NAME){totalCount}}`, `"orderBy"`},
		{`{calls(order_by:NAME){totalCount}}`, `"orderBy"`},
		{`{calls(orderBy:{by:NAME}){totalCount}}`, `"field"`},
		{`{calls(orderBy:{field:NAME,order:ASC}){totalCount}}`, `"direction" or "field"`},
		{`{calls(where:{}){totalCount}}`, `"filter"`},
		{`{calls(search:"x"){totalCount}}`, `"filter"`},
		{`{calls(q:"x"){totalCount}}`, `"filter"`},
		{`{searchTranscripts(q:"x"){totalCount}}`, `"query" or "filter"`},
		{`{callRecords(filter:{search:"x"}){totalCount}}`, `"searchWords"`},
		{`{calls(filter:{q:"x"}){totalCount}}`, `"name" or "subject"`},
		{`{calls(filter:{name:{like:"x"}}){totalCount}}`, `"contains" or "startsWith"`},
		{`{calls(filter:{name:{ilike:"x"}}){totalCount}}`, `"contains" or "startsWith"`},
		{`{calls(filter:{createdBy:{like:"x"}}){totalCount}}`, `"startsWith"`},
		{`{calls(filter:{name:{equals:"x"}}){totalCount}}`, `"eq"`},
		{`{calls(filter:{name:{_eq:"x"}}){totalCount}}`, `"eq"`},
		{`{calls(filter:{_and:[]}){totalCount}}`, `"and"`},
		{`{calls(filter:{OR:[]}){totalCount}}`, `"or"`},
		{`{calls(filter:{name:{not_in:[]}}){totalCount}}`, `"notIn"`},
		{`{calls(filter:{name:{nin:[]}}){totalCount}}`, `"notIn"`},
		{`{calls(filter:{name:{not:"x"}}){totalCount}}`, `"ne"`},
		{`{calls(filter:{callStartTime:{from:"x"}}){totalCount}}`, `"gte"`},
		{`{calls(filter:{callStartTime:{between:[]}}){totalCount}}`, `"gte" or "lte"`},
		{`{calls(filter:{tags:{any:[]}}){totalCount}}`, `"hasAny"`},
		{`{calls(filter:{naem:{eq:"x"}}){totalCount}}`, `"name"`},
		{`mutation{createCall(data:{}){call{id}}}`, `"input"`},
		{`mutation{createCalls(data:{}){written}}`, `"inputs"`},
		{`mutation{deleteCalls(ids:["a"]){written}}`, `"select"`},
		{`{calls(nothingLikeIt:2){totalCount}}`, ""},
	} {
		_, errs := d.load(t.Context(), c.source)
		message := ""
		for _, err := range errs {
			if strings.Contains(err.Message, "Unknown argument") || strings.Contains(err.Message, "is not a field of") {
				message = err.Message
			}
		}
		_, got, _ := strings.Cut(message, suggestionMark+" ")
		if message == "" || strings.TrimSuffix(got, "?") != c.want {
			t.Errorf("%s suggests %s (%v), want %s", c.source, got, errs, c.want)
		}
	}
}

// TestNamesElsewhere checks that each of our names of the table is one of the schema, and that no name is there twice.
func TestNamesElsewhere(t *testing.T) {
	ours := map[string]bool{}
	for _, definition := range graph.Schema().Types {
		for _, field := range definition.Fields {
			ours[field.Name] = true
			for _, argument := range field.Arguments {
				ours[argument.Name] = true
			}
		}
	}
	seen := map[string]bool{}
	for _, group := range namesElsewhere {
		for _, name := range group.ours {
			if !ours[name] {
				t.Errorf("%s is suggested for %v, and not in the schema", name, group.names)
			}
		}
		for _, name := range group.names {
			if seen[name] || plainName(name) != name {
				t.Errorf("%s is there twice, or not plain: %v, want it once and plain", name, plainName(name))
			}
			seen[name] = true
		}
	}
}

func TestSuggestionsAreCut(t *testing.T) {
	p, env := newPipeline(t, func(o *Options) { o.Suggestions = false })
	for _, source := range []string{
		`{calls(limit:2){totalCount}}`, `{calls(filter:{nam:{eq:"x"}}){totalCount}}`, `{call(id:"x"){nam}}`,
		`{calls(orderBy:{field:Name}){totalCount}}`,
	} {
		_, refused := execute(env.Ctx, p, request(source))
		if refused == nil || strings.Contains(refused.Errors[0].Message, "Did you mean") {
			t.Errorf("%s is answered %v, want an error without a suggestion", source, refused)
		}
	}
}
