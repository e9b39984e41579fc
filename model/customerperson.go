package model

import (
	"slices"
	"time"

	"github.com/uptrace/bun"

	"callbook/text"
)

const (
	maxCustomerName = 200 // characters, also of a group's name
	maxWechatNumber = 100 // characters
)

// CustomerPerson is a customer the robots call: the row and the GraphQL object.
type CustomerPerson struct {
	bun.BaseModel `bun:"table:customer_persons,alias:customer_person"`

	TenantID           int64 `bun:",pk"`
	ID                 int64 `bun:",pk"`
	CreationTime       *time.Time
	CustomerGroupID    *int64
	CustomerGroupName  *string
	Name               *string
	NameFold           *string
	StoredPhoneNumber  *string `bun:"phone_number"`
	PhoneNumberFold    *string
	PhoneDigits        *string // text.PhoneDigits of the number, for searches
	StoredWechatNumber *string `bun:"wechat_number"`
	Source             *CustomerSource
	Gender             *Gender
	PropertyList       JSONList[*CustomerProperty] `bun:"properties"`
	LastContact
	LastCallRecordID *int64  // the record that the last-call fields come from; nil where the platform stated them
	CreatedBy        *string // nil on rows from before creators were stored
	CreatedByKind    *CreatorKind
	UpdatedAt        time.Time

	Visibility Visibility              `bun:"-"` // which personal data its reader sees
	RowSet     *RowSet[CustomerPerson] `bun:"-" json:"-"`
}

// LastContact is what is known of the latest contact with a customer, and since when the customer is assigned.
type LastContact struct {
	LastFollowTime   *time.Time
	LastChatDuration *int
	LastStartTime    *time.Time
	LastIntentLevel  *IntentLevel
	LastDialStatus   *ResultStatus
	AssignTime       *time.Time
}

// SetReading stores how the customer was read.
func (p *CustomerPerson) SetReading(r Reading[CustomerPerson]) {
	p.Visibility, p.RowSet = r.Visibility, r.RowSet
}

// Properties returns the customer's properties, sorted by name, never nil.
func (p *CustomerPerson) Properties() []*CustomerProperty { return p.PropertyList.orEmpty() }

// CustomerPersonInput is a customer as delivered with a record. nil stands for what the delivery does not say.
type CustomerPersonInput struct {
	ID                int64
	CreationTime      *time.Time
	CustomerGroupID   *int64
	CustomerGroupName *string
	Name              *string
	PhoneNumber       *string
	WechatNumber      *string
	Source            *CustomerSource
	Gender            *Gender
	Properties        []*CustomerPropertyInput
	LastContact
}

// check reports what is wrong with the customer to a, and sorts the properties.
func (in *CustomerPersonInput) check(a *applier) {
	a.checkLength("customerPerson.customerGroupName", deref(in.CustomerGroupName), maxCustomerName)
	a.checkLength("customerPerson.name", deref(in.Name), maxCustomerName)
	a.checkLength("customerPerson.phoneNumber", deref(in.PhoneNumber), maxPhoneNumber)
	a.checkLength("customerPerson.wechatNumber", deref(in.WechatNumber), maxWechatNumber)
	a.checkCount("customerPerson.lastChatDuration", in.LastChatDuration)
	a.checkProperties("customerPerson.properties", in.Properties)
}

// Merge writes what a delivery says to the customer. What the delivery leaves out erases nothing; lastFollowTime only
// grows; the last-call fields follow MergeLastCall. It reports whether anything changed.
func (p *CustomerPerson) Merge(in *CustomerPersonInput) bool {
	m := merger{}
	m.assignTimeIfSet(&p.CreationTime, in.CreationTime)
	assignIfSet(&m, &p.CustomerGroupID, in.CustomerGroupID)
	assignIfSet(&m, &p.CustomerGroupName, in.CustomerGroupName)
	assignIfSet(&m, &p.Name, in.Name)
	p.NameFold = text.FoldColumn(p.Name)
	assignIfSet(&m, &p.StoredPhoneNumber, in.PhoneNumber)
	p.PhoneNumberFold, p.PhoneDigits = text.FoldColumn(p.StoredPhoneNumber), phoneDigits(p.StoredPhoneNumber)
	assignIfSet(&m, &p.StoredWechatNumber, in.WechatNumber)
	assignIfSet(&m, &p.Source, in.Source)
	assignIfSet(&m, &p.Gender, in.Gender)
	if in.Properties != nil {
		p.mergeProperties(&m, in.Properties)
	}
	if in.LastFollowTime != nil && (p.LastFollowTime == nil || in.LastFollowTime.After(*p.LastFollowTime)) {
		m.assignTimeIfSet(&p.LastFollowTime, in.LastFollowTime)
	}
	m.changed = p.MergeLastCall(in.lastCall()) || m.changed
	m.assignTimeIfSet(&p.AssignTime, in.AssignTime)
	return m.changed
}

// mergeProperties replaces the properties by sorted ones where they differ.
func (p *CustomerPerson) mergeProperties(m *merger, in []*CustomerPropertyInput) {
	same := func(a *CustomerProperty, b *CustomerPropertyInput) bool {
		return a.Name == b.Name && a.Value == b.Value
	}
	if slices.EqualFunc(p.PropertyList.V, in, same) {
		return
	}
	p.PropertyList.V, m.changed = nil, true
	for _, property := range in {
		p.PropertyList.V = append(p.PropertyList.V, &CustomerProperty{Name: property.Name, Value: property.Value})
	}
}

// Creator returns who created the row, without a name where it is not known.
func (p *CustomerPerson) Creator() Creator { return Creator{deref(p.CreatedBy), p.CreatedByKind} }
