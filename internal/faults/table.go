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

// Tables summarize runs by fault and by operation.
type Tables struct {
	faults, operations table
	bounds             map[string]bound // by fault: of the run that came closest to its bound
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

func (t *Tables) add(result *runResult) {
	r := row{
		runs: 1, lost: result.Lost, outOfOrder: result.OutOfOrder, duplicates: result.Duplicates, overtaken: result.Overtaken,
		report: result.Report, recovered: result.Recovered, recovery: result.Recovery, took: result.Took,
	}
	t.faults.add(result.Fault, r)
	t.operations.add(result.Operation, r)
	if b, closest := result.Bound, t.bounds[result.Fault]; b.Max > 0 && (closest.Max == 0 || b.Got*closest.Max > closest.Got*b.Max) {
		t.bounds[result.Fault] = b
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

// Write prints the tables as aligned Markdown.
func (t *Tables) Write(w io.Writer) error {
	if err := t.faults.write(w); err != nil {
		return err
	}
	fmt.Fprintln(w)
	if err := t.operations.write(w); err != nil {
		return err
	}
	if len(t.bounds) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return t.writeBounds(w)
}

// writeBounds prints for each fault the run that came closest to its bound.
func (t *Tables) writeBounds(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| fault\t| quantity\t| closest run\t| its bound\t|")
	fmt.Fprintln(out, "|---\t|---\t|---:\t|---:\t|")
	for _, name := range slices.Sorted(maps.Keys(t.bounds)) {
		b := t.bounds[name]
		fmt.Fprintf(out, "| %s\t| %s\t| %d\t| %d\t|\n", name, b.Quantity, b.Got, b.Max)
	}
	return out.Flush()
}

func (t table) write(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| "+t.column+"\t| runs\t| records\t| accepted\t| refused\t| failed\t| canceled\t| lost\t| out of order\t| duplicates applied\t| overtaken\t| slowest recovery\t| slowest run\t|")
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
	return out.Flush()
}

// position is the position of a fault in its table. Other rows come after all faults.
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
