package graph

import (
	"fmt"
	"time"
)

// Limits bound what one request, one credential and all of them together may ask of the server. An ordinary front end meets
// none of the defaults. Each is refused with LIMIT_EXCEEDED and its numbers. The tags are the command line's, and have the defaults.
type Limits struct {
	Body               int64         `env:"BODY" default:"26214400" placeholder:"BYTES" help:"Greatest request body (default: 25 MiB)."`
	Upload             int64         `env:"UPLOAD" default:"104857600" placeholder:"BYTES" help:"Greatest body of a request that uploads files (default: 100 MiB)."`
	UploadFiles        int           `env:"UPLOAD_FILES" default:"10" placeholder:"N" help:"Most files of one request (default: ${default})."`
	Tokens             int           `env:"TOKENS" default:"10000" placeholder:"N" help:"Most tokens of a document (default: ${default})."`
	Depth              int           `env:"DEPTH" default:"15" placeholder:"N" help:"Deepest nesting of fields (default: ${default})."`
	Fields             int           `env:"FIELDS" default:"2000" placeholder:"N" help:"Most fields of a document, its fragments written out (default: ${default})."`
	Aliases            int           `env:"ALIASES" default:"200" placeholder:"N" help:"Most aliases of an operation, its fragments written out (default: ${default})."`
	RootFields         int           `env:"ROOT_FIELDS" default:"50" placeholder:"N" help:"Most root fields of an operation (default: ${default})."`
	Directives         int           `env:"DIRECTIVES" default:"200" placeholder:"N" help:"Most directives of a document (default: ${default})."`
	Fragments          int           `env:"FRAGMENTS" default:"200" placeholder:"N" help:"Most named fragments of a document (default: ${default})."`
	IntrospectionDepth int           `env:"INTROSPECTION_DEPTH" default:"3" placeholder:"N" help:"Deepest nesting of lists in an introspection (default: ${default})."`
	ListSize           int           `env:"LIST_SIZE" default:"20000" placeholder:"N" help:"Most elements of a list among arguments and variables (default: ${default})."`
	VariableDepth      int           `env:"VARIABLE_DEPTH" default:"64" placeholder:"N" help:"Deepest nesting of variables (default: ${default})."`
	VariableSize       int           `env:"VARIABLE_SIZE" default:"25165824" placeholder:"BYTES" help:"Greatest size of variables (default: 24 MiB)."`
	Errors             int           `env:"ERRORS" default:"100" placeholder:"N" help:"Most errors answered (default: ${default})."`
	Cost               int           `env:"COST" default:"100000" placeholder:"N" help:"Greatest cost of an operation (default: ${default}): see @cost in the schema."`
	Budget             int           `env:"BUDGET" default:"1000000" placeholder:"N" help:"Cost a credential may spend at once (default: ${default})."`
	BudgetPerSecond    int           `env:"BUDGET_PER_SECOND" default:"50000" placeholder:"N" help:"Cost a credential gets back each second (default: ${default})."`
	Deadline           time.Duration `env:"DEADLINE" default:"1m" placeholder:"TIME" help:"Longest time of an operation; then its statement is cancelled (default: ${default})."`
	Running            int           `env:"RUNNING" default:"64" placeholder:"N" help:"Most operations that run at once (default: ${default})."`
	RunningEach        int           `env:"RUNNING_EACH" default:"32" placeholder:"N" help:"Most operations of one credential that run at once; others wait as above (default: ${default})."`
	Waiting            int           `env:"WAITING" default:"256" placeholder:"N" help:"Most operations that wait for their turn; more are turned away (default: ${default})."`
	WaitTime           time.Duration `env:"WAIT_TIME" default:"5s" placeholder:"TIME" help:"Longest wait for a turn (default: ${default})."`
	Connections        int           `env:"CONNECTIONS" default:"10000" placeholder:"N" help:"Most connections at once; further ones wait (default: ${default})."`
	Memory             int64         `env:"MEMORY" default:"536870912" placeholder:"BYTES" help:"Most memory for large bodies, over 64 KiB, each taken to need ten times its size; half of it for one credential (default: 512 MiB)."`
	Sockets            int           `env:"SOCKETS" default:"1000" placeholder:"N" help:"Most websockets and event streams at once (default: ${default})."`
	SocketsEach        int           `env:"SOCKETS_EACH" default:"200" placeholder:"N" help:"Most websockets and event streams of one credential (default: ${default})."`
	SubscriptionsEach  int           `env:"SUBSCRIPTIONS_EACH" default:"500" placeholder:"N" help:"Most subscriptions of one credential (default: ${default})."`
	Values             int           `env:"VALUES" default:"400000" placeholder:"N" help:"Most values in the JSON of a request (default: ${default})."`
	SocketOperations   int           `env:"SOCKET_OPERATIONS" default:"100" placeholder:"N" help:"Most operations under way on one websocket (default: ${default})."`
	SocketRate         int           `env:"SOCKET_RATE" default:"50" placeholder:"N" help:"Most messages a websocket may send each second, on average over ten (default: ${default})."`
	SocketMessage      int64         `env:"SOCKET_MESSAGE" default:"1048576" placeholder:"BYTES" help:"Greatest message of a websocket (default: 1 MiB)."`
	InitTimeout        time.Duration `env:"INIT_TIMEOUT" default:"10s" placeholder:"TIME" help:"Longest wait for a websocket's connection_init (default: ${default})."`
	SocketIdle         time.Duration `env:"SOCKET_IDLE" default:"1m" placeholder:"TIME" help:"Longest silence of a websocket's client, which answers pings (default: ${default})."`
}

// Check refuses limits under which nothing could be answered.
func (l Limits) Check() error {
	for name, n := range map[string]int64{"body": l.Body, "upload": l.Upload, "tokens": int64(l.Tokens), "depth": int64(l.Depth), "fields": int64(l.Fields),
		"root-fields": int64(l.RootFields), "errors": int64(l.Errors), "cost": int64(l.Cost), "budget-per-second": int64(l.BudgetPerSecond),
		"deadline": int64(l.Deadline), "running": int64(l.Running), "running-each": int64(l.RunningEach), "connections": int64(l.Connections), "socket-rate": int64(l.SocketRate),
		"socket-message": l.SocketMessage, "init-timeout": int64(l.InitTimeout), "socket-idle": int64(l.SocketIdle / time.Second), "sockets-each": int64(l.SocketsEach), "values": int64(l.Values), "sockets": int64(l.Sockets), "waiting": int64(l.Waiting + 1), "subscriptions-each": int64(l.SubscriptionsEach)} {
		if n < 1 {
			return fmt.Errorf("--limit-%s: is too little for anything to be answered", name)
		}
	}
	if l.Budget < l.Cost {
		return fmt.Errorf("--limit-budget: is %d; it must be at least the cost of one operation, %d", l.Budget, l.Cost)
	}
	if l.Memory < 2*uploadMemory {
		return fmt.Errorf("--limit-memory: is %d; it must be at least %d", l.Memory, 2*uploadMemory)
	}
	return nil
}
