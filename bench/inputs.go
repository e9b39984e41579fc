package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"time"

	"callbook/bench/fill"
)

type vars = map[string]any

// at returns a number below limit for the request number n, spread evenly.
func at(n int64, limit int) int {
	return int(rand.New(rand.NewPCG(uint64(n), 1)).Uint64() % uint64(limit))
}

func (i inputs) record(n int64) any {
	return vars{"id": fmt.Sprint(i.AnsweredID(at(n, i.Answered())))}
}

func (i inputs) records(n int64) any {
	return vars{
		"job": fmt.Sprint(1 + at(n, fill.Jobs)), "result": "ANSWERED", "intent": string(rune('A' + at(n+1, 5))),
	}
}

// status asks for the status that the most calls have, three times of four.
func (i inputs) status(n int64) any {
	if n%4 == 0 {
		return vars{"status": "CANCELLED"}
	}
	return vars{"status": "COMPLETED"}
}

func (i inputs) job(n int64) any { return vars{"job": fmt.Sprint(1 + at(n, fill.Jobs))} }

// rareWord asks for three digits of an order's number behind the words that lead to it.
func (i inputs) rareWord(n int64) any { return vars{"query": fmt.Sprintf("号是%d", 100+at(n, 900))} }

func (i inputs) commonWord(n int64) any {
	return vars{"query": []string{"发票", "千兆", "delivery", "再见"}[n%4]}
}

// newID returns the key of the call that the request number n creates.
func (i inputs) newID(n int64) string { return fmt.Sprintf("bench-%012d", n) }

func (i inputs) newCall(n int64) any {
	return vars{"input": vars{
		"id": i.newID(n), "name": fmt.Sprintf("Offer follow-up #%d", n), "subject": "Questions about the offer",
		"callType": "OUTBOUND", "outgoingCallStatus": "COMPLETED", "callStartTime": "2026-01-05T08:30:00Z",
		"callDurationInSeconds": 100 + n%600, "callPurpose": "Negotiation", "dialledNumber": "555-0101-2345",
		"ownerId": fmt.Sprintf("DEAL-%05d", n%20000), "ownerType": "DEAL",
	}}
}

// newGraphileCall is newCall with the columns that have no default.
func (i inputs) newGraphileCall(n int64) any {
	columns := i.newCall(n).(vars)["input"].(vars)
	columns["rowId"] = columns["id"]
	delete(columns, "id")
	now := time.Now().UTC().Format(time.RFC3339Nano)
	maps.Copy(columns, vars{
		"tenantId": "1", "version": 1, "nameFold": strings.ToLower(columns["name"].(string)),
		"subjectFold": "questions about the offer", "createdBy": "postgraphile", "createdAt": now,
		"updatedBy": "postgraphile", "updatedAt": now,
	})
	return vars{"input": columns}
}

// batch is how many rows M2, M3 and I1 write.
const batch = 100

// block returns the calls that the request number n changes: neighbours, and no two requests at a time the same where
// there are enough.
func (i inputs) block(n int64, size int) []string {
	ids := make([]string, size)
	first := int(n) * size % i.Calls
	for k := range ids {
		ids[k] = i.CallID(first + k)
	}
	return ids
}

// callsFile returns a file of 50 calls that are there, with another subject, and 50 new ones.
func (i inputs) callsFile(n int64) string {
	var file strings.Builder
	write := json.NewEncoder(&file)
	for _, id := range i.block(n, batch/2) {
		_ = write.Encode(vars{"id": id, "subject": fmt.Sprintf("Round %d", n)}) // a strings.Builder takes everything
	}
	for k := range batch / 2 {
		_ = write.Encode(vars{
			"id": fmt.Sprintf("saved-%012d-%02d", n, k), "name": fmt.Sprintf("Delivery date #%d", n),
			"subject": "When the order arrives", "call_type": "INBOUND", "call_start_time": "2026-01-05T08:30:00Z",
			"call_duration_in_seconds": 60 + k, "call_purpose": "Administrative", "dialled_number": "555-0101-2345",
			"owner_id": fmt.Sprintf("DEAL-%05d", k), "owner_type": "DEAL",
		})
	}
	return file.String()
}

func (i inputs) createdID(n int64, _ bool) string { return i.newID(n) }

// savedID returns the key of a call that the request number n of M2 writes.
func (i inputs) savedID(n int64, isNew bool) string {
	if !isNew {
		return i.block(n, batch/2)[7]
	}
	return fmt.Sprintf("saved-%012d-07", n)
}

func (i inputs) tagging(n int64) any {
	return vars{"ids": i.block(n, batch), "tag": fmt.Sprintf("bench-%d", n)}
}

func (i inputs) taggedID(n int64, _ bool) string { return i.block(n, batch)[7] }

// deliveredID returns the key of a record that the request number n delivers, one with turns.
func (i inputs) deliveredID(n int64, _ bool) string { return fmt.Sprint(firstDelivered + n*batch + 8) }

// firstDelivered is the key of the first record that is delivered.
const firstDelivered = 1_000_000_000

// delivery delivers records to different customers, one of four with turns.
func (i inputs) delivery(n int64) any {
	start := time.Now().UTC().Truncate(time.Second)
	list := make([]vars, batch)
	for k := range list {
		id := firstDelivered + n*batch + int64(k)
		customer := int(id)%i.Customers + 1
		r := vars{
			"id": fmt.Sprint(id), "robotCallJobId": fmt.Sprint(1 + k%fill.Jobs), "startTime": start,
			"endTime": start.Add(time.Minute), "chatDuration": 0, "chatRound": 0, "resultStatus": "NO_ANSWER",
			"intentLevel": "F", "customerPerson": vars{
				"id": fmt.Sprint(customer), "name": fmt.Sprintf("客户 %06d", customer),
				"phoneNumber": fmt.Sprintf("555-03%02d-%04d", k, customer%10_000),
			},
		}
		if k%4 == 0 {
			r["resultStatus"], r["intentLevel"], r["chatDuration"], r["chatRound"] = "ANSWERED", "B", 45, 4
			r["customerConcern"], r["details"] = []string{"价格", "安装"}, deliveredTurns(id)
		}
		list[k] = r
	}
	return vars{"inputs": list}
}

func deliveredTurns(id int64) (turns []vars) {
	for k := range fill.TurnsEach {
		kind, text := "ROBOT", fmt.Sprintf("您好，您的订单%d已经签收，请问商品有没有问题？", 100_000+(id+int64(k))%900_000)
		if k%2 == 1 {
			kind, text = "PERSON", "东西没问题，就是发票还没收到。"
		}
		turns = append(turns, vars{"type": kind, "text": text})
	}
	return turns
}
