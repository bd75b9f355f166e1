package faults

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/klarity-go/klarity/api"
)

// Table sums up runs by their fault.
type Table struct {
	order []string
	rows  map[string]*row
}

type row struct {
	runs, lost, duplicates, overtaken, recovered int
	report                                       api.Report
	recovery, took                               time.Duration // the slowest
}

func newTable() *Table { return &Table{rows: map[string]*row{}} }

func (t *Table) add(o outcome) {
	if o.scenario == nil {
		return // it did not come about
	}
	r := t.rows[o.scenario.name]
	if r == nil {
		r = &row{}
		t.rows[o.scenario.name] = r
		t.order = append(t.order, o.scenario.name)
	}
	r.add(o.report, row{runs: 1, lost: o.lost, duplicates: o.duplicates, overtaken: o.overtaken, took: o.took})
	if o.recovered {
		r.recovered++
		r.recovery = max(r.recovery, o.recovery)
	}
}

func (r *row) add(report api.Report, more row) {
	r.runs += more.runs
	r.lost += more.lost
	r.duplicates += more.duplicates
	r.overtaken += more.overtaken
	r.recovered += more.recovered
	r.recovery = max(r.recovery, more.recovery)
	r.took = max(r.took, more.took)
	r.report.Inputs += report.Inputs
	r.report.Accepted += report.Accepted
	r.report.Invalid += report.Invalid
	r.report.Rejected += report.Rejected
	r.report.Failed += report.Failed
	r.report.Canceled += report.Canceled
}

// Write prints the table, as Markdown that is a table for people too.
func (t *Table) Write(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| fault\t| runs\t| records\t| accepted\t| refused\t| failed\t| canceled\t| lost\t| duplicates sent\t| overtaken\t| slowest recovery\t| slowest run\t|")
	fmt.Fprintln(out, "|---\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
	names := slices.Clone(t.order)
	slices.SortFunc(names, func(a, b string) int { return place(a) - place(b) })
	var all row
	for _, name := range names {
		t.rows[name].write(out, name)
		all.add(t.rows[name].report, *t.rows[name])
	}
	all.write(out, "**all**")
	out.Flush()
}

// place is where a fault stands in the table.
func place(name string) int {
	for i, f := range single {
		if f.name == name {
			return i
		}
	}
	return len(single)
}

func (r *row) write(w io.Writer, name string) {
	recovery := "–"
	if r.recovered > 0 {
		recovery = r.recovery.Round(time.Millisecond).String()
	}
	fmt.Fprintf(w, "| %s\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %s\t| %v\t|\n", name, r.runs, r.report.Inputs,
		r.report.Accepted, r.report.Invalid+r.report.Rejected, r.report.Failed, r.report.Canceled,
		r.lost, r.duplicates, r.overtaken, recovery, r.took.Round(time.Millisecond))
}
