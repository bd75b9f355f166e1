package faults

import (
	"fmt"
	"time"

	"github.com/klarity-go/klarity/api"
)

// runResult is the result of a run. The driver process sends it as JSON.
type runResult struct {
	Fault      string
	Faults     []string // if there are several
	Operation  string
	Report     api.Report
	Lost       int // accepted records that are missing or wrong in the estate
	OutOfOrder int // records whose versions were sent or applied in another order
	Duplicates int // records that the API applied again
	Overtaken  int // records that were overwritten by a request that the SDK had abandoned
	Recovery   time.Duration
	Recovered  bool
	Took       time.Duration
	Err        string
	Bound      bound
	Problems   []string // failed checks
}

// bound is a quantity with a maximum.
type bound struct {
	Quantity string
	Got, Max int
}

func (s *scenario) newResult() *runResult {
	return &runResult{Fault: s.name, Faults: s.faults, Operation: s.operationLabel()}
}

func (r *runResult) problemf(format string, args ...any) {
	const most = 8
	if len(r.Problems) < most {
		r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
	}
}
