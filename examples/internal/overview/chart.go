package overview

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// The bounds of a chart.
const (
	maxSeries = 8  // types; the smallest ones are one series
	maxBars   = 92 // days; three months
	maxLong   = 60 // months or years
)

// The coordinates of a chart. It is stretched to the width of the page, and has this height.
const chartWidth, chartHeight, maxBarWidth = 1000.0, 200.0, 100.0

// chart is what a section's types cost by day, or by month or year if there are too many days.
type chart struct {
	Unit    string // "day", "month" or "year"
	Title   string
	Desc    string
	Series  []series
	Bars    []chartBar
	Ticks   []string // from the top
	Grid    []string // where the lines are, from the top
	Omitted string   // a sentence about what is not drawn
}

// series is a type in a chart.
type series struct {
	Name string
	Path string // all its parts of bars
}

// chartBar is a day, month or year.
type chartBar struct {
	Label   string // under the bar, often ""
	Period  string // in full
	X, W    string // the area around the bar
	Total   string
	Amounts []string // by series
}

// chartOf returns the chart of a section. ok is false if there are no costs to draw.
func chartOf(s *section) (c chart, ok bool) {
	if len(s.total.days) == 0 || s.total.total.isZero() {
		return c, false
	}
	first, last := math.MaxInt, math.MinInt
	for day := range s.total.days {
		first, last = min(first, int(day)), max(last, int(day))
	}
	p := periodsOf(first, last)
	rows := foldRest(s.rows)
	amounts := make([][]decimal, len(rows)) // by series and bar
	totals := make([]decimal, p.n)
	omitted := s.total.rest
	for i := range rows {
		amounts[i] = make([]decimal, p.n)
		for day, amount := range rows[i].days {
			if at := p.index(int(day)); at >= 0 {
				amounts[i][at].add(amount)
				totals[at].add(amount)
			} else {
				omitted.add(amount)
			}
		}
	}
	highest := 0
	for at := range totals {
		if totals[at].cmp(totals[highest]) > 0 {
			highest = at
		}
	}
	currency := shown(s.currency)
	c.Unit = p.unit
	c.Title = fmt.Sprintf("Cost a %s in %s", p.unit, currency)
	if p.n == 1 {
		c.Desc = fmt.Sprintf("%s: %s %s.", p.name(0), totals[0], currency)
	} else {
		c.Desc = fmt.Sprintf("%s, from %s to %s. The highest is %s with %s %s.",
			console.Counted(p.n, p.unit), p.name(0), p.name(p.n-1), p.name(highest), totals[highest], currency)
	}
	if !omitted.isZero() {
		c.Omitted = fmt.Sprintf("%s %s of other days is not drawn.", omitted, currency)
	}
	c.draw(rows, amounts, totals, totals[highest], p)
	return c, true
}

// foldRest folds the rows for which there is no colour into one.
func foldRest(rows []line) []line {
	if len(rows) <= maxSeries {
		return rows
	}
	return append(rows[:maxSeries-1:maxSeries-1], fold(rows[maxSeries-1:]))
}

// draw makes bars and paths. Amounts become floating-point numbers here only, for coordinates.
func (c *chart) draw(rows []line, amounts [][]decimal, totals []decimal, highest decimal, p periods) {
	top := c.axis(highest)
	step := chartWidth / float64(p.n)
	width := min(step*0.7, maxBarWidth)
	gap := (step - width) / 2
	paths := make([]strings.Builder, len(rows))
	every := (p.n + 6) / 7
	for at := range p.n {
		bar := chartBar{Period: p.name(at), X: coordinate(step * float64(at)), W: coordinate(step), Total: totals[at].String()}
		if at%every == 0 && at+every <= p.n { // there is room for it
			bar.Label = p.label(at)
		}
		y := chartHeight
		for i := range rows {
			amount := amounts[i][at]
			bar.Amounts = append(bar.Amounts, amount.String())
			if amount.isZero() {
				continue
			}
			h := amount.ratio(highest) * top * chartHeight
			y -= h
			fmt.Fprintf(&paths[i], "M%s %sh%sv%sh-%sz", coordinate(step*float64(at)+gap), coordinate(y),
				coordinate(width), coordinate(h), coordinate(width))
		}
		c.Bars = append(c.Bars, bar)
	}
	for i := range rows {
		c.Series = append(c.Series, series{shown(rows[i].name()), paths[i].String()})
	}
}

// axis chooses up to four equal steps and returns which part of the height the highest bar has.
func (c *chart) axis(highest decimal) float64 {
	one := decimalOf(1)
	value := highest.ratio(one)
	if math.IsInf(value, 0) || value == 0 {
		c.Ticks, c.Grid = []string{highest.String(), "0"}, []string{"0", coordinate(chartHeight)}
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(value))-1)
	step := power
	for _, nice := range []float64{1, 2, 2.5, 5, 10, 20, 25, 50} {
		if step = nice * power; value <= 4*step {
			break
		}
	}
	n := max(1, int(math.Ceil(value/step-1e-9)))
	for i := n; i >= 0; i-- {
		c.Ticks = append(c.Ticks, tick(step*float64(i)))
		c.Grid = append(c.Grid, coordinate(chartHeight*float64(n-i)/float64(n)))
	}
	return min(1, value/(step*float64(n)))
}

// tick formats a round number of an axis.
func tick(v float64) string {
	for _, unit := range []struct {
		size float64
		name string
	}{{1e15, ""}, {1e9, " bn"}, {1e6, " m"}} {
		switch {
		case v < unit.size:
		case unit.name == "":
			return strconv.FormatFloat(v, 'g', 3, 64)
		default:
			return strconv.FormatFloat(v/unit.size, 'g', 6, 64) + unit.name
		}
	}
	if v >= 1000 {
		return console.Count(int(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

// coordinate formats a coordinate with as many digits as can be seen.
func coordinate(v float64) string {
	return strconv.FormatFloat(math.Round(v*100)/100, 'f', -1, 64)
}

// periods are the bars of a chart: days, months or years, without gaps.
type periods struct {
	unit  string
	start time.Time
	n     int
}

// periodsOf returns the smallest unit of which there are not too many from one day to another. If
// there are too many years, the earliest are left out.
func periodsOf(first, last int) periods {
	if n := last - first + 1; n <= maxBars {
		return periods{"day", dayTime(first), n}
	}
	from, to := dayTime(first), dayTime(last)
	month := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC)
	if n := 12*(to.Year()-from.Year()) + int(to.Month()-from.Month()) + 1; n <= maxLong {
		return periods{"month", month, n}
	}
	n := min(to.Year()-from.Year()+1, maxLong)
	return periods{"year", time.Date(to.Year()-n+1, 1, 1, 0, 0, 0, 0, time.UTC), n}
}

// index returns the bar of a day, or -1 if there is none.
func (p periods) index(day int) int {
	t := dayTime(day)
	switch p.unit {
	case "day":
		return int(t.Sub(p.start) / (secondsPerDay * time.Second))
	case "month":
		return 12*(t.Year()-p.start.Year()) + int(t.Month()-p.start.Month())
	}
	return max(t.Year()-p.start.Year(), -1)
}

func (p periods) at(i int) time.Time {
	switch p.unit {
	case "day":
		return p.start.AddDate(0, 0, i)
	case "month":
		return p.start.AddDate(0, i, 0)
	}
	return p.start.AddDate(i, 0, 0)
}

// name is a period in full, and label what is written under its bar.
func (p periods) name(i int) string {
	return p.at(i).Format(map[string]string{"day": time.DateOnly, "month": "January 2006", "year": "2006"}[p.unit])
}

func (p periods) label(i int) string {
	return p.at(i).Format(map[string]string{"day": "2 Jan", "month": "Jan 06", "year": "2006"}[p.unit])
}
