package overview

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/models"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares a text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := "testdata/" + name
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
	}
}

// aRun is a dry run, or one that was sent.
func aRun(dry bool) Run {
	r := Run{Source: "estate.csv", DryRun: dry, Started: time.Date(2026, 11, 26, 11, 12, 0, 0, time.UTC)}
	if !dry {
		r.Target = "https://klarity.example"
	}
	return r
}

// record returns a record with a name and an owner. Costs are "2026-11-01=12.50", or
// "2026-11-01" for a null.
func record(typ, id, currency string, costs ...string) *models.EstateRecord {
	owner := "ops"
	r := &models.EstateRecord{Type: typ, ID: id, Name: "name of " + id, Tags: map[string]*string{"Owner": &owner}}
	if currency == "" {
		return r
	}
	r.Costs = &models.Costs{Currency: currency}
	for _, c := range costs {
		date, value, ok := strings.Cut(c, "=")
		day, err := time.Parse(time.DateOnly, date)
		if err != nil {
			panic(err)
		}
		element := models.CostElement{Date: strfmt.Date(day)}
		if ok {
			element.Value = &value
		}
		r.Costs.Values = append(r.Costs.Values, element)
	}
	return r
}

// textOf returns the text for a terminal, or for none if it has 0 columns.
func textOf(o *Overview, columns int) string {
	var b bytes.Buffer
	c := console.New(&b, func(string) string { return "" })
	if columns > 0 {
		c = console.NewTerminal(&b, columns)
	}
	o.WriteText(c)
	return b.String()
}

// widest returns the number of columns of the widest line.
func widest(text string) (columns int) {
	for line := range strings.Lines(text) {
		columns = max(columns, console.Width(strings.TrimSuffix(line, "\n")))
	}
	return columns
}
