package report

import "time"

// Answer is what the documents of a question answer.
type Answer struct {
	Times times
	Lists map[string]stats
}

// times are what the first document of a question answers; those that it has not asked for are nil.
type times struct {
	Total                    stats
	Course, Hours, Durations stats
	Open, Funnel             *stats
	Tasks, OverdueTasks      *struct{ TotalCount int }
}

// stats are CallStats or CallRecordStats.
type stats struct {
	AsOf   time.Time
	Groups []group
	Total  group
}

// group is a group with its key; of the keys one is given, but for hours.
type group struct {
	Key      groupKey
	Count    int
	Answered int
	figures
	parts
	Compared *struct{ Other comparedFigures }
}

type groupKey struct {
	Day, Week, Month, Weekday                     *string
	HourOfDay                                     *int
	CallType, CallStatus, CallResult, CallPurpose *string
	OwnerID, CreatedBy, Tag                       *string
	ResultStatus, IntentLevel, RealIntentLevel    *string
	ReadStatus, CustomerConcern, RobotCallJobID   *string
}

type figures struct {
	AnsweredRate *float64
	Customers    *float64
	Duration     struct{ Sum, Avg, P50, P90 *float64 }
	Rounds       struct{ Avg *float64 }
}

type comparedFigures struct {
	Count *float64
	figures
}

// parts are counts of rows that pass filters of their own.
type parts struct{ Part0, Part1, Part2, Part3, Part4, Part5, Part6, Part7 int }

func (p parts) list() []int {
	return []int{p.Part0, p.Part1, p.Part2, p.Part3, p.Part4, p.Part5, p.Part6, p.Part7}
}

// first returns the value of the one dimension of a group by a single field; nil for none.
func (k groupKey) first() *string {
	for _, value := range []*string{k.Day, k.Week, k.Month, k.CallType, k.CallStatus, k.CallResult, k.CallPurpose,
		k.OwnerID, k.CreatedBy, k.Tag, k.ResultStatus, k.IntentLevel, k.RealIntentLevel, k.ReadStatus, k.CustomerConcern,
		k.RobotCallJobID} {
		if value != nil {
			return value
		}
	}
	return nil
}
