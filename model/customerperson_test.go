package model_test

import (
	"reflect"
	"testing"
	"time"

	"callbook/model"
)

// TestMergeCustomer delivers a full customer, then again, then an empty one: absent fields erase nothing.
func TestMergeCustomer(t *testing.T) {
	in := &model.CustomerPersonInput{Properties: []*model.CustomerPropertyInput{{Name: "city", Value: "杭州"}}}
	fillPointers(t, reflect.ValueOf(in).Elem())
	customer := &model.CustomerPerson{}
	if !customer.Merge(in) {
		t.Error("the first delivery changed nothing")
	}
	for _, what := range []string{"the first delivery", "an empty delivery"} {
		expectFields(t, reflect.ValueOf(in).Elem(), reflect.ValueOf(customer).Elem(), customerColumns)
		if p := customer.Properties(); len(p) != 1 || p[0].Name != "city" || p[0].Value != "杭州" {
			t.Errorf("after %s the properties are %v, want city 杭州", what, p)
		}
		if orZero(customer.NameFold) != "text" || orZero(customer.PhoneNumberFold) != "text" || customer.PhoneDigits == nil {
			t.Errorf("after %s search columns are %q, %q, %v", what, orZero(customer.NameFold), orZero(customer.PhoneNumberFold),
				customer.PhoneDigits)
		}
		if customer.Merge(in) || customer.Merge(&model.CustomerPersonInput{}) {
			t.Errorf("after %s the same, or nothing, is a change", what)
		}
	}
}

func TestMergeCustomerRules(t *testing.T) {
	later, earlier := noon.Add(time.Hour), noon.Add(-time.Hour)
	follow := func(at *time.Time) *model.CustomerPersonInput {
		return &model.CustomerPersonInput{LastContact: model.LastContact{LastFollowTime: at}}
	}
	for _, c := range []struct {
		name      string
		in        *model.CustomerPersonInput
		want      time.Time // lastFollowTime
		isChanged bool
	}{
		{"a later follow-up", follow(&later), later, true},
		{"an earlier follow-up is ignored", follow(&earlier), noon, false},
		{"the same follow-up", follow(&noon), noon, false},
		{"no properties", &model.CustomerPersonInput{Properties: []*model.CustomerPropertyInput{}}, noon, true},
		{"other properties", &model.CustomerPersonInput{Properties: []*model.CustomerPropertyInput{{Name: "a",
			Value: "c"}}}, noon, true},
		{"the same properties", &model.CustomerPersonInput{Properties: []*model.CustomerPropertyInput{{Name: "a",
			Value: "b"}}}, noon, false},
	} {
		customer := &model.CustomerPerson{LastContact: model.LastContact{LastFollowTime: &noon}}
		customer.PropertyList.V = []*model.CustomerProperty{{Name: "a", Value: "b"}}
		isChanged := customer.Merge(c.in)
		if got := *customer.LastFollowTime; !got.Equal(c.want) || isChanged != c.isChanged {
			t.Errorf("%s: lastFollowTime %v, changed %v, want %v, %v", c.name, got, isChanged, c.want, c.isChanged)
		}
		if want := len(c.in.Properties); c.in.Properties != nil && len(customer.Properties()) != want {
			t.Errorf("%s: %d properties, want %d", c.name, len(customer.Properties()), want)
		}
	}
}
