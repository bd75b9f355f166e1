package page

import (
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/console"
)

const (
	maxBars   = 400 // days of a chart
	barWidth  = 10  // units of the drawing a day
	barGap    = 2
	maxDigits = 60 // of a value that is added up
)

// A sum is what a record costs in one currency.
type sum struct {
	Currency string
	Total    string // exact
	Rounded  string // to two decimals
	Days     int    // with a value
}

// sums adds up costs by currency.
func sums(costs []apitest.Cost) (all []sum) {
	totals := make(map[string]*big.Rat)
	scales := make(map[string]int)
	for _, c := range costs {
		i := slices.IndexFunc(all, func(s sum) bool { return s.Currency == c.Currency })
		if i < 0 {
			i = len(all)
			all = append(all, sum{Currency: c.Currency})
			totals[c.Currency] = new(big.Rat)
		}
		all[i].Days++
		_, fraction, _ := strings.Cut(c.Value, ".")
		scales[c.Currency] = max(scales[c.Currency], len(fraction))
		if value, ok := exact(c.Value); !ok {
			totals[c.Currency] = nil
		} else if total := totals[c.Currency]; total != nil {
			total.Add(total, value)
		}
	}
	for i, s := range all {
		all[i].Total, all[i].Rounded = "more than fits here", "more than fits here"
		if total := totals[s.Currency]; total != nil {
			all[i].Total, all[i].Rounded = total.FloatString(scales[s.Currency]), total.FloatString(2)
		}
	}
	return all
}

// exact returns a decimal of the API; "" and "." count as zero.
func exact(decimal string) (*big.Rat, bool) {
	if len(decimal) > maxDigits {
		return nil, false
	}
	return new(big.Rat).SetString("0" + strings.TrimSuffix(decimal, "."))
}

// A chart shows what a record costs a day in one currency.
type chart struct {
	sum
	Bars    []bar
	Width   int // of the drawing, whose height is 100
	First   string
	Last    string
	Most    string // the largest value
	Skipped bool   // there are days before First
	Costs   []apitest.Cost
}

// A bar is a day; a day without a value has none.
type bar struct {
	X         int
	Y, Height string
	Title     string
}

// charts returns a chart for each currency.
func charts(costs []apitest.Cost) (all []chart) {
	for _, s := range sums(costs) {
		c := chart{sum: s}
		for _, cost := range costs {
			if cost.Currency == s.Currency {
				c.Costs = append(c.Costs, cost)
			}
		}
		c.draw()
		all = append(all, c)
	}
	return all
}

func (c *chart) draw() {
	last := day(c.Costs[len(c.Costs)-1].Date)
	from, _ := slices.BinarySearchFunc(c.Costs, last-maxBars+1, func(cost apitest.Cost, n int) int { return day(cost.Date) - n })
	shown := c.Costs[from:]
	first := day(shown[0].Date)
	c.Skipped = from > 0
	c.First, c.Last = readable(shown[0].Date), readable(shown[len(shown)-1].Date)
	c.Width = (last-first+1)*barWidth + barGap
	most := 0.0
	for _, cost := range shown {
		if v := height(cost.Value); v >= most {
			most, c.Most = v, cost.Value
		}
	}
	for _, cost := range shown {
		h := 0.0
		if most > 0 {
			h = 100 * height(cost.Value) / most
		}
		if h > 0 {
			h = max(h, 1) // so that it is seen
		}
		c.Bars = append(c.Bars, bar{
			X: (day(cost.Date)-first)*barWidth + barGap, Y: fmt.Sprintf("%.2f", 100-h), Height: fmt.Sprintf("%.2f", h),
			Title: readable(cost.Date) + ": " + money(clip(cost.Value)) + " " + cost.Currency,
		})
	}
}

// BarWidth returns the width of a bar.
func (chart) BarWidth() int { return barWidth - barGap }

// Label says what the chart shows.
func (c chart) Label() string {
	return fmt.Sprintf("Costs a day in %s, %s to %s: %s with a cost, %s in all, at most %s a day",
		c.Currency, c.First, c.Last, console.Counted(c.Days, "day"), money(c.Total), money(clip(c.Most)))
}

// height returns a value for drawing.
func height(decimal string) float64 {
	v, _ := strconv.ParseFloat("0"+decimal, 64) // out of range it is +Inf
	return min(v, math.MaxFloat64/1000)
}

// day returns the number of a day.
func day(date string) int {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0
	}
	return int(t.Unix() / (24 * 60 * 60))
}

// readable turns 2026-11-01 into 1 Nov 2026.
func readable(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.Format("2 Jan 2006")
}
