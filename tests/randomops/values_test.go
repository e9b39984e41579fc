package randomops

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/vektah/gqlparser/v2/ast"

	"callbook/db/dbtest"
	"callbook/graph"
)

// Values of an operation are nil, bool, string, []any and these.
type (
	number   string // as it is written
	enumName string
	object   []member
	member   struct {
		name  string
		value any
	}
)

// value makes a value of a type. Parts of it may be variables where that is allowed.
func (o *operations) value(t *ast.Type, p place, variables bool) any {
	o.values++
	if !t.NonNull && !p.ofOneOf && o.chance(4) {
		return nil
	}
	if t.Elem != nil {
		return o.list(t, p, variables)
	}
	definition := o.schema.Types[t.NamedType]
	switch definition.Kind {
	case ast.InputObject:
		return o.object(definition, p, variables)
	case ast.Enum:
		return o.enum(definition)
	}
	return o.scalar(t.NamedType, p)
}

func (o *operations) part(t *ast.Type, p place, variables bool) any {
	if variables && o.chance(15) {
		return o.variable(t, p)
	}
	return o.value(t, p, variables)
}

// list makes a list, or now and then the one value that stands for a list of it.
func (o *operations) list(t *ast.Type, p place, variables bool) any {
	p.hasDefault, p.ofOneOf = false, false
	if t.Elem.Elem == nil && t.Elem.NonNull && o.chance(5) {
		return o.value(t.Elem, p, variables)
	}
	n := o.IntN(4)
	if n == 0 && o.chance(70) || o.values > maxValues {
		n = 1
	}
	list := []any{}
	for range n {
		list = append(list, o.part(t.Elem, p, variables))
	}
	return list
}

// object makes an input object: what it needs and some of the rest, or exactly one field where that is the rule.
func (o *operations) object(d *ast.Definition, p place, variables bool) any {
	exactlyOne := d.Directives.ForName("oneOf") != nil
	var chosen []*ast.FieldDefinition
	for _, f := range d.Fields {
		if f.Type.NonNull && f.DefaultValue == nil {
			chosen = append(chosen, f)
		}
	}
	for range o.howMany(exactlyOne) {
		if f := o.inputField(d, exactlyOne); f != nil && !slices.Contains(chosen, f) {
			chosen = append(chosen, f)
		}
	}
	out := object{}
	for _, f := range chosen {
		o.used[d.Name+"."+f.Name]++
		at := o.within(o.inside(p, d), f.Type.Name(), f.Name, f.DefaultValue != nil, f.Description)
		at.ofOneOf = exactlyOne
		at.isNumeric = graph.NumericKeys()[graph.InputPlace{Owner: d.Name, Name: f.Name}]
		out = append(out, member{f.Name, o.part(f.Type, at, variables)})
	}
	return out
}

// inside is the place within an input object, which may name the type of the rows.
func (o *operations) inside(p place, d *ast.Definition) place {
	if entity := o.pool.entity(d.Name); entity != "" {
		p.entity = entity
	}
	return p
}

func (o *operations) howMany(exactlyOne bool) int {
	switch p := o.IntN(100); {
	case exactlyOne:
		return 1
	case p < 4:
		return 0
	case p < 50:
		return 1
	case p < 80:
		return 2
	case p < 92:
		return 3
	}
	return 4 + o.IntN(6)
}

// inputField is a field seldom used; when the values have become many, one without fields of its own, if there is one.
func (o *operations) inputField(d *ast.Definition, must bool) (best *ast.FieldDefinition) {
	for range 3 {
		f := oneOf(o, d.Fields...)
		if o.values > maxValues && o.schema.Types[f.Type.Name()].Kind == ast.InputObject && !must {
			continue
		}
		if best == nil || o.used[d.Name+"."+f.Name] < o.used[d.Name+"."+best.Name] {
			best = f
		}
	}
	return best
}

func (o *operations) enum(d *ast.Definition) any {
	best := ""
	for range 2 {
		if name := oneOf(o, d.EnumValues...).Name; best == "" || o.used[d.Name+"."+name] < o.used[d.Name+"."+best] {
			best = name
		}
	}
	o.used[d.Name+"."+best]++
	return enumName(best)
}

func (o *operations) scalar(name string, p place) any {
	switch name {
	case "Int":
		return number(strconv.Itoa(o.int(p)))
	case "Float":
		return oneOf(o, number("0"), number("-1.5"), number("1e3"), number("0.1"))
	case "Boolean":
		return o.chance(50)
	case "ID":
		return o.id(p)
	case "DateTime":
		return o.time(p)
	case "Date":
		return oneOf(o, "2024-05-17", "2024-02-29", "0001-01-01", "9999-12-31", "2024-03-31")
	case "URL":
		return oneOf(o, "https://example.com/a.wav?x=1&y=%E4%BD%A0", "http://[::1]:8080/", "https://例子.测试/录音",
			"HTTP://u:p@h/", "https://h/"+strings.Repeat("x", 2048-10))
	case "JSON":
		return oneOf[any](o, nil, true, number("12345678901234567890"), number("-0.5e-7"), "text", []any{nil, []any{}},
			object{{"a", object{}}, {"b", "x"}})
	}
	return o.text(p)
}

func (o *operations) int(p place) int {
	switch n := o.IntN(20); {
	case strings.Contains(strings.ToLower(p.description), "version"):
		return oneOf(o, 1, 1, 1, 2, 3)
	case n == 0:
		return oneOf(o, -1, math.MaxInt32, math.MinInt32, 101, 1001, 10001)
	case n < 3:
		return 0
	case n < 14:
		return 1 + o.IntN(12)
	}
	return oneOf(o, 20, 59, 60, 100, 600)
}

var instants = []string{
	"0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "0001-01-02T00:00:00+14:00", "9999-12-30T23:59:59-12:00",
	"1970-01-01T00:00:00Z",
	"2024-02-29T12:00:00.123456+05:45", "2024-05-17T08:00:00Z", "2024-05-17T16:00:00+08:00", "2024-05-17T07:59:59.999999Z",
	"2024-05-17T08:00:00.000001Z",
	"1582-10-10T00:00:00Z", "2038-01-19T03:14:08Z", "2024-03-31T02:30:00+01:00", "2024-05-17T08:00:00.9999999Z",
	"2016-12-31T23:59:59.5-00:00",
}

func (o *operations) time(p place) any {
	if text := o.pool.about(p.entity, p.topic); instant.MatchString(text) && o.chance(40) {
		return text
	}
	if o.chance(40) {
		near := dbtest.Start.Add(time.Duration(o.IntN(60*24*60)-30*24*60) * time.Minute)
		return near.In(time.FixedZone("", (o.IntN(27)-12)*3600)).Format(time.RFC3339)
	}
	return oneOf(o, instants...)
}

// id is mostly the key of a row that exists. A place that takes numeric keys alone gets nothing else: another text
// there is refused before anything runs.
func (o *operations) id(p place) any {
	topic := p.topic
	if topic == "" {
		topic = "id"
	}
	known := o.pool.about(p.entity, topic)
	_, err := strconv.ParseInt(known, 10, 64)
	isNumber := err == nil
	switch {
	case known != "" && !isNumber && !p.isNumeric && o.chance(85):
		return known
	case isNumber && o.chance(85):
		return oneOf[any](o, known, number(known))
	case isNumber || p.isNumeric || o.chance(15):
		return oneOf[any](o, "0", "1", number("1"), "9223372036854775807", number("9223372036854775807"),
			strconv.Itoa(o.IntN(2000)))
	case o.chance(50):
		return fmt.Sprintf("new-%d", o.IntN(1000))
	}
	return o.anyText(100)
}

// forms are texts of a form, by what their field is called.
var forms = map[string][]string{
	"callDuration": {"00:00", "00:01", "01:00", "03:20", "59:59", "61:01", "10000:00", "35791394:07"},
	"timeZone":     {"Asia/Shanghai", "UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"},
}

var limits = regexp.MustCompile(`(?i)at most ([\d,]+) characters|to ([\d,]+) characters`)

// text is what rows have, a piece of that, or what is odd, at times as long as it may be.
func (o *operations) text(p place) any {
	if list, ok := forms[p.topic]; ok && o.chance(95) {
		return oneOf(o, list...)
	}
	if strings.Contains(p.description, "IANA") && o.chance(95) {
		return oneOf(o, forms["timeZone"]...)
	}
	limit := 60
	if m := limits.FindStringSubmatch(p.description); m != nil {
		limit, _ = strconv.Atoi(strings.ReplaceAll(m[1]+m[2], ",", ""))
	}
	known := []rune(o.pool.about(p.entity, p.topic))
	switch n := o.IntN(10); {
	case n < 4 && len(known) > 0:
		return string(known)
	case n < 6 && len(known) > 0:
		from := o.IntN(len(known))
		return string(known[from : from+1+o.IntN(len(known)-from)])
	case n == 6 && len(known) > 0:
		return oneOf(o, strings.ToUpper(string(known)), strings.ToLower(string(known)))
	}
	return o.anyText(limit)
}

var odd = []string{
	"", " ", "a", "%", "_", `\`, `%_\`, "'", `"`, `""`, "--", "-a", `"a b" -c`, "加急", "价格", "重点客户 ", "vip", "x, y", "😀",
	"👨‍👩‍👧", "e\u0301", "É", "ﬀ", "ß", "İ", "Ｖｉｐ", "\u2028", "\ufeff",
	"\u202emirror", "שלום", "مرحبا", "\t\n\r", "\u0001\u001f\u007f", "\uffff", "\U0010ffff", "한국어", "ﾊﾝｶｸ", "$1", "?",
	":x", "{}", "null", "NaN", "2024-01-01", "+86 138-0013-8000", "００８６１３８", "(010) 6", "Ꭰ", "ϒ\u0301",
}

func (o *operations) anyText(limit int) string {
	switch n := o.IntN(20); {
	case n < 12:
		return oneOf(o, odd...)
	case n < 17:
		return oneOf(o, "sales", "报价", "offer", "follow-up", "test") + strconv.Itoa(o.IntN(10))
	case n < 19 && limit < 3000 || n == 17 && o.chance(20):
		return strings.Repeat(oneOf(o, "x", "字", "😀", "%", "İ"), limit)
	}
	return strings.Repeat(oneOf(o, "长", "y"), min(limit, 300)+1)
}

// typed gives a value that was decoded from JSON or a literal its type again.
func (o *operations) typed(t *ast.Type, v any) any {
	definition := o.schema.Types[t.Name()]
	switch v := v.(type) {
	case []any:
		list := []any{}
		for _, element := range v {
			list = append(list, o.typed(t.Elem, element))
		}
		return list
	case map[string]any:
		out := object{}
		for _, name := range sortedKeys(v) {
			if f := definition.Fields.ForName(name); v[name] != nil || !f.Type.NonNull { // else its variable was absent
				out = append(out, member{name, o.typed(f.Type, v[name])})
			}
		}
		return out
	case string:
		if definition.Kind == ast.Enum {
			return enumName(v)
		}
	case json.Number, int64, float64:
		return number(fmt.Sprint(v))
	}
	return v
}

// plain is a value as JSON has it.
func plain(v any) any {
	switch v := v.(type) {
	case number:
		return json.Number(v)
	case enumName:
		return string(v)
	case []any:
		list := []any{}
		for _, element := range v {
			list = append(list, plain(element))
		}
		return list
	case object:
		out := vars{}
		for _, m := range v {
			out[m.name] = plain(m.value)
		}
		return out
	}
	return v
}

// write is a value as a document has it.
func (o *operations) write(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return o.quoted(v)
	case []any:
		var parts []string
		for _, element := range v {
			parts = append(parts, o.write(element))
		}
		return "[" + o.join(parts) + "]"
	case object:
		var parts []string
		for _, m := range v {
			parts = append(parts, m.name+oneOf(o, ":", ": ")+o.write(m.value))
		}
		return "{" + o.join(parts) + "}"
	}
	return fmt.Sprint(v)
}

var fitsBlock = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ,.%_#{\n-]*$`)

func (o *operations) quoted(s string) string {
	if fitsBlock.MatchString(s) && o.chance(10) {
		return `"""` + oneOf(o, "", "\n  ") + s + oneOf(o, "", "\n") + `"""`
	}
	escapesAll := o.chance(5)
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n' && o.chance(50):
			b.WriteString(`\n`)
		case r > 0xffff && escapesAll && o.chance(50):
			fmt.Fprintf(&b, `\u{%x}`, r)
		case r < ' ' || r == 0x7f || escapesAll && r > 0x7e:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		default:
			b.WriteRune(r)
		}
	}
	return `"` + b.String() + `"`
}
