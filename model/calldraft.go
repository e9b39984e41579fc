package model

import (
	"time"

	"github.com/99designs/gqlgen/graphql"
)

const quarterHour = 15 * time.Minute

// FillDefaults sets the fields without a value to what the CRM's form shows: for a scheduled call the next quarter of
// an hour as its start, no reminder, and scheduledInCrm true; for any other call scheduledInCrm false.
func (p *CallPatch) FillDefaults(now time.Time) {
	status := p.OutgoingCallStatus.Value()
	scheduled := status != nil && (*status == OutgoingCallStatusScheduled || *status == OutgoingCallStatusOverdue)
	setDefault(&p.ScheduledInCrm, scheduled)
	if scheduled {
		setDefault(&p.CallStartTime, now.Truncate(quarterHour).Add(quarterHour))
		setDefault(&p.Reminder, "None")
	}
}

// setDefault sets a field that has no value.
func setDefault[T any](field *graphql.Omittable[*T], value T) {
	if field.Value() == nil {
		*field = graphql.OmittableOf(&value)
	}
}
