package model

// touchesRules reports whether the patch writes a field that a rule of ruleViolations is about.
// Others may be patched on an imported call that breaks a rule.
func (p *CallPatch) touchesRules() bool {
	return p.CallType.IsSet() || p.OutgoingCallStatus.IsSet() || p.CallStartTime.IsSet() ||
		p.CallDuration.IsSet() || p.CallDurationInSeconds.IsSet()
}

// ruleViolations returns the rules of a call made through the API that c breaks, as BAD_USER_INPUT errors. Fields of calls
// in files and of calls from records need not obey them.
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
