package page

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"

	"github.com/klarity-go/klarity/api/apitest"
)

const (
	maxTypes  = 100 // types that the overview lists
	maxNewest = 8   // requests that it lists
)

type overviewData struct {
	Records   int                 `json:"records"`
	Enriched  int                 `json:"enriched"`
	Strays    int                 `json:"strayEnrichments"`
	Requests  int                 `json:"requests"`
	Types     []apitest.TypeCount `json:"types"`
	Landscape landscapeCounts     `json:"landscape"`

	Rows      []typeRow    `json:"-"`
	MoreTypes int          `json:"-"`
	Newest    []requestRow `json:"-"`
}

type landscapeCounts struct {
	Applications int `json:"applications"`
	Environments int `json:"environments"`
	Accounts     int `json:"accounts"`
	People       int `json:"people"`
	Events       int `json:"events"`
	AccessKeys   int `json:"accessKeys"`
}

// A typeRow is a row of the table of types.
type typeRow struct {
	apitest.TypeCount
	Link  string
	Width float64 // of its bar, 100 for the type with the most records
}

func (p *page) overview(w http.ResponseWriter, r *http.Request) {
	if p.unchanged(w, r, false) {
		return
	}
	data := overviewData{Requests: p.emulator.RequestCount(), Types: p.emulator.Types()}
	_, data.Strays = p.emulator.StrayEnrichments(0, 0)
	most := 0
	for _, t := range data.Types {
		data.Records += t.Records
		data.Enriched += t.Enriched
		most = max(most, t.Records)
	}
	byCount := slices.Clone(data.Types)
	slices.SortStableFunc(byCount, func(a, b apitest.TypeCount) int { return cmp.Compare(b.Records, a.Records) })
	data.MoreTypes = max(len(byCount)-maxTypes, 0)
	for _, t := range byCount[:min(len(byCount), maxTypes)] {
		data.Rows = append(data.Rows, typeRow{t, "/records?" + url.Values{"type": {t.Type}}.Encode(), 100 * float64(t.Records) / float64(most)})
	}
	data.Newest = newest(p.emulator, 0, maxNewest)
	data.Landscape = countLandscape(p.emulator.Landscape())
	p.show(w, r, view{template: "overview", title: "Overview", section: "/", data: data, jsonPath: "/index.json"})
}

func countLandscape(l apitest.Landscape) landscapeCounts {
	c := landscapeCounts{
		Applications: len(l.Applications), Accounts: len(l.Accounts), People: len(l.People),
		Events: len(l.Events), AccessKeys: len(l.AccessKeys),
	}
	for _, a := range l.Applications {
		c.Environments += len(a.Environments)
	}
	return c
}
