package overview

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// Valid is the outcome of a record without an error in a dry run.
const Valid = "valid"

// Run says what a run is.
type Run struct {
	Source   string    // where the records come from: "licences.csv"
	Target   string    // where they go, empty in a dry run: "https://…" or "the emulator"
	DryRun   bool      // nothing is sent: records are valid or invalid
	Emulator bool      // Target is an emulator, whose estate can be read: see [Overview.SetEstate]
	Started  time.Time // printed in its own location
}

// Item is a record, or what should have been one, with its outcome.
type Item struct {
	Record  *models.EstateRecord // nil if it could not be read, or if the item is none
	Key     api.Key              // what is known of it without Record
	Outcome string               // that of [api.Outcome.String], or [Valid]
	Place   string               // where it is in the input: "line 17"
	Reason  string               // why it was refused
}

// Overview sums up a run. It is for one goroutine at a time.
type Overview struct {
	run      Run
	outcomes map[string]int
	items    int
	good     int // of these, accepted or valid

	sums       sums
	types      types
	lacks      lacks
	duplicates duplicates
	refusals   refusals
	estate     []comparison // nil if unknown
}

// New returns the overview of a run that has not had any items.
func New(run Run) *Overview {
	o := &Overview{run: run, outcomes: make(map[string]int)}
	o.sums.init()
	o.types.init()
	o.duplicates.init()
	o.refusals.init()
	return o
}

// Add adds an item. Items come in the order of the input. The record is not kept, and may be
// used again.
func (o *Overview) Add(it Item) {
	o.items++
	if it.Outcome != Valid && it.Outcome != api.Accepted.String() {
		if it.Record != nil && it.Key == (api.Key{}) {
			it.Key = api.Key{Type: it.Record.Type, ID: it.Record.ID}
		}
		o.outcomes[knownOutcome(it.Outcome)]++
		o.refusals.add(it)
		return
	}
	o.good++
	if it.Record == nil {
		if it.Key.Type != "" {
			o.types.add(it.Key.Type, false)
			o.sums.count(it.Key.Type)
		}
		return
	}
	duplicate := o.duplicates.add(it.Record.Type, it.Record.ID, it.Place)
	o.types.add(it.Record.Type, duplicate)
	hasCosts := o.sums.add(it.Record, it.Place)
	o.lacks.add(it.Record, hasCosts)
}

// knownOutcome returns one of few words, so that a wrong one does not become a key of a map.
func knownOutcome(outcome string) string {
	for o := api.Invalid; o <= api.Canceled; o++ {
		if outcome == o.String() {
			return outcome
		}
	}
	return "unknown"
}

// goodWord is the outcome of the records that are summed up.
func (o *Overview) goodWord() string {
	if o.run.DryRun {
		return Valid
	}
	return api.Accepted.String()
}

// outcomeCount is how many items have an outcome.
type outcomeCount struct {
	Outcome string
	Items   int
}

// counts returns the outcomes that occurred. The good one is always there, and the first.
func (o *Overview) counts() []outcomeCount {
	list := []outcomeCount{{o.goodWord(), o.good}}
	for _, outcome := range []string{"invalid", "rejected", "failed", "canceled", "unknown"} {
		if n := o.outcomes[outcome]; n > 0 {
			list = append(list, outcomeCount{outcome, n})
		}
	}
	return list
}

// maxKept is the length in bytes of the longest text that is kept: 255 characters of 4 bytes fit.
const maxKept = 1024

// keep returns a copy of the beginning of s, so that a long line of the input is not held by a
// short part of it.
func keep(s string) string { return strings.Clone(cut(s)) }

// cut returns the beginning of s, if it is too long to be kept.
func cut(s string) string {
	if len(s) <= maxKept {
		return s
	}
	end := maxKept - len("…")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
