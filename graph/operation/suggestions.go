package operation

import (
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/validator/core"
)

// didYouMean returns what an error says of a name that there is not: those of our names that are meant where it is a
// name of other APIs, else those that are spelt alike; empty where there are none. Where suggestions are off, they are
// cut from errors.
func didYouMean(name string, ours []string) string {
	meant := meantBy(name, ours)
	if len(meant) == 0 {
		meant = core.SuggestionList(name, ours)
	}
	if len(meant) == 0 {
		return ""
	}
	return suggestionMark + " " + core.QuotedOrList(meant...) + "?"
}

// suggestionMark is how suggestions begin in errors, gqlparser's too.
const suggestionMark = " Did you mean"

// meantBy returns which of our names are meant by a name that other APIs have.
func meantBy(name string, ours []string) (meant []string) {
	plain := plainName(name)
	for _, our := range ours {
		if plainName(our) == plain {
			return []string{our}
		}
	}
	for _, group := range namesElsewhere {
		if !slices.Contains(group.names, plain) {
			continue
		}
		for _, our := range group.ours {
			if slices.Contains(ours, our) {
				meant = append(meant, our)
			}
		}
		return meant[:min(len(meant), 2)]
	}
	return nil
}

// plainName returns a name without underscores, in lower case.
func plainName(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// namesElsewhere are plain names of arguments and input fields that other APIs have, and ours for them, the likeliest
// first: a field has some of these.
var namesElsewhere = []struct{ names, ours []string }{
	{
		[]string{"page", "pagenum", "pagenumber", "pageno", "pageindex", "skip", "start", "startindex"},
		[]string{"offset", "after"},
	},
	{
		[]string{
			"pagesize", "size", "limit", "take", "top", "perpage", "count", "max", "maxresults", "n", "rows", "num",
		},
		[]string{"first", "last", "limit"},
	},
	{[]string{"cursor", "aftercursor", "startcursor", "nexttoken", "pagetoken"}, []string{"after", "before"}},
	{
		[]string{"sort", "sortby", "sorting", "sorts", "order", "ordering", "sortorder", "sortfield", "asc", "desc"},
		[]string{"orderBy", "direction", "field"},
	},
	{[]string{"dir", "sortdirection", "orderdirection"}, []string{"direction", "orderBy"}},
	{[]string{"by", "column", "sortkey"}, []string{"field", "orderBy"}},
	{
		[]string{"where", "filters", "filterby", "condition", "conditions", "criteria", "predicate", "having"},
		[]string{"filter", "where", "select"},
	},
	{
		[]string{"search", "q", "query", "keyword", "keywords", "term", "text", "searchtext", "searchterm", "find"},
		[]string{"query", "searchWords", "contains", "prefix", "filter", "name", "subject"},
	},
	{
		[]string{"like", "ilike", "includes", "include", "regex", "match", "matches", "substring", "icontains", "containsi"},
		[]string{"contains", "startsWith", "prefix", "has"},
	},
	{[]string{"beginswith", "startwith", "istartswith"}, []string{"startsWith", "contains", "prefix"}},
	{[]string{"equals", "equal", "equalto", "is", "value"}, []string{"eq", "has"}},
	{[]string{"neq", "nequals", "notequal", "notequals", "notequalto", "isnot", "not", "nequal"}, []string{"ne", "not"}},
	{[]string{"nin", "notanyof", "noneof", "none"}, []string{"notIn"}},
	{[]string{"anyof", "oneof", "any", "some", "overlaps", "containsany"}, []string{"in", "hasAny"}},
	{[]string{"allof", "all", "every", "containsall"}, []string{"hasAll", "and"}},
	{[]string{"greaterthan", "above", "after"}, []string{"gt"}},
	{[]string{"greaterthanorequal", "greaterthanorequalto", "ge", "min", "from", "since"}, []string{"gte"}},
	{[]string{"lessthan", "below", "before"}, []string{"lt"}},
	{[]string{"lessthanorequal", "lessthanorequalto", "le", "to", "until", "till"}, []string{"lte"}},
	{[]string{"between", "range"}, []string{"gte", "lte"}},
	{[]string{"null", "exists", "isempty", "isnull", "empty"}, []string{"isNull", "isEmpty"}},
	{
		[]string{"data", "values", "set", "body", "payload", "object", "record", "call", "patch", "changes"},
		[]string{"input", "inputs"},
	},
	{[]string{"objects", "items", "records", "calls", "list"}, []string{"inputs", "input"}},
	{[]string{"key", "pk", "uuid", "callid", "recordid", "id"}, []string{"id", "ids", "callId", "nodeId", "select"}},
	{[]string{"keys", "ids"}, []string{"ids", "select", "id"}},
	{[]string{"version", "revision", "etag", "ifmatch"}, []string{"expectedVersion"}},
	{[]string{"simulate", "preview", "validateonly", "whatif"}, []string{"dryRun"}},
	{[]string{"tz", "zone"}, []string{"timeZone"}},
	{[]string{"deleted", "withdeleted", "trashed", "showdeleted"}, []string{"includeDeleted"}},
}
