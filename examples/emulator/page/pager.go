package page

import (
	"net/url"
	"strconv"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// perPage is how many rows a page has.
const perPage = 50

// A pager is the part of a list that is shown, with the way to the others.
type pager struct {
	Page, Pages, Total int
	First, Last        int // of the rows that are shown, from 1
	path               string
	query              url.Values
}

// newPager returns the pager for a list with a total, and the page that a query asks for.
func newPager(path string, query url.Values, total int) pager {
	pages := max((total+perPage-1)/perPage, 1)
	page := min(pageNumber(query), pages)
	return pager{
		Page: page, Pages: pages, Total: total,
		First: min((page-1)*perPage+1, total), Last: min(page*perPage, total), path: path, query: query,
	}
}

// pageNumber returns the page that a query asks for, from 1.
func pageNumber(query url.Values) int {
	page, err := strconv.Atoi(query.Get("page"))
	if err != nil || page < 1 || page > 1<<24 {
		return 1
	}
	return page
}

// Link returns the address of a page.
func (p pager) Link(page int) string { return address(p.path, p.query, page) }

// JSON returns the address of the page as JSON.
func (p pager) JSON() string { return address(p.path+".json", p.query, p.Page) }

func address(path string, query url.Values, page int) string {
	q := url.Values{}
	for name, values := range query {
		if len(values) > 0 && values[0] != "" {
			q.Set(name, values[0])
		}
	}
	q.Del("page")
	if page > 1 {
		q.Set("page", strconv.Itoa(page))
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func (p pager) Previous() int { return p.Page - 1 }

// Next returns the number of the next page, 0 if there is none.
func (p pager) Next() int {
	if p.Page == p.Pages {
		return 0
	}
	return p.Page + 1
}

// Range says which rows are shown.
func (p pager) Range() string {
	if p.Pages == 1 {
		return ""
	}
	return console.Count(p.First) + "–" + console.Count(p.Last) + " of " + console.Count(p.Total)
}
