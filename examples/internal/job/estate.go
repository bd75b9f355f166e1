package job

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// maxTypes is how many types of records are printed.
const maxTypes = 40

// WriteEstate prints how many records of each type an emulator's estate holds, and their
// costs in the newest month that has costs.
func WriteEstate(c *console.Console, e *apitest.Emulator) {
	month, enriched := newestMonth(e)
	if e.Len() == 0 {
		console.Fprintln(c, "The emulator's estate is empty.")
		return
	}
	fmt.Fprintf(c, "The emulator's estate now holds %s", console.Counted(e.Len(), "record"))
	if enriched > 0 {
		fmt.Fprintf(c, ", %s of them enriched", console.Count(enriched))
	}
	console.Fprintln(c, ":")
	heading := "cost in " + month
	if month == "" {
		month, heading = "0000-00", "" // no record has costs
	}
	t := console.NewTable("type", "#records", "#"+heading, "")
	totals := e.Totals(month)
	for _, total := range totals[:min(len(totals), maxTypes)] {
		name, records := total.Type, console.Count(total.Records)
		currencies := slices.Sorted(maps.Keys(total.Costs))
		if len(currencies) == 0 {
			t.Row(name, records, "", "")
		}
		for _, currency := range currencies {
			t.Row(name, records, console.Grouped(total.Costs[currency]), currency)
			name, records = "", ""
		}
	}
	t.Write(c)
	if more := len(totals) - maxTypes; more > 0 {
		fmt.Fprintf(c, "  … and %s\n", console.Counted(more, "more type"))
	}
}

// maxCopied is the size of the largest estate whose records are all copied and inspected.
const maxCopied = 100_000

// newestMonth returns the newest month that has costs, or "", and how many records are
// enriched. For a large estate it inspects only the sums of the months, from the next month
// back to ten years ago, and does not count enriched records.
func newestMonth(e *apitest.Emulator) (month string, enriched int) {
	if e.Len() <= maxCopied {
		for _, r := range e.Records() {
			if n := len(r.Costs); n > 0 {
				month = max(month, r.Costs[n-1].Date[:len("2006-01")])
			}
			if r.Enrichment != nil {
				enriched++
			}
		}
		return month, enriched
	}
	year, now, _ := time.Now().Date()
	for i := range 121 {
		month = time.Date(year, now+1-time.Month(i), 1, 0, 0, 0, 0, time.UTC).Format("2006-01")
		if slices.ContainsFunc(e.Totals(month), func(t apitest.Total) bool { return len(t.Costs) > 0 }) {
			return month, 0
		}
	}
	return "", 0
}
