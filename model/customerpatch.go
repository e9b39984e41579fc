package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
)

// SaveCustomerPersonInput is a new customer, or a patch of the one with its key: a field that is left out stays as it
// is, null clears it.
type SaveCustomerPersonInput struct {
	ID                int64
	CreationTime      graphql.Omittable[*time.Time]
	CustomerGroupID   graphql.Omittable[*int64]
	CustomerGroupName graphql.Omittable[*string]
	Name              graphql.Omittable[*string]
	PhoneNumber       graphql.Omittable[*string]
	WechatNumber      graphql.Omittable[*string]
	Source            graphql.Omittable[*CustomerSource]
	Gender            graphql.Omittable[*Gender]
	Properties        graphql.Omittable[[]*CustomerPropertyInput]
	LastFollowTime    graphql.Omittable[*time.Time]
	AssignTime        graphql.Omittable[*time.Time]
}

// Apply writes the patch to p. It reports whether anything changed, and returns everything that is wrong as
// BAD_USER_INPUT errors; p is then partly written.
func (in *SaveCustomerPersonInput) Apply(p *CustomerPerson) (changed bool, errs Errors) {
	a := applier{}
	setTime(&a, "creationTime", &p.CreationTime, in.CreationTime)
	set(&a, "customerGroupId", &p.CustomerGroupID, in.CustomerGroupID)
	a.text("customerGroupName", &p.CustomerGroupName, in.CustomerGroupName, maxCustomerName, nil)
	a.text("name", &p.Name, in.Name, maxCustomerName, &p.NameFold)
	a.text("phoneNumber", &p.StoredPhoneNumber, in.PhoneNumber, maxPhoneNumber, &p.PhoneNumberFold)
	p.PhoneDigits = phoneDigits(p.StoredPhoneNumber)
	a.text("wechatNumber", &p.StoredWechatNumber, in.WechatNumber, maxWechatNumber, nil)
	set(&a, "source", &p.Source, in.Source)
	set(&a, "gender", &p.Gender, in.Gender)
	if properties, isSet := in.Properties.ValueOK(); isSet {
		a.checkProperties("properties", properties)
		m := merger{}
		p.mergeProperties(&m, properties)
		if m.changed {
			a.change("properties", nil, nil)
		}
	}
	setTime(&a, "lastFollowTime", &p.LastFollowTime, in.LastFollowTime)
	setTime(&a, "assignTime", &p.AssignTime, in.AssignTime)
	return len(a.changes) > 0, a.errs
}

// checkProperties rejects a list of properties that is too long, or of which one is too long, without a name or there
// twice, and sorts it by name.
func (a *applier) checkProperties(field string, properties []*CustomerPropertyInput) {
	if len(properties) > maxListItems {
		a.fail(BadInput(field, "has %d entries; at most %d", len(properties), maxListItems))
	}
	seen := map[string]bool{}
	for i, property := range properties {
		place := fmt.Sprintf("%s.%d.", field, i)
		a.checkLength(place+"name", property.Name, 100)
		a.checkLength(place+"value", property.Value, maxListItem)
		if property.Name == "" || seen[property.Name] {
			a.fail(BadInput(place+"name", "must be there once and not be empty"))
		}
		seen[property.Name] = true
	}
	slices.SortFunc(properties, func(x, y *CustomerPropertyInput) int { return strings.Compare(x.Name, y.Name) })
}
