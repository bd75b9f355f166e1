package faults

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/klarity-go/klarity/api"
)

// Tables sum up runs, by their faults and by what they ask the API for.
type Tables struct {
	faults, operations table
	bounds             map[string]bound // by fault: the one that came closest
}

type table struct {
	column string
	rows   map[string]*row
}

type row struct {
	runs, lost, outOfOrder, duplicates, overtaken int
	report                                        api.Report
	recovered                                     bool
	recovery, took                                time.Duration // the slowest
}

func newTables() *Tables {
	return &Tables{table{"fault", map[string]*row{}}, table{"operation", map[string]*row{}}, map[string]bound{}}
}

func (t *Tables) add(o *runResult) {
	r := row{
		runs: 1, lost: o.Lost, outOfOrder: o.OutOfOrder, duplicates: o.Duplicates, overtaken: o.Overtaken,
		report: o.Report, recovered: o.Recovered, recovery: o.Recovery, took: o.Took,
	}
	t.faults.add(o.Fault, r)
	t.operations.add(o.Operation, r)
	if b, most := o.Bound, t.bounds[o.Fault]; b.Max > 0 && (most.Max == 0 || b.Got*most.Max > most.Got*b.Max) {
		t.bounds[o.Fault] = b
	}
}

func (t table) add(name string, more row) {
	if t.rows[name] == nil {
		t.rows[name] = &row{}
	}
	t.rows[name].add(more)
}

func (r *row) add(more row) {
	r.runs += more.runs
	r.lost += more.lost
	r.outOfOrder += more.outOfOrder
	r.duplicates += more.duplicates
	r.overtaken += more.overtaken
	r.recovered = r.recovered || more.recovered
	r.recovery = max(r.recovery, more.recovery)
	r.took = max(r.took, more.took)
	r.report.Inputs += more.report.Inputs
	r.report.Accepted += more.report.Accepted
	r.report.Invalid += more.report.Invalid
	r.report.Rejected += more.report.Rejected
	r.report.Failed += more.report.Failed
	r.report.Canceled += more.report.Canceled
}

// Write prints the tables, as Markdown that is a table for people too.
func (t *Tables) Write(w io.Writer) {
	t.faults.write(w)
	fmt.Fprintln(w)
	t.operations.write(w)
	if len(t.bounds) > 0 {
		fmt.Fprintln(w)
		t.writeBounds(w)
	}
}

// writeBounds prints, of the runs of each fault, the one that came closest to its bound.
func (t *Tables) writeBounds(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| fault\t| bounded\t| closest\t| its bound\t|")
	fmt.Fprintln(out, "|---\t|---\t|---:\t|---:\t|")
	for _, name := range slices.Sorted(maps.Keys(t.bounds)) {
		b := t.bounds[name]
		fmt.Fprintf(out, "| %s\t| %s\t| %d\t| %d\t|\n", name, b.Quantity, b.Got, b.Max)
	}
	out.Flush()
}

func (t table) write(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| "+t.column+"\t| runs\t| records\t| accepted\t| refused\t| failed\t| canceled\t| lost\t| out of order\t| duplicates sent\t| overtaken\t| slowest recovery\t| slowest run\t|")
	fmt.Fprintln(out, "|---\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
	names := slices.SortedFunc(maps.Keys(t.rows), func(a, b string) int {
		return cmp.Or(position(a)-position(b), strings.Compare(a, b))
	})
	var all row
	for _, name := range names {
		t.rows[name].write(out, name)
		all.add(*t.rows[name])
	}
	all.write(out, "**all**")
	out.Flush()
}

// place is where a fault stands in its table; all else stands together.
func position(name string) int {
	for i, f := range allFaults {
		if f.name == name {
			return i
		}
	}
	return len(allFaults)
}

func (r *row) write(w io.Writer, name string) {
	recovery := "–"
	if r.recovered {
		recovery = r.recovery.Round(time.Millisecond).String()
	}
	fmt.Fprintf(w, "| %s\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %s\t| %v\t|\n", name, r.runs, r.report.Inputs,
		r.report.Accepted, r.report.Invalid+r.report.Rejected, r.report.Failed, r.report.Canceled,
		r.lost, r.outOfOrder, r.duplicates, r.overtaken, recovery, r.took.Round(time.Millisecond))
}
