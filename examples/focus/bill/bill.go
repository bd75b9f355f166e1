package bill

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Cost is the column that the amounts are taken from.
type Cost string

// The cost columns of FOCUS.
const (
	BilledCost     Cost = "BilledCost"
	EffectiveCost  Cost = "EffectiveCost"
	ListCost       Cost = "ListCost"
	ContractedCost Cost = "ContractedCost"
)

// TypeBy is what the type of a record says besides the provider.
type TypeBy string

// What a type can say. A resource type that is absent is replaced by the service.
const (
	ByService      TypeBy = "service"
	ByResourceType TypeBy = "resource-type"
	ByProvider     TypeBy = "provider"
)

// Options say how a bill is read. The zero value is ready to use.
type Options struct {
	Cost    Cost   // BilledCost by default
	Type    TypeBy // ByService by default
	TempDir string // where the store's folder is made; that of the system by default
	// Buffer is how many bytes of sums are held in memory, about, before they go to the store;
	// 16 MiB by default. As much again is needed while they do.
	Buffer int
	// Progress, if not nil, is called now and then with the number of rows that were read, and
	// that of the bytes of the inputs, as they are stored.
	Progress func(rows int, bytes int64)

	fs vfs.FS // of tests
}

// Input is a file of a bill: CSV with a header, plain or in gzip.
type Input struct {
	Name   string // for errors
	Reader io.Reader
}

// Bill is a bill that was read: its records, and what they must add up to. It holds files in a
// temporary folder until Close. Its methods may be called by several goroutines, Close after all
// others.
type Bill struct {
	options Options
	store   *store
	summary Summary
	totals  map[totalKey]*apd.Decimal
}

// Read reads a bill that stands in one file or in several parts, and sums it. A row counts for the
// UTC day on which its charge period starts. If that is before the billing period of the row, it
// corrects an earlier bill, whose days it must not replace: it counts for the first day of its
// billing period. https://github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec/blob/main/specification/columns/chargeclass.md
//
// A row that cannot be read would make sums too low, which would overwrite right ones: then Read
// returns a [*RowsError] and no bill. A file that is no such bill is a [*FileError].
// The error of a context that has ended is its cause.
func Read(ctx context.Context, o Options, inputs ...Input) (_ *Bill, err error) {
	if o.Cost == "" {
		o.Cost = BilledCost
	}
	if o.Type == "" {
		o.Type = ByService
	}
	if o.Buffer <= 0 {
		o.Buffer = defaultBuffer
	}
	b := &Bill{options: o, totals: map[totalKey]*apd.Decimal{}}
	if b.store, err = openStore(o.TempDir, o.fs); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, b.Close())
		}
	}()
	r := newReading(ctx, b)
	for _, in := range inputs {
		if err := r.read(in); err != nil {
			return nil, err
		}
	}
	if r.problems.Count > 0 {
		return nil, &r.problems
	}
	if err := b.store.flush(ctx, r.sums); err != nil {
		return nil, err
	}
	b.summary.Rows, b.summary.Earlier = r.rows, r.earlier
	if err := b.summarize(ctx); err != nil {
		return nil, err
	}
	return b, nil
}

const defaultBuffer = 16 << 20

// Close removes the bill's files.
func (b *Bill) Close() error { return b.store.close() }

// totalKey is what the file's own totals are kept by.
type totalKey struct {
	provider, currency string
	day                int32
}

// Total is what the rows of a provider, a currency and a day add up to.
type Total struct {
	Provider string // the slug, with which types begin
	Currency string
	Day      string      // YYYY-MM-DD
	File     apd.Decimal // added up from the rows as they were read, apart from the records
	Negative apd.Decimal // the part of it that cannot be sent
}

// Totals are the totals of the bill, sorted by provider, currency and day.
func (b *Bill) Totals() []Total {
	totals := make([]Total, 0, len(b.totals))
	for key, sum := range b.totals {
		t := Total{Provider: key.provider, Currency: key.currency, Day: dayText(key.day)}
		t.File.Set(sum)
		if negative := b.summary.negative[key]; negative != nil {
			t.Negative.Set(negative)
		}
		totals = append(totals, t)
	}
	slices.SortFunc(totals, func(a, b Total) int {
		return compare(strings.Compare(a.Provider, b.Provider), strings.Compare(a.Currency, b.Currency), strings.Compare(a.Day, b.Day))
	})
	return totals
}

func compare(orders ...int) int {
	for _, o := range orders {
		if o != 0 {
			return o
		}
	}
	return 0
}
