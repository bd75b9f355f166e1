package gql

import (
	"errors"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// A Request is what a client sends.
type Request struct {
	Query         string
	OperationName string         // "" for the only operation of the document
	Variables     map[string]any // as encoding/json decodes an object
}

// An Operation is ready to be executed: its document is valid, its variables are coerced, and
// its fields are collected. It may be executed several times, also concurrently.
type Operation struct {
	Name     string // "" for an operation without a name
	Mutation bool
	fields   []*field
}

// Len returns the number of root fields.
func (o *Operation) Len() int { return len(o.fields) }

// Prepare returns the operation of a request, or the errors because of which nothing is
// executed.
func (s *Schema) Prepare(r Request) (*Operation, []Error) {
	doc, errs := s.parse(r.Query)
	if errs != nil {
		return nil, errs
	}
	def, err := choose(doc.Operations, r.OperationName)
	if err != nil {
		return nil, requestError("%v", err)
	}
	vars, errs := s.variables(def, r.Variables)
	if errs != nil {
		return nil, errs
	}
	op := &Operation{Name: def.Name, Mutation: def.Operation == ast.Mutation}
	p := planner{schema: s, vars: vars}
	op.fields, err = p.plan([]ast.SelectionSet{def.SelectionSet}, 1)
	if err != nil {
		return nil, requestError("%v", err)
	}
	return op, nil
}

// parse returns a valid document.
func (s *Schema) parse(text string) (*ast.QueryDocument, []Error) {
	if len(text) > maxDocument {
		return nil, requestError("the document has %d bytes, more than the limit of %d", len(text), maxDocument)
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: text}, maxTokens)
	if err != nil {
		if syntax, ok := errors.AsType[*gqlerror.Error](err); ok {
			return nil, documentErrors(gqlerror.List{syntax})
		}
		return nil, requestError("%v", err)
	}
	if len(doc.Operations) == 0 {
		return nil, requestError("the document has no operation")
	}
	if err := measure(doc); err != nil {
		return nil, requestError("%v", err)
	}
	if list := validator.ValidateWithRules(s.types, doc, s.rules); len(list) > 0 {
		return nil, documentErrors(list)
	}
	return doc, nil
}

// choose returns the operation that a request names.
func choose(operations ast.OperationList, name string) (*ast.OperationDefinition, error) {
	if name == "" && len(operations) > 1 {
		return nil, errors.New("the document has several operations: operationName must name one")
	}
	for _, op := range operations {
		if name == "" || op.Name == name {
			return op, nil
		}
	}
	return nil, errors.New("the document has no operation of the name in operationName")
}

// variables returns the coerced values of an operation's variables. Values of others are
// ignored, as the specification wants it.
func (s *Schema) variables(op *ast.OperationDefinition, given map[string]any) (map[string]any, []Error) {
	vars := make(map[string]any, len(op.VariableDefinitions))
	var errs []Error
	for _, def := range op.VariableDefinitions {
		v, ok := given[def.Variable]
		err := s.coerceInto(vars, def.Variable, def.Type, def.DefaultValue, v, ok)
		if err != nil && len(errs) < maxListed {
			errs = append(errs, Error{
				Message:   truncate("the variable $" + def.Variable + ": " + err.Error()),
				Locations: locationOf(def.Position),
			})
		}
	}
	return vars, errs
}
