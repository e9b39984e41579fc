package operation

import (
	"fmt"
	"time"
)

// Limits bound what one request, one credential, and all of them together may ask of the server. What exceeds one is
// refused with LIMIT_EXCEEDED and its numbers, or with UNAVAILABLE where the server is full. DefaultLimits has a value
// for each.
type Limits struct {
	// Of a request.
	Body        int64 // bytes of a body
	Upload      int64 // bytes of a body with files
	UploadFiles int   // files of a body
	Values      int   // values in the JSON of a body

	// Of a document, with its fragments written out where they are spread.
	Tokens             int
	Depth              int // nested fields
	Fields             int
	Aliases            int
	RootFields         int
	Directives         int
	Fragments          int // named ones
	IntrospectionDepth int // nested lists of an introspection

	// Of variables and arguments.
	ListSize      int // elements of a list
	VariableDepth int // nested values
	VariableSize  int // bytes of the variables' JSON

	// Of an operation.
	Cost     int           // as added up from @cost and @listSize before it runs
	Deadline time.Duration // then its statement is cancelled
	Errors   int           // errors in a response
	// What it may take while it runs: see accounts.
	Read         int64         // bytes read from the database, and bytes that one of its transactions writes
	Answer       int64         // bytes of its response
	DatabaseTime time.Duration // of all its statements together

	// Of a credential.
	Budget          int // cost that may be spent at once
	BudgetPerSecond int // cost that comes back each second
	RunningEach     int // operations at once
	SocketsEach     int // websockets and event streams at once

	SubscriptionsEach int // subscriptions at once

	// Of the server.
	Running     int           // operations at once
	Waiting     int           // operations that wait for their turn; more are refused at once
	WaitTime    time.Duration // the longest wait for a turn; 0 refuses at once
	Connections int           // connections at once; further ones wait to be accepted
	Memory      int64         // bytes reserved for large bodies and operations; a credential may hold half
	Sockets     int           // websockets and event streams at once

	// Of a websocket.
	SocketOperations int           // operations at once
	SocketRate       int           // messages a second, on average over ten
	SocketMessage    int64         // bytes of a message
	InitTimeout      time.Duration // the longest wait for connection_init
	SocketIdle       time.Duration // the longest silence of a client, which answers pings
}

// Limits that operators do not turn: no front end meets one. Each with the reason for its value.
const (
	maxUploadFiles        = 10       // a form; more files go in further requests
	maxValues             = 400_000  // a delivery of 1,000 records of 17 turns has some 100,000, and decoding takes memory
	maxTokens             = 10_000   // documents of front ends have hundreds
	maxDepth              = 15       // deeper selections go in circles: call, record, call
	maxFields             = 2000     // gqlparser merges fields in quadratic time: these take half a second of a core
	maxAliases            = 200      // a dashboard in one request
	maxRootFields         = 50       // each may read on a connection of its own
	maxDirectives         = 200      // gqlparser compares those of one place with each other
	maxFragments          = 200      // one for each component of a large page
	maxIntrospectionDepth = 3        // types of fields of types; each further list multiplies the schema by itself
	maxListSize           = 20_000   // twice the largest batch
	maxVariableDepth      = 64       // filters nest to 20
	maxVariableSize       = 24 << 20 // bytes; a body has 25 MiB
	maxErrors             = 100      // more would be noise in a response
	maxRunningEach        = 32       // half of all: another credential finds a turn
	maxWaiting            = 256      // four rounds of those that run
	maxSocketsEach        = 200      // a fifth of all
	maxSubscriptionsEach  = 500      // of one credential over all its sockets
	maxSocketOperations   = 100      // of one tab of a browser
	maxSocketRate         = 50       // messages a second: typing into a search box sends a few
	maxSocketMessage      = 1 << 20  // larger requests go by POST, where memory is shared out before they are read
	maxSocketIdle         = time.Minute
)

// DefaultLimits returns the limits where nothing is configured. An ordinary front end meets none of them.
func DefaultLimits() Limits {
	return Limits{
		// Operators may turn these, by flags of the command serve.
		Body:            25 << 20,
		Upload:          100 << 20,
		Cost:            100_000,
		Budget:          1_000_000,
		BudgetPerSecond: 50_000,
		Deadline:        time.Minute,
		Read:            32 << 20,
		Answer:          16 << 20,
		DatabaseTime:    20 * time.Second,
		Running:         64,
		WaitTime:        5 * time.Second,
		Connections:     10_000,
		Memory:          512 << 20,
		Sockets:         1000,
		InitTimeout:     10 * time.Second,

		UploadFiles:        maxUploadFiles,
		Values:             maxValues,
		Tokens:             maxTokens,
		Depth:              maxDepth,
		Fields:             maxFields,
		Aliases:            maxAliases,
		RootFields:         maxRootFields,
		Directives:         maxDirectives,
		Fragments:          maxFragments,
		IntrospectionDepth: maxIntrospectionDepth,
		ListSize:           maxListSize,
		VariableDepth:      maxVariableDepth,
		VariableSize:       maxVariableSize,
		Errors:             maxErrors,
		RunningEach:        maxRunningEach,
		Waiting:            maxWaiting,
		SocketsEach:        maxSocketsEach,
		SubscriptionsEach:  maxSubscriptionsEach,
		SocketOperations:   maxSocketOperations,
		SocketRate:         maxSocketRate,
		SocketMessage:      maxSocketMessage,
		SocketIdle:         maxSocketIdle,
	}
}

// UploadMemory is how many bytes of a body with files are kept in memory; the rest waits in temporary files.
const UploadMemory = 4 << 20

// Check returns an error that names a limit under which nothing could be answered.
func (l Limits) Check() error {
	for _, limit := range []struct {
		name  string
		value int64
	}{
		{"body", l.Body}, {"upload", l.Upload}, {"cost", int64(l.Cost)},
		{"budget per second", int64(l.BudgetPerSecond)}, {"deadline", int64(l.Deadline)}, {"running", int64(l.Running)},
		{"read", l.Read}, {"answer", l.Answer}, {"database time", int64(l.DatabaseTime)},
		{"connections", int64(l.Connections)}, {"sockets", int64(l.Sockets)}, {"init timeout", int64(l.InitTimeout)},
	} {
		if limit.value < 1 {
			return fmt.Errorf("the limit %s is too little for anything to be answered", limit.name)
		}
	}
	if l.Budget < l.Cost {
		return fmt.Errorf("the limit budget is %d; it must be at least the cost of one operation, %d", l.Budget, l.Cost)
	}
	if l.Memory < 2*UploadMemory {
		return fmt.Errorf("the limit memory is %d; it must be at least %d", l.Memory, 2*UploadMemory)
	}
	return nil
}
