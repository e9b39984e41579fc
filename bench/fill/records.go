package fill

import (
	"fmt"
	"iter"
	"strings"
	"time"

	"callbook/text"
)

// record is a call record before its columns are written.
type record struct {
	id         int64
	job        int
	customer   int
	start      time.Time
	isAnswered bool
	result     string
	intent     string
	real       any
	seconds    int
	concerns   []string
	isRead     bool
}

var (
	concerns   = []string{"价格", "安装", "时间", "位置", "发票", "合同", "售后", "速度", "price", "delivery"}
	unanswered = []string{"NO_ANSWER", "BUSY", "POWER_OFF", "OUT_OF_SERVICE", "REFUSED", "VACANT_NUMBER"}
)

// record returns the record number n, counted from 1.
func (g rows) record(n int) record {
	r := dice(diceRecords, n)
	c := record{
		id: int64(n), job: 1 + n/answeredEvery%Jobs, customer: 1 + r.IntN(g.Customers), intent: "F",
		start:      g.now.Add(-time.Duration(1+r.IntN(180*24*3600)) * time.Second),
		isAnswered: n%answeredEvery == 0,
	}
	c.isRead = r.IntN(5) > 0
	if !c.isAnswered {
		c.result = pick(r, unanswered)
		return c
	}
	c.result, c.intent, c.seconds = "ANSWERED", pick(r, []string{"A", "B", "C", "D", "E"}), 20+r.IntN(280)
	c.real = perhaps(r, 5, pick(r, []string{"A", "B", "C"}))
	if r.IntN(2) == 0 {
		c.concerns = append(c.concerns, pick(r, concerns[:5]), pick(r, concerns[5:]))
	}
	return c
}

var recordColumns = []string{
	"tenant_id", "id", "version", "robot_call_job_id", "dialog_flow_id", "robot_call_task_id", "phone_number_id",
	"customer_person_id", "called_phone_number", "called_phone_digits", "result_status", "intent_level",
	"real_intent_level", "customer_concern", "attributes", "full_audio_url", "analysis_basis", "start_time", "end_time",
	"chat_duration", "chat_round", "read_status", "created_by", "created_at", "updated_by", "updated_at",
}

func (g rows) recordRow(n int) row {
	c := g.record(n)
	number := customerPhone(c.customer)
	var audio, basis any
	rounds, read := 0, "NOT_READ"
	if c.isAnswered {
		rounds = TurnsEach / 2
		audio = fmt.Sprintf("https://recordings.example.com/jobs/%d/%d.wav", c.job, c.id)
		basis = "主动询问并同意回访"
	}
	if c.isRead {
		read = "HAS_READ"
	}
	end := c.start.Add(time.Duration(c.seconds+8) * time.Second)
	delivered := end.Add(time.Minute)
	return row{
		1, c.id, 1, c.job, 1 + n%4, n, n % 2, c.customer, number, text.PhoneDigits(number), c.result, c.intent,
		c.real, list(c.concerns), raw("[]"), audio, basis, c.start, end,
		c.seconds, rounds, read, "dialer", delivered, "dialer", delivered,
	}
}

// list returns texts without quotes in them as a JSON list.
func list(texts []string) raw {
	if len(texts) == 0 {
		return "[]"
	}
	return raw(`["` + strings.Join(texts, `","`) + `"]`)
}

var turnColumns = []string{
	"tenant_id", "call_record_id", "position", "call_detail_id", "type", "text", "text_fold", "turn_id", "sort_key",
	"list_length",
}

// turn is a turn of a transcript.
type turn struct {
	record, id int64
	position   int
	kind, text string
}

// allTurns yields the turns of all records in order.
func (g rows) allTurns() iter.Seq[turn] {
	return func(yield func(turn) bool) {
		for n := range g.Answered() {
			record := g.AnsweredID(n)
			r := dice(diceTurns, n)
			for i := range TurnsEach {
				t := turn{record: record, id: firstTurn + int64(n*TurnsEach+i), position: i + 1, kind: "ROBOT"}
				if t.text = pick(r, robotLines); i%2 == 1 {
					t.kind, t.text = "PERSON", pick(r, customerLines)
				}
				t.text = strings.Replace(t.text, "@", fmt.Sprint(100_000+r.IntN(900_000)), 1)
				if !yield(t) {
					return
				}
			}
		}
	}
}

// firstTurn is the key of the first turn; those that are delivered later are greater.
const firstTurn = 1 << 40

func (g rows) turns() iter.Seq[row] {
	return func(yield func(row) bool) {
		for t := range g.allTurns() {
			if !yield(row{1, t.record, t.position, fmt.Sprint(t.position), t.kind, t.text, folded(t.text), t.id, t.position,
				TurnsEach}) {
				return
			}
		}
	}
}

// tokens returns a turn's entry in the index of transcripts.
func (t turn) tokens() string { return strings.Join(text.SearchTokens(text.Fold(t.text)), " ") }

var customerColumns = []string{
	"tenant_id", "id", "creation_time", "customer_group_id", "customer_group_name", "name", "phone_number",
	"phone_digits", "source", "gender", "properties", "last_chat_duration", "last_start_time", "last_intent_level",
	"last_dial_status", "last_call_record_id", "updated_at", "created_by",
}

func customerPhone(n int) string { return fmt.Sprintf("555-02%02d-%04d", n/10_000, n%10_000) }

// customers yields the customers, each with its latest call.
func (g rows) customers() iter.Seq[row] {
	return func(yield func(row) bool) {
		latest := g.latestRecords()
		for n := 1; n <= g.Customers; n++ {
			r := dice(diceCustomers, n)
			number := customerPhone(n)
			group := 1 + n%20
			properties := raw(fmt.Sprintf(`[{"name":"城市","value":%q}]`, pick(r, []string{"杭州", "成都", "武汉"})))
			columns := row{
				1, n, g.now.Add(-200 * day), group, fmt.Sprintf("Group %d", group), fmt.Sprintf("客户 %06d", n), number,
				text.PhoneDigits(number), "UPLOADED_BY_YOURSELF", "UNKNOWN", properties, nil, nil, nil, nil, nil,
				g.now.Add(-200 * day), "dialer",
			}
			if last := latest[n]; last > 0 {
				c := g.record(last)
				copy(columns[11:], row{c.seconds, c.start, c.intent, c.result, c.id, c.start.Add(10 * time.Minute)})
			}
			if !yield(columns) {
				return
			}
		}
	}
}

// latestRecords returns by customer the number of the record that began last; of several, the greatest.
func (g rows) latestRecords() []int {
	latest := make([]int, g.Customers+1)
	starts := make([]time.Time, g.Customers+1)
	for n := 1; n <= g.Records; n++ {
		if c := g.record(n); !c.start.Before(starts[c.customer]) {
			latest[c.customer], starts[c.customer] = n, c.start
		}
	}
	return latest
}
