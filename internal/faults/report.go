package faults

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// WriteServed prints what became of services, as a table.
func WriteServiceResults(w io.Writer, all []ServiceResult) {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| service\t| lived\t| producers\t| faults\t| records\t| accepted\t| failed\t| lost\t| flushes\t| most open, of "+
		fmt.Sprint(maxBuffered)+"\t| heap early\t| heap late\t| heap at most\t| Close\t|")
	fmt.Fprintln(out, "|---\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
	for _, s := range all {
		fmt.Fprintf(out, "| %s\t| %v\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %s\t| %s\t| %s\t| %v\t|\n",
			s.Test.Callback, s.Test.Duration, s.Test.Producers, s.Faults, s.Report.Inputs, s.Report.Accepted, s.Report.Failed,
			s.Lost, s.Flushes, s.MaxPending, megabytes(s.Heap.Early), megabytes(s.Heap.Late), megabytes(s.Heap.Max), s.Close.Round(time.Millisecond))
	}
	out.Flush()
}

func megabytes(n uint64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// Write prints what became of the kills, as a table.
func (k KillResult) Write(w io.Writer) {
	out := tabwriter.NewWriter(w, 0, 0, 1, ' ', 0)
	fmt.Fprintln(out, "| kills\t| SIGKILL\t| SIGTERM\t| SIGINT\t| before it listened\t| after its end\t| lines of reports\t| of them accepted\t| lost\t| estate at the end\t| took\t|")
	fmt.Fprintln(out, "|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|---:\t|")
	fmt.Fprintf(out, "| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %d\t| %v\t|\n", k.Kills, k.BySignal[signals[0].String()], k.BySignal[signals[1].String()],
		k.BySignal[signals[2].String()], k.KilledBeforeListening, k.FinishedBeforeSignal, k.Lines, k.AcceptedLines, k.Lost, k.FinalRecords, k.Took.Round(time.Second))
	out.Flush()
}
