package gql

import (
	"fmt"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// An Error is an error of a response, in the form of the GraphQL specification, section 7.1.2.
type Error struct {
	Message   string     `json:"message"`
	Type      string     `json:"errorType,omitempty"` // as services in the manner of AWS AppSync have it
	Path      []any      `json:"path,omitempty"`      // names or aliases, and indexes
	Locations []Location `json:"locations,omitempty"`
}

// A Location is a place in a document; both numbers count from 1.
type Location struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

const (
	maxListed  = 20  // errors of a document that are reported; the others are counted
	maxMessage = 300 // bytes of a message, which may quote the document
)

// requestError is the only error of a request that is not executed.
func requestError(format string, args ...any) []Error {
	return []Error{{Message: truncate(fmt.Sprintf(format, args...))}}
}

// documentErrors are what the parser or the validator found.
func documentErrors(list gqlerror.List) []Error {
	var errs []Error
	for i, found := range list {
		if i == maxListed {
			return append(errs, Error{Message: fmt.Sprintf("and %d more errors", len(list)-i)})
		}
		err := Error{Message: truncate(found.Message)}
		for _, at := range found.Locations[:min(len(found.Locations), maxListed)] {
			err.Locations = append(err.Locations, Location{at.Line, at.Column})
		}
		errs = append(errs, err)
	}
	return errs
}

func locationOf(p *ast.Position) []Location {
	if p == nil {
		return nil
	}
	return []Location{{p.Line, p.Column}}
}

func truncate(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "") + "…"
}
