package gql

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// The bounds of a document and of a response. Documents that people write stay far below
// them. They keep the time and memory of a request small, whatever is in it: validation
// compares selections with one another, so its time grows with the square of their number.
const (
	maxDocument   = 1 << 20 // bytes
	maxTokens     = 15_000
	maxSelections = 1_000 // fields and fragments, both as written and with fragments expanded
	maxDepth      = 20    // of fields and fragments within one another
	maxResponse   = 32 << 20
	maxErrors     = 1_000
)

// measure returns an error if a document that was parsed, and is not valid yet, is out of
// bounds or asks for the schema.
func measure(doc *ast.QueryDocument) error {
	m := meter{}
	for _, op := range doc.Operations {
		if err := m.selections(op.SelectionSet, 1); err != nil {
			return err
		}
	}
	for _, f := range doc.Fragments {
		if err := m.selections(f.SelectionSet, 1); err != nil {
			return err
		}
	}
	return nil
}

// A meter counts the selections of a document.
type meter struct{ count int }

// add counts one selection at a depth, 1 for the root's.
func (m *meter) add(depth int) error {
	if m.count++; m.count > maxSelections {
		return fmt.Errorf("the document selects more than %d fields", maxSelections)
	}
	if depth > maxDepth {
		return fmt.Errorf("the document selects fields more than %d levels deep", maxDepth)
	}
	return nil
}

func (m *meter) selections(set ast.SelectionSet, depth int) error {
	for _, s := range set {
		if err := m.add(depth); err != nil {
			return err
		}
		var below ast.SelectionSet
		switch s := s.(type) {
		case *ast.Field:
			if s.Name == "__schema" || s.Name == "__type" {
				return fmt.Errorf("introspection is refused: the document selects %s", s.Name)
			}
			below = s.SelectionSet
		case *ast.InlineFragment:
			below = s.SelectionSet
		}
		if err := m.selections(below, depth+1); err != nil {
			return err
		}
	}
	return nil
}
