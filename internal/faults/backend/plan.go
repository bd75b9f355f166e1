// Package backend is the server side of a run: the Klarity emulator behind Toxiproxy, in a
// process of its own. The driver process then holds nothing but the SDK, so that a leaked
// goroutine or megabyte there is the SDK's.
package backend

import (
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

// A Plan is everything that goes wrong on the backend during one run. It is sent to the
// backend process as JSON.
type Plan struct {
	Seed uint64 // for the emulator's random decisions

	InitialEstate map[string]int // records that exist from the beginning: their versions by ID
	// Mixed is set for runs that apply changes of all operations. Names of locators then
	// carry versions and have no other meaning, and State has Details.
	Mixed bool

	API      ProxyPlan // between the SDK and the API
	Identity ProxyPlan // between the SDK and the identity service

	Bursts      []Burst // of faults in the API's responses
	TokenBursts []Burst // of faults in the identity service's responses

	Outage       Outage
	PoisonStatus int // the API's response to each request that contains Poison; 0: the regular one

	MaxBody         int64         // bytes of a request, above which the API responds with 413; 0: the emulator's own limit
	MaxObject       int           // bytes of metadata or data, above which the API responds with 400; 0: the contract's limit
	TokenLifetime   time.Duration // 0: the emulator's own
	ClockSkew       time.Duration // of the backend's clock
	RotateSecretAt  int           // the request to the API, from 1, before which the secret is rotated; 0: never
	ExpiresIn       string        // JSON to send as expires_in in place of the true value; "": the true value
	DiscardRequests bool          // keep no requests, for runs of any length
}

// A ProxyPlan is a proxy's initial toxics, and what happens to it later.
type ProxyPlan struct {
	Toxics []Toxic
	Steps  []Step
}

// A Toxic is one of Toxiproxy's.
type Toxic struct {
	Type       string           `json:"type"`
	Name       string           `json:"name"`
	Stream     string           `json:"stream"`   // "upstream" or "downstream"
	Toxicity   float64          `json:"toxicity"` // the share of connections that have it
	Attributes map[string]int64 `json:"attributes"`
}

// The actions of a Step.
const (
	Down         = "down" // refuse new connections and close the open ones
	Up           = "up"
	RemoveToxics = "remove toxics"
)

// A Step is an action on a proxy, some time after the start of the run.
type Step struct {
	After  time.Duration
	Action string
}

// A Burst is a fault that hits a share of some successive requests. Where bursts overlap,
// the first one that hits wins.
type Burst struct {
	From, Count int     // the requests, from 0; a negative Count means all that follow
	Share       float64 // of these requests that the fault hits
	Every       int     // if set, only every nth of them can be hit
	Fault       apitest.Fault
	// RetryIn, if set, makes Retry-After a date that is this far ahead of the backend's
	// clock, and sets Date to that clock.
	RetryIn time.Duration
}

// An Outage begins with a request to the API, and lasts for a while. During it every request
// fails in the same way.
type Outage struct {
	AtRequest         int // the request that it begins with, from 1; 0: no outage
	Duration          time.Duration
	API, Identity     bool          // the services that are out; if the API is not, all tokens are revoked at the beginning
	Fault             apitest.Fault // of every request
	RefuseConnections bool          // in place of Fault: no new connections, and the open ones are closed
}

// Poison is the text that marks a record for [Plan.PoisonStatus].
const Poison = "poisonous"

// An Endpoint is how the SDK reaches the backend of a run, through the proxies.
type Endpoint struct {
	ID           int // of the run
	URL          string
	TokenURL     string
	ClientID     string
	ClientSecret string
	Audience     string
	NIDs         map[string]string // of the plan's initial records, by ID
}

// State is what the backend of a run holds.
type State struct {
	Estate      map[string]int // the version of each record, by ID
	Enrichments map[string]int // the version of each enrichment, by the record's ID
	Details     RecordDetails  // if the plan is Mixed
	Requests    []Request      // to the API, in the order of arrival
	Received    int            // the number of requests to the API
	Faults      int            // the number of requests that met a fault
	LastFault   time.Time      // when the last fault ended, or the last step was done

	OutageStart, OutageEnd time.Time
}

// RecordDetails are the state of records that are created, deleted and created again.
type RecordDetails struct {
	Periods map[string][]models.Period // of each record, previous before current, by ID
	NIDs    map[string]string          // by ID
	// EnrichmentsByNID has the version of the enrichment of each initial record's nid, by the
	// record's ID, even if the record has been deleted.
	EnrichmentsByNID map[string]int
}

// A Request is one that reached the API.
type Request struct {
	Attempt  string    // the driver's number for it
	ReadAt   time.Time // when it had been read to the end, plus the delay of its fault
	Status   int       // 0: it got no response
	Applied  bool      // its records are in the estate
	Versions []int     // of its records
}

// AttemptHeader carries the run's ID and Request.Attempt, separated by a hyphen.
const AttemptHeader = "X-Attempt"
