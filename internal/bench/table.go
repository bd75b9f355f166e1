package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"strconv"
)

// writeFunc prints the results.
type writeFunc func(io.Writer, *plan, []result) error

var formats = map[string]writeFunc{"markdown": writeMarkdown, "json": writeJSON}

// writeMarkdown prints the table as in README.md.
func writeMarkdown(w io.Writer, p *plan, results []result) error {
	wall := make(map[string]float64)
	for _, r := range results {
		wall[r.row.name] = r.median().wallPerRecord()
	}
	_, err := fmt.Fprintf(w, "%s records, %d distinct, %d in flight, %s, %s/%s, %d CPUs, median of %s\n\n",
		thousands(float64(p.records)), p.pool, p.inFlight, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), plural(p.rounds, "round"))
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "| contender | records/s | µs/record | best–worst | CPU ns/record | server CPU ns | allocs/record | bytes/record | peak RSS MB | requests | × stock | × limit |")
	fmt.Fprintln(w, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	for _, r := range results {
		m := r.median()
		_, err = fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n",
			r.row.title,
			thousands(m.perSecond()),
			significant(m.wallPerRecord()),
			significant(r.rounds[0].wallPerRecord())+"–"+significant(r.rounds[len(r.rounds)-1].wallPerRecord()),
			thousands(m.perRecord(float64(m.CPU))),
			thousands(m.perRecord(float64(m.ServerCPU))),
			significant(m.perRecord(float64(m.Allocs))),
			thousands(m.perRecord(float64(m.Bytes))),
			significant(float64(m.PeakBytes)/1e6),
			thousands(float64(m.Requests)),
			ratio(wall[stockRow], m.wallPerRecord()),
			ratio(wall[limitRow], m.wallPerRecord()),
		)
	}
	return err
}

func writeJSON(w io.Writer, _ *plan, results []result) error {
	type line struct {
		Row    string        `json:"row"`
		Title  string        `json:"title"`
		Rounds []measurement `json:"rounds"`
	}
	lines := make([]line, len(results))
	for i, r := range results {
		lines[i] = line{r.row.name, r.row.title, r.rounds}
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(lines)
}

// ratio is the records per second of this row divided by those of another one.
func ratio(other, this float64) string {
	if other == 0 || this == 0 {
		return "–"
	}
	return significant(other / this)
}

// significant formats x with three significant digits.
func significant(x float64) string {
	if x == 0 {
		return "0"
	}
	decimals := 2 - int(math.Floor(math.Log10(math.Abs(x))))
	return strconv.FormatFloat(x, 'f', min(max(decimals, 0), 4), 64)
}

// thousands formats x as a whole number with commas.
func thousands(x float64) string {
	s := strconv.FormatFloat(math.Round(x), 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
