package page

import (
	"cmp"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/klarity-go/klarity/api/apitest"
)

const (
	maxOptions = 500 // types to choose from
	maxChips   = 4   // tags in a row of the list
)

type recordsData struct {
	Type    string           `json:"type,omitempty"`
	Text    string           `json:"text,omitempty"`
	Total   int              `json:"total"` // that were found
	Page    int              `json:"page"`
	Pages   int              `json:"pages"`
	Records []apitest.Record `json:"records"`

	All     int         `json:"-"` // in the estate
	Pager   pager       `json:"-"`
	Types   []string    `json:"-"`
	Rows    []recordRow `json:"-"`
	AnyText bool        `json:"-"`
}

// A recordRow is a row of the list of records.
type recordRow struct {
	apitest.Record
	Sums     []sum
	Chips    []tag
	MoreTags int
}

type tag struct{ Key, Value string }

func (p *page) records(w http.ResponseWriter, r *http.Request) {
	if p.unchanged(w, r, true) { // a search of a large estate is not repeated for each request
		return
	}
	asked := r.URL.Query()
	query := url.Values{"type": {asked.Get("type")}, "text": {asked.Get("text")}}
	q := apitest.Query{Type: asked.Get("type"), Text: asked.Get("text"), Limit: perPage}
	q.Offset = (pageNumber(asked) - 1) * perPage
	found, total := p.emulator.Find(q)
	query.Set("page", asked.Get("page"))
	pager := newPager("/records", query, total)
	if pager.Page != pageNumber(asked) { // beyond the last one, which is shown in its place
		q.Offset = (pager.Page - 1) * perPage
		found, _ = p.emulator.Find(q)
	}
	data := recordsData{
		Type: q.Type, Text: q.Text, Total: total, Page: pager.Page, Pages: pager.Pages, Records: found,
		All: p.emulator.Len(), Pager: pager, Types: typeNames(p.emulator, q.Type),
	}
	if data.Records == nil {
		data.Records = []apitest.Record{}
	}
	for _, r := range found {
		row := recordRow{Record: r, Sums: sums(r.Costs), Chips: tags(r.Tags)}
		row.MoreTags = max(len(row.Chips)-maxChips, 0)
		row.Chips = row.Chips[:len(row.Chips)-row.MoreTags]
		data.Rows = append(data.Rows, row)
	}
	p.show(w, r, view{template: "records", title: "Records", section: "/records", data: data, jsonPath: pager.JSON()})
}

// typeNames returns the types to choose from, the chosen one always among them.
func typeNames(e *apitest.Emulator, chosen string) (names []string) {
	types := e.Types()
	if len(types) > maxOptions {
		slices.SortFunc(types, func(a, b apitest.TypeCount) int { return cmp.Compare(b.Records, a.Records) })
		types = types[:maxOptions]
	}
	for _, t := range types {
		names = append(names, t.Type)
	}
	if chosen != "" && !slices.Contains(names, chosen) {
		names = append(names, chosen)
	}
	slices.Sort(names)
	return names
}

// tags returns tags sorted by key.
func tags(m map[string]string) []tag {
	all := make([]tag, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		all = append(all, tag{key, m[key]})
	}
	return all
}
