package model_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"callbook/model"
)

// TestNormalizeTurnKeys gives turns with keys ("-" for none) and positions (0 for none).
func TestNormalizeTurnKeys(t *testing.T) {
	type turn struct {
		id       string
		position int
	}
	for _, c := range []struct {
		name string
		in   []turn
		want string
		errs []string
	}{
		{"nothing", nil, "", nil},
		{"keys", []turn{{"7", 0}, {"x", 0}}, "7 x", nil},
		{"places in the list", []turn{{"-", 0}, {"", 0}}, "1 2", nil},
		{"positions", []turn{{"-", 4}, {"a", 1}}, "4 a", nil},
		{"out of range", []turn{{"a", -1}}, "a", []string{"details.0.position: must be from 1 to 2147483647"}},
		{"a position twice", []turn{{"a", 1}, {"b", 1}}, "a b", []string{"details.1.position: 1 is there twice"}},
		{"a position twice, without keys", []turn{{"-", 1}, {"-", 1}}, "1 1",
			[]string{"details.1.position: 1 is there twice"}},
		{"a key twice", []turn{{"a", 0}, {"a", 0}}, "a a", []string{`details.1.callDetailId: "a" is there twice`}},
		{"a place that is a key", []turn{{"2", 0}, {"-", 0}}, "2 2", []string{`details.1.callDetailId: "2" is there twice`}},
	} {
		in := &model.SaveCallRecordInput{}
		for _, turn := range c.in {
			detail := &model.CallDetailInput{Position: orNull(turn.position)}
			if turn.id != "-" {
				detail.CallDetailID = &turn.id
			}
			in.Details = append(in.Details, detail)
		}
		expectErrors(t, c.name, in.Normalize(), c.errs...)
		var got []string
		for _, d := range in.Details {
			got = append(got, *d.CallDetailID)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: keys %v, want %s", c.name, got, c.want)
		}
	}
}

// TestNormalizeChecks has the greatest values that are allowed, and values beyond them.
func TestNormalizeChecks(t *testing.T) {
	text := func(n int) *string { return new(strings.Repeat("价", n)) }
	many := func(n int, of string) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprint(of, i))
		}
		return list
	}
	properties := func(n int) (list []*model.CustomerPropertyInput) {
		for i := range n {
			list = append(list, &model.CustomerPropertyInput{Name: fmt.Sprint(i)})
		}
		return list
	}
	turns := func(n int) []*model.CallDetailInput {
		list := make([]*model.CallDetailInput, n)
		for i := range list {
			list[i] = &model.CallDetailInput{}
		}
		return list
	}
	for _, c := range []struct {
		name string
		in   model.SaveCallRecordInput
		want []string
	}{
		{"all at their length", model.SaveCallRecordInput{CalledPhoneNumber: text(30), AnalysisBasis: text(2000),
			CustomerConcern: many(100, strings.Repeat("x", 98)), Attributes: many(100, strings.Repeat("x", 998)),
			ChatDuration: new(0), ChatRound: new(0), CustomerPerson: &model.CustomerPersonInput{CustomerGroupName: text(200),
				Name: text(200), PhoneNumber: text(30), WechatNumber: text(100),
				LastContact: model.LastContact{LastChatDuration: new(0)},
				Properties:  append(properties(99), &model.CustomerPropertyInput{Name: *text(100), Value: *text(1000)})},
			Details: []*model.CallDetailInput{{CallDetailID: text(100), Text: *text(10000)}}}, nil},
		{"called number", model.SaveCallRecordInput{CalledPhoneNumber: text(31)},
			[]string{"calledPhoneNumber: has 31 characters; at most 30"}},
		{"basis", model.SaveCallRecordInput{AnalysisBasis: text(2001)},
			[]string{"analysisBasis: has 2001 characters; at most 2000"}},
		{"concerns", model.SaveCallRecordInput{CustomerConcern: many(101, "")},
			[]string{"customerConcern: has 101 entries; at most 100"}},
		{"concern", model.SaveCallRecordInput{CustomerConcern: []string{"a", *text(101)}},
			[]string{"customerConcern.1: has 101 characters; at most 100"}},
		{"attributes", model.SaveCallRecordInput{Attributes: many(101, "")},
			[]string{"attributes: has 101 entries; at most 100"}},
		{"attribute", model.SaveCallRecordInput{Attributes: []string{*text(1001)}},
			[]string{"attributes.0: has 1001 characters; at most 1000"}},
		{"counts", model.SaveCallRecordInput{ChatDuration: new(-1), ChatRound: new(-1)},
			[]string{"chatDuration: must be 0 or more", "chatRound: must be 0 or more"}},
		{"customer", model.SaveCallRecordInput{CustomerPerson: &model.CustomerPersonInput{CustomerGroupName: text(201),
			Name: text(201), PhoneNumber: text(31), WechatNumber: text(101),
			LastContact: model.LastContact{LastChatDuration: new(-1)}}}, []string{
			"customerPerson.customerGroupName: has 201 characters; at most 200",
			"customerPerson.name: has 201 characters; at most 200",
			"customerPerson.phoneNumber: has 31 characters; at most 30",
			"customerPerson.wechatNumber: has 101 characters; at most 100",
			"customerPerson.lastChatDuration: must be 0 or more"}},
		{"properties", model.SaveCallRecordInput{CustomerPerson: &model.CustomerPersonInput{Properties: properties(101)}},
			[]string{"customerPerson.properties: has 101 entries; at most 100"}},
		{"property", model.SaveCallRecordInput{CustomerPerson: &model.CustomerPersonInput{
			Properties: []*model.CustomerPropertyInput{{Name: *text(101), Value: *text(1001)}, {Name: ""}, {Name: "a"},
				{Name: "a"}}}},
			[]string{"customerPerson.properties.0.name: has 101 characters; at most 100",
				"customerPerson.properties.0.value: has 1001 characters; at most 1000",
				"customerPerson.properties.1.name: must be there once and not be empty",
				"customerPerson.properties.3.name: must be there once and not be empty"}},
		{"turns", model.SaveCallRecordInput{Details: turns(10000)}, nil},
		{"too many turns", model.SaveCallRecordInput{Details: turns(10001)},
			[]string{"details: has 10001 turns; at most 10000"}},
		{"turn", model.SaveCallRecordInput{Details: []*model.CallDetailInput{{CallDetailID: text(101), Text: *text(10001)}}},
			[]string{"details.0.callDetailId: has 101 characters; at most 100",
				"details.0.text: has 10001 characters; at most 10000"}},
	} {
		expectErrors(t, c.name, c.in.Normalize(), c.want...)
	}
}

func TestNormalizeCustomerKey(t *testing.T) {
	for _, c := range []struct {
		name       string
		key        int64 // 0 for none
		customer   *model.CustomerPersonInput
		want       int64
		wantErrors []string
	}{
		{"neither", 0, nil, 0, nil},
		{"the key alone", 5, nil, 5, nil},
		{"the customer alone", 0, &model.CustomerPersonInput{ID: 5}, 5, nil},
		{"both", 5, &model.CustomerPersonInput{ID: 5}, 5, nil},
		{"two", 6, &model.CustomerPersonInput{ID: 5}, 6, []string{"customerPerson.id: is 5, but customerPersonId says 6"}},
	} {
		in := &model.SaveCallRecordInput{CustomerPersonID: orNull(c.key), CustomerPerson: c.customer}
		expectErrors(t, c.name, in.Normalize(), c.wantErrors...)
		if got := orZero(in.CustomerPersonID); got != c.want {
			t.Errorf("%s: customerPersonId %d, want %d", c.name, got, c.want)
		}
	}
}

func TestNormalizeLists(t *testing.T) {
	in := &model.SaveCallRecordInput{CustomerConcern: []string{"b", "a", "b"}, Attributes: []string{"b", "a", "b"},
		CustomerPerson: &model.CustomerPersonInput{Properties: []*model.CustomerPropertyInput{{Name: "b"}, {Name: "a"}}}}
	expectErrors(t, "lists", in.Normalize())
	if want := []string{"b", "a"}; !reflect.DeepEqual(in.CustomerConcern, want) {
		t.Errorf("customerConcern is %v, want %v: each once", in.CustomerConcern, want)
	}
	if want := []string{"b", "a", "b"}; !reflect.DeepEqual(in.Attributes, want) {
		t.Errorf("attributes are %v, want %v: as delivered", in.Attributes, want)
	}
	if first := in.CustomerPerson.Properties[0].Name; first != "a" {
		t.Errorf("the first property is %q, want a: they are sorted", first)
	}
}
