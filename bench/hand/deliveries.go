package hand

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"callbook/text"
)

// lastTurn is the key of the turn that was written last.
var lastTurn atomic.Int64

func init() { lastTurn.Store(time.Now().UnixMilli() << 22) }

// deliveryColumns are the columns that a delivered record gets.
var deliveryColumns = []string{
	"tenant_id", "id", "version", "robot_call_job_id", "customer_person_id", "called_phone_number",
	"called_phone_digits", "result_status", "intent_level", "customer_concern", "start_time", "end_time",
	"chat_duration", "chat_round", "read_status", "created_by", "created_at", "updated_by", "updated_at",
}

// row returns the values of deliveryColumns.
func (d *Delivery) row(now time.Time) []any {
	concerns, _ := json.Marshal(d.CustomerConcern) // a list of texts
	if d.CustomerConcern == nil {
		concerns = []byte("[]")
	}
	number := d.CustomerPerson.PhoneNumber
	return []any{
		tenant, d.ID, 1, d.RobotCallJobID, d.CustomerPerson.ID, number, text.PhoneDigits(number), d.ResultStatus,
		d.IntentLevel, string(concerns), d.StartTime, d.EndTime, d.ChatDuration, d.ChatRound, "NOT_READ", by, now, by, now,
	}
}

// turnColumns are the columns that a delivered turn gets.
var turnColumns = []string{
	"tenant_id", "call_record_id", "position", "call_detail_id", "type", "text", "text_fold", "turn_id", "sort_key",
	"list_length",
}

// turnRow returns the values of turnColumns.
func (d *Delivery) turnRow(t Turn) []any {
	return []any{
		tenant, d.ID, t.Position, fmt.Sprint(t.Position), t.Type, t.Text, text.FoldColumn(&t.Text), lastTurn.Add(1),
		t.Position, len(d.Details),
	}
}

// tokens returns a turn's entry in the index of transcripts.
func (t Turn) tokens() string { return strings.Join(text.SearchTokens(text.Fold(t.Text)), " ") }
