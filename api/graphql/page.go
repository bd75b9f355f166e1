package graphql

import (
	"context"
	"fmt"
	"iter"
	"reflect"
	"slices"
)

// PageOption changes how a list is read.
type PageOption func(*pageConfig)

type pageConfig struct{ size int }

// The largest sizes of a page that a public source shows.
const (
	defaultPageSize     = 100
	maxEnvironmentsPage = 50
)

const maxCompared = 1000

// WithPageSize sets how many elements one request asks for. The default is 100, the largest that
// a public source shows; what the API allows is not public. Less than 1 means the default.
func WithPageSize(n int) PageOption { return func(c *pageConfig) { c.size = n } }

func pageSize(opts []PageOption) int {
	var c pageConfig
	for _, opt := range opts {
		if opt != nil {
			opt(&c)
		}
	}
	if c.size < 1 {
		return defaultPageSize
	}
	return c.size
}

// page is one page of a list: its elements, and how many pages the API says there are, 0 when
// it does not say.
type page[T any] struct {
	elements []*T
	pages    int
}

// among reports whether all elements are equal to some of others, in any order. More than
// maxCompared of them are compared in their order only: any other takes the square of their
// number.
func among[T any](elements, others []*T) bool {
	if len(elements) > maxCompared {
		return reflect.DeepEqual(elements, others)
	}
	for _, e := range elements {
		if !slices.ContainsFunc(others, func(o *T) bool { return reflect.DeepEqual(e, o) }) {
			return false
		}
	}
	return true
}

// list yields the elements of all pages, and an error for each page that has one, after those
// of its elements that are there. The list ends with the last of the pages that the API says
// there are, with an empty page, or with one that repeats the page before it, as an API may
// respond that has no such page.
func list[T any](ctx context.Context, query string, get func(ctx context.Context, number int) (page[T], error)) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		var previous []*T
		for n := 0; ; n++ {
			p, err := get(ctx, n)
			over := len(p.elements) == 0 || n > 0 && among(p.elements, previous)
			if !over {
				for _, element := range p.elements {
					if element != nil && !yield(element, nil) {
						return
					}
				}
			}
			if err == nil && over && p.pages > n {
				err = incomplete("query", query, fmt.Sprintf("page %d of %d: the list is not complete", n+1, p.pages))
			}
			if err != nil && !yield(nil, err) || over || n+1 == p.pages {
				return
			}
			previous = p.elements
		}
	}
}
