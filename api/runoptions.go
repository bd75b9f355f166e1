package api

import (
	"errors"
	"fmt"
	"time"

	"github.com/klarity-go/klarity/models"
)

// RunOption sets up a run over many records, or an [Uploader].
type RunOption func(*runConfig)

type runConfig struct {
	onResult     func(Result)
	period       models.InsertInPeriod
	inFlight     int
	batchRecords int
	batchBytes   int
	batchAge     time.Duration
	bisectBudget int

	bufferedRecords int
	bufferedBytes   int64
}

const (
	// maxRecords is the most that one call takes, by the contract.
	maxRecords             = 1000
	defaultBatchBytes      = 4 << 20
	defaultInFlight        = 4
	defaultBatchAge        = time.Second
	defaultBisectBudget    = 64
	defaultBufferedRecords = 32_000
	defaultBufferedBytes   = 16 << 20
)

// OnResult has fn called with the result of each input: exactly once, in the order of the
// inputs, one call at a time, from goroutines of the SDK. The run does not end before the
// last call has returned. While fn takes its time, sending goes on until as many records
// are held as may be ([MaxBufferedRecords]); so fn must not wait for the run itself, and gives what it calls of an
// [Uploader] (Add, Flush, Close) a context that ends.
// A panic in fn ends no run and loses no result: it is raised again by the call that
// started the run, or returned by [Uploader.Flush] and [Uploader.Close].
func OnResult(fn func(Result)) RunOption { return func(c *runConfig) { c.onResult = fn } }

// InPeriod sets the billing period that an upsert writes to. Without it the field is not
// sent, which the API takes for the current period. With a delete, which names its period
// itself, or an enrichment, which has none, it is an error.
func InPeriod(p models.InsertInPeriod) RunOption { return func(c *runConfig) { c.period = p } }

// InFlight sets how many requests may be in flight at a time. More of them help when the
// way to the API is long; the API's limits are not public. Default 4. What a run or an
// uploader holds does not grow with it; see [MaxBufferedRecords], and [WithMaxInFlight] for
// a limit of all runs and uploaders together.
func InFlight(n int) RunOption { return func(c *runConfig) { c.inFlight = n } }

// BatchRecords sets how many records a request carries at most. Default 1000, which is
// also the most that the contract allows.
func BatchRecords(n int) RunOption { return func(c *runConfig) { c.batchRecords = n } }

// BatchBytes sets how long the body of a request may be, in bytes. The API's own limit is
// not public. Default 4 MiB, under the 10 MB of the common API gateways; a record of the
// largest size that the contract allows still fits. When the API responds with 413, the request
// is sent in two, and later ones are made smaller. A record that does not fit is invalid.
func BatchBytes(n int) RunOption { return func(c *runConfig) { c.batchBytes = n } }

// BatchAge sets how long the first record of a batch waits for others before the batch is
// sent. Default 1 s; negative: no bound, so a batch leaves when it is full, flushed, or
// when nothing else makes room. It matters for an [Uploader], and for a run whose iterator
// has to wait for its records, such as one that reads from a pipe. A batch that is to
// leave takes records for as long as it cannot.
func BatchAge(d time.Duration) RunOption { return func(c *runConfig) { c.batchAge = d } }

// BisectBudget sets how many requests a run or an uploader starts with to find the records
// that caused a 400 or 422. One record among 1000 takes at most 20. A search may take half
// of what is there, and gains one for each record that it rescues, so that it goes on for
// as long as it is worth it: 20 records at fault among 1000 take about 200 requests, a
// hundred about 700. A batch that is accepted as a whole fills the budget again, and an
// uploader gains a request every ten seconds. When there is none left, groups of records
// with at least one at fault are rejected together. The parts that a batch is sent in after
// a 413 count, too. Default 64; negative: none, so that a refused batch is rejected as a
// whole.
func BisectBudget(n int) RunOption { return func(c *runConfig) { c.bisectBudget = n } }

// MaxBufferedRecords sets how many records a run or an uploader holds at most: taken, and
// their results not reported yet, invalid ones included. When it is full, the iterator is not
// pulled and Add blocks. Default 32,000. With fewer than InFlight times BatchRecords, requests
// are smaller, or fewer at a time, than they could be; and rows sorted by record, so that
// neighbors are changes of one record, fill requests only when enough of them are held.
func MaxBufferedRecords(n int) RunOption { return func(c *runConfig) { c.bufferedRecords = n } }

// MaxBufferedBytes sets how many bytes of JSON a run or an uploader holds at most, those in
// flight included, and those of what is wrong with records that break several rules until their
// results are reported. When it is full, the iterator is not pulled and Add blocks; one record is
// always taken when nothing else is held. Default 16 MiB.
func MaxBufferedBytes(n int64) RunOption { return func(c *runConfig) { c.bufferedBytes = n } }

func newRunConfig(operation string, opts []RunOption) (runConfig, error) {
	var c runConfig
	for _, opt := range opts {
		if opt != nil {
			opt(&c)
		}
	}
	def := func(n *int, d int) {
		if *n == 0 {
			*n = d
		}
	}
	def(&c.inFlight, defaultInFlight)
	def(&c.batchRecords, maxRecords)
	def(&c.batchBytes, defaultBatchBytes)
	def(&c.bisectBudget, defaultBisectBudget)
	c.bisectBudget = max(c.bisectBudget, 0)
	def(&c.bufferedRecords, defaultBufferedRecords)
	if c.bufferedBytes == 0 {
		c.bufferedBytes = defaultBufferedBytes
	}
	if c.batchAge == 0 {
		c.batchAge = defaultBatchAge
	}
	var errs []error
	if c.inFlight < 1 {
		errs = append(errs, fmt.Errorf("InFlight is %d, want at least 1", c.inFlight))
	}
	if c.batchRecords < 1 || c.batchRecords > maxRecords {
		errs = append(errs, fmt.Errorf("BatchRecords is %d, want 1 to %d", c.batchRecords, maxRecords))
	}
	if c.batchBytes < 1 {
		errs = append(errs, fmt.Errorf("BatchBytes is %d, want at least 1", c.batchBytes))
	}
	if c.bufferedRecords < 1 {
		errs = append(errs, fmt.Errorf("MaxBufferedRecords is %d, want at least 1", c.bufferedRecords))
	}
	if c.bufferedBytes < 1 {
		errs = append(errs, fmt.Errorf("MaxBufferedBytes is %d, want at least 1", c.bufferedBytes))
	}
	if c.period != "" && operation != upsertOperation.name && operation != operationApply {
		errs = append(errs, fmt.Errorf("InPeriod is for upserts, this is %s", operation))
	}
	if len(errs) > 0 {
		return c, &configError{errors.Join(errs...)}
	}
	return c, nil
}
