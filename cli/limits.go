package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/dustin/go-humanize"

	"callbook/graph/operation"
)

// limitFlags are the limits that operators turn. operation.DefaultLimits has the defaults, and the limits without a
// flag.
type limitFlags struct {
	Body            int64         `env:"BODY" default:"${body}" placeholder:"BYTES" help:"${help_body}"`
	Upload          int64         `env:"UPLOAD" default:"${upload}" placeholder:"BYTES" help:"${help_upload}"`
	Cost            int           `env:"COST" default:"${cost}" placeholder:"N" help:"${help_cost}"`
	Budget          int           `env:"BUDGET" default:"${budget}" placeholder:"N" help:"${help_budget}"`
	BudgetPerSecond int           `env:"BUDGET_PER_SECOND" default:"${refill}" placeholder:"N" help:"${help_refill}"`
	Deadline        time.Duration `env:"DEADLINE" default:"${deadline}" placeholder:"TIME" help:"${help_deadline}"`
	Read            int64         `env:"READ" default:"${read}" placeholder:"BYTES" help:"${help_read}"`
	Answer          int64         `env:"ANSWER" default:"${answer}" placeholder:"BYTES" help:"${help_answer}"`
	DatabaseTime    time.Duration `env:"DATABASE_TIME" default:"${db_time}" placeholder:"TIME" help:"${help_db_time}"`
	Running         int           `env:"RUNNING" default:"${running}" placeholder:"N" help:"${help_running}"`
	WaitTime        time.Duration `env:"WAIT_TIME" default:"${wait_time}" placeholder:"TIME" help:"${help_wait_time}"`
	Connections     int           `env:"CONNECTIONS" default:"${connections}" placeholder:"N" help:"${help_connections}"`
	Memory          int64         `env:"MEMORY" default:"${memory}" placeholder:"BYTES" help:"${help_memory}"`
	Sockets         int           `env:"SOCKETS" default:"${sockets}" placeholder:"N" help:"${help_sockets}"`
	InitTimeout     time.Duration `env:"INIT_TIMEOUT" default:"${init_time}" placeholder:"TIME" help:"${help_init_time}"`
}

// limitTexts returns the defaults and help texts of the flags.
func limitTexts() kong.Vars {
	l := operation.DefaultLimits()
	texts := kong.Vars{}
	add := func(name string, value any, help string) {
		texts[name] = strings.Replace(fmt.Sprint(value), "m0s", "m", 1)
		texts["help_"+name] = help + " (default: " + texts[name] + ")."
	}
	addBytes := func(name string, bytes int64, help string) {
		texts[name] = strconv.FormatInt(bytes, 10)
		texts["help_"+name] = help + " (default: " + humanize.IBytes(uint64(bytes)) + ")."
	}
	addBytes("body", l.Body, "Greatest request body")
	addBytes("upload", l.Upload, "Greatest body of a request that uploads files")
	add("cost", l.Cost, "Greatest cost of an operation, as @cost and @listSize in the schema have it")
	add("budget", l.Budget, "Cost a credential may spend at once")
	add("refill", l.BudgetPerSecond, "Cost a credential gets back each second")
	add("deadline", l.Deadline, "Longest time of an operation; then its statement is cancelled")
	addBytes("read", l.Read, "Most that an operation reads of the database, and that it writes at once")
	addBytes("answer", l.Answer, "Greatest response")
	add("db_time", l.DatabaseTime, "Longest time of an operation's statements together")
	add("running", l.Running, "Most operations that run at once")
	add("wait_time", l.WaitTime, "Longest wait for a turn to run")
	add("connections", l.Connections, "Most connections at once; idle ones make way, else further ones wait")
	addBytes("memory", l.Memory, "Most memory for large bodies, over 64 KiB, each taken to need ten times its size, and "+
		"for operations, by what they may cost; half of it for one credential. The garbage collector runs more often "+
		"once the process takes 512 MiB more; GOGC "+
		"and GOMEMLIMIT in the environment win")
	add("sockets", l.Sockets, "Most websockets and event streams at once")
	add("init_time", l.InitTimeout, "Longest wait for a websocket's connection_init")
	return texts
}

// limits returns the default limits with those of the flags.
func (f limitFlags) limits() operation.Limits {
	l := operation.DefaultLimits()
	l.Body, l.Upload = f.Body, f.Upload
	l.Cost, l.Budget, l.BudgetPerSecond = f.Cost, f.Budget, f.BudgetPerSecond
	l.Deadline, l.Running, l.WaitTime = f.Deadline, f.Running, f.WaitTime
	l.Read, l.Answer, l.DatabaseTime = f.Read, f.Answer, f.DatabaseTime
	l.Connections, l.Memory, l.Sockets = f.Connections, f.Memory, f.Sockets
	l.InitTimeout = f.InitTimeout
	return l
}
