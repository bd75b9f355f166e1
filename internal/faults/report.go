package faults

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// WriteServiceResults prints the results of services as a table.
func WriteServiceResults(w io.Writer, all []ServiceResult) error {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| service\t| duration\t| producers\t| faults\t| records\t| accepted\t| failed\t| lost\t| flushes\t| max pending, of "+
		fmt.Sprint(maxBuffered)+"\t| heap early\t| heap late\t| heap max\t| Close\t|")
	fmt.Fprintln(out, "|---\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
	for _, s := range all {
		fmt.Fprintf(out, "| %s\t| %v\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %s\t| %s\t| %s\t| %v\t|\n",
			s.Test.Callback, s.Test.Duration, s.Test.Producers, s.Faults, s.Report.Inputs, s.Report.Accepted, s.Report.Failed,
			s.Lost, s.Flushes, s.MaxPending, megabytes(s.Heap.Early), megabytes(s.Heap.Late), megabytes(s.Heap.Max), s.Close.Round(time.Millisecond))
	}
	return out.Flush()
}

func megabytes(n uint64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// Write prints the result as a table.
func (k KillResult) Write(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| kills\t| SIGKILL\t| SIGTERM\t| SIGINT\t| before signals were handled\t| after it had finished\t| report lines\t| accepted lines\t| lost\t| final estate\t| took\t|")
	fmt.Fprintln(out, "|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
	fmt.Fprintf(out, "| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %v\t|\n", k.Kills, k.BySignal[signals[0].String()], k.BySignal[signals[1].String()],
		k.BySignal[signals[2].String()], k.BeforeSignalHandling, k.AfterFinish, k.ReportLines, k.AcceptedLines, k.Lost, k.FinalRecords, k.Took.Round(time.Second))
	return out.Flush()
}
