package page

import (
	"net/http"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

// maxKept is how many requests the emulator keeps.
const maxKept = 10_000

// A requestRow is what is shown of a request: neither its header nor its body.
type requestRow struct {
	Index         int               `json:"index"`
	Time          time.Time         `json:"time"`
	Method        string            `json:"method"`
	Path          string            `json:"path"`
	Operation     apitest.Operation `json:"operation,omitempty"`
	OperationName string            `json:"operationName,omitempty"`
	Bytes         int64             `json:"bytes"`
	Items         int               `json:"items"`
	Applied       int               `json:"applied"`
	Status        int               `json:"status,omitempty"` // 0 if there is no response, or none yet
	Reason        string            `json:"reason,omitempty"`
}

// Name says in a word or two what the request is for.
func (r requestRow) Name() string {
	switch r.Operation {
	case apitest.Upsert:
		return "Upsert"
	case apitest.Delete:
		return "Delete"
	case apitest.Enrich:
		return "Enrich"
	case apitest.Token:
		return "Token"
	case apitest.GraphQL:
		return strings.TrimSpace("GraphQL " + r.OperationName)
	}
	return "Unknown"
}

// HasItems reports whether the operation is about items.
func (r requestRow) HasItems() bool { return r.Operation != "" && r.Operation != apitest.Token }

// Clock returns the time of day, where the emulator runs.
func (r requestRow) Clock() string { return r.Time.Local().Format("15:04:05") }

// Pending reports whether there is no response yet.
func (r requestRow) Pending() bool { return r.Status == 0 && r.Reason == "" }

// Bad reports whether the request was refused, or got no response or not a whole one.
func (r requestRow) Bad() bool { return r.Reason != "" || r.Status >= http.StatusBadRequest }

// newest returns n requests, the newest first, without the skip newest ones.
func newest(e *apitest.Emulator, skip, n int) []requestRow {
	end := e.RequestCount() - skip
	some := e.RequestRange(end-n, end)
	rows := make([]requestRow, 0, len(some))
	for i := len(some) - 1; i >= 0; i-- {
		r := some[i]
		rows = append(rows, requestRow{
			Index: r.Index, Time: r.Time, Method: r.Method, Path: r.Path, Operation: r.Operation, OperationName: r.OperationName,
			Bytes: r.Size, Items: r.Items, Applied: r.Applied, Status: r.Status, Reason: r.Reason,
		})
	}
	return rows
}

type requestsData struct {
	Total    int          `json:"total"` // since the emulator started
	Page     int          `json:"page"`
	Pages    int          `json:"pages"`
	Requests []requestRow `json:"requests"`

	Pager   pager `json:"-"`
	Dropped int   `json:"-"` // of Total, those that are no longer kept
}

func (p *page) requests(w http.ResponseWriter, r *http.Request) {
	if p.unchanged(w, r, false) {
		return
	}
	total := p.emulator.RequestCount()
	pager := newPager("/requests", r.URL.Query(), min(total, maxKept))
	data := requestsData{
		Total: total, Page: pager.Page, Pages: pager.Pages, Pager: pager, Dropped: max(total-maxKept, 0),
		Requests: newest(p.emulator, (pager.Page-1)*perPage, perPage),
	}
	p.show(w, r, view{template: "requests", title: "Requests", section: "/requests", data: data, jsonPath: pager.JSON()})
}
