package faults

import (
	"fmt"
	"time"

	"github.com/klarity-go/klarity/api"
)

// outcome is what a run came to. It crosses from the near process as JSON.
type runResult struct {
	Fault      string
	Faults     []string // the faults, where they are several
	Operation  string
	Report     api.Report
	Lost       int // accepted records that the estate does not hold as it should
	OutOfOrder int // records whose versions were sent or applied in another order
	Duplicates int // records that the API took once more than once
	Overtaken  int // records that a request undid which the SDK had given up long before
	Recovery   time.Duration
	Recovered  bool
	Took       time.Duration
	Err        string
	Bound      bound
	Problems   []string // what should hold and does not
}

// bound is a number that a run was held to.
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
