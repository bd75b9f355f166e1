// Package far is the far side of a run: the emulator of Klarity and, before it, Toxiproxy,
// both in a process of their own. The process that holds the SDK has nothing else in it
// then, so that a goroutine or a megabyte too many there is the SDK's.
package backend

import (
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

// A Plan is all that goes wrong on the far side in one run. It crosses to the other
// process as JSON.
type Plan struct {
	Seed uint64 // of what the emulator decides by chance

	InitialEstate map[string]int // the records that stand from the beginning: the version of each, by ID
	// Mixed is set where a run makes changes of all operations: the names of locators tell
	// their versions and mean nothing else, and State says more of the records.
	Mixed bool

	API      ProxyPlan // between the SDK and the API
	Identity ProxyPlan // between the SDK and the identity service

	Bursts      []Burst // of faults that the API answers with
	TokenBursts []Burst // of faults that the identity service answers with

	Outage       Outage // of all at a time
	PoisonStatus int    // what the API answers to each request that has Poison in it; 0: as if nothing were

	MaxBody         int64         // above which the API answers 413; 0: the emulator's own limit
	MaxObject       int           // of metadata, above which the API answers 400; 0: the contract's
	TokenLifetime   time.Duration // 0: the emulator's own
	ClockSkew       time.Duration // of the far side's clock
	RotateSecretAt  int           // the request to the API before which the secret is rotated, from 1; 0: never
	ExpiresIn       string        // JSON that the identity service sends as expires_in, whatever is true; "": the truth
	DiscardRequests bool          // keep no request, for runs of any length
}

// A Way is a proxy: the toxics on it at first, and what happens to it later.
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

// What a Step does to a proxy.
const (
	Down         = "down" // it refuses connections and breaks those it has
	Up           = "up"
	RemoveToxics = "lift" // its toxics are removed
)

// A Step happens some time after the run began.
type Step struct {
	After  time.Duration
	Action string
}

// A Burst is a fault that a share of some successive requests meets. Where bursts overlap,
// the first that hits decides.
type Burst struct {
	From, Count int     // requests, from 0; a negative Count has no end
	Share       float64 // of them that the fault hits
	Every       int     // if set, only each so many-th of them can be hit
	Fault       apitest.Fault
	// RetryIn, if set, puts a date into Retry-After that is so far ahead of the far side's
	// clock, and that clock into Date.
	RetryIn time.Duration
}

// An Outage begins with one of the requests to the API, and lasts for a while. Meanwhile
// everything fails in one way.
type Outage struct {
	AtRequest         int // the request with which it begins, from 1; 0: there is none
	Duration          time.Duration
	API, Identity     bool          // who is out; without the API, all tokens are revoked when it begins
	Fault             apitest.Fault // that every request meets
	RefuseConnections bool          // no connection is made; those that there are break
}

// Poison is the text that makes a record one which [Plan.Poison] is about.
const Poison = "poisonous"

// Address is where the SDK finds the far side, through the proxies.
type Endpoint struct {
	ID           int
	URL          string
	TokenURL     string
	ClientID     string
	ClientSecret string
	Audience     string
	NIDs         map[string]string // of the records that the plan asked for, by ID
}

// State is what the far side holds at the end.
type State struct {
	Estate      map[string]int // the version of each record, by ID
	Enrichments map[string]int // the version of each enrichment, by the record's ID
	Details     RecordDetails  // if the plan is Mixed
	Requests    []Request      // to the API, in the order of their arrival
	Received    int            // how many requests came to the API
	Faults      int            // how many requests met a fault
	LastFault   time.Time      // when the last fault hit, or the last step was done

	OutageStart, OutageEnd time.Time
}

// Changed is what else there is to say of records that come, go and come back.
type RecordDetails struct {
	Periods          map[string][]models.Period // that a record is in, previous before current, by ID
	NIDs             map[string]string          // by ID
	EnrichmentsByNID map[string]int             // the version of what a nid of the plan's records is enriched with, by the record's ID, also where that is gone
}

// A Request is one that came to the API.
type Request struct {
	Attempt  string    // the SDK side's number for it
	ReadAt   time.Time // when it had come whole, and the delay it was given was over
	Status   int       // 0: it got no answer
	Applied  bool      // its records are in the estate
	Versions []int     // of its records
}

// AttemptHeader carries the run's ID and a Request's Attempt, with a hyphen between.
const AttemptHeader = "X-Attempt"
