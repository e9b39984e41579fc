package model

// touchesRules reports whether the patch writes a field that ruleViolations reads. Calls of files may break the
// rules, and their other fields can still be changed through the API.
func (p *CallPatch) touchesRules() bool {
	return p.CallType.IsSet() || p.OutgoingCallStatus.IsSet() || p.CallStartTime.IsSet() ||
		p.CallDuration.IsSet() || p.CallDurationInSeconds.IsSet()
}

// ruleViolations returns the rules of calls made through the API that c breaks, as BAD_USER_INPUT errors.
func (c *Call) ruleViolations() (errs Errors) {
	if c.StoredStatus == nil {
		return nil
	}
	if c.CallType != nil && *c.CallType == CallTypeMissed {
		errs = append(errs, BadInput("outgoingCallStatus", "a MISSED call carries no outgoing status"))
	}
	switch *c.StoredStatus {
	case OutgoingCallStatusCompleted:
		if c.CallDurationInSeconds == nil {
			errs = append(errs, BadInput("callDurationInSeconds", "a COMPLETED call needs a duration; 0 counts"))
		}
	case OutgoingCallStatusScheduled:
		if c.CallStartTime == nil {
			errs = append(errs, BadInput("callStartTime", "a SCHEDULED call needs a start"))
		}
		if c.CallDurationInSeconds != nil {
			errs = append(errs, BadInput("callDurationInSeconds", "a SCHEDULED call has no duration yet"))
		}
	}
	return errs
}
