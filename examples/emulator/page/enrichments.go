package page

import (
	"net/http"

	"github.com/klarity-go/klarity/api/apitest"
)

type enrichmentsData struct {
	Total       int                       `json:"total"`
	Page        int                       `json:"page"`
	Pages       int                       `json:"pages"`
	Enrichments []apitest.StrayEnrichment `json:"enrichments"`

	Pager  pager        `json:"-"`
	Tables []strayTable `json:"-"`
}

type strayTable struct {
	NID  string
	Data string
}

// enrichments shows the data of nids that no record of the estate has.
func (p *page) enrichments(w http.ResponseWriter, r *http.Request) {
	if p.unchanged(w, r, true) {
		return
	}
	_, total := p.emulator.StrayEnrichments(0, 0)
	pager := newPager("/enrichments", r.URL.Query(), total)
	some, _ := p.emulator.StrayEnrichments((pager.Page-1)*perPage, perPage)
	data := enrichmentsData{Total: total, Page: pager.Page, Pages: pager.Pages, Enrichments: some, Pager: pager}
	if some == nil {
		data.Enrichments = []apitest.StrayEnrichment{}
	}
	for _, e := range some {
		data.Tables = append(data.Tables, strayTable{e.NID, asJSON(e.Data)})
	}
	p.show(w, r, view{template: "enrichments", title: "Enrichments of other records", section: "/records", data: data, jsonPath: pager.JSON()})
}
