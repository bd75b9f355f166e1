package gql

import (
	"fmt"

	"github.com/vektah/gqlparser/v2/ast"
)

// A field is what an operation selects under one key of an object: all selections that have
// this key, merged.
type field struct {
	key       string // in the response: the alias or the name
	name      string
	typ       *ast.Type
	args      map[string]any
	argErr    error
	locations []Location
	parent    string          // the name of the type that has the field
	def       *ast.Definition // of the value, or of the elements of a list
	fields    []*field        // of the value, if it is an object
}

// A planner collects the fields of an operation. The variables are known and the schema has no
// abstract types, so which fields there are does not depend on any value: each selection is
// visited once, however many objects are written for it.
type planner struct {
	schema *Schema
	vars   map[string]any
	meter  meter
}

// plan merges selection sets of one object into its fields.
func (p *planner) plan(sets []ast.SelectionSet, depth int) ([]*field, error) {
	c := collector{planner: p, depth: depth, byKey: make(map[string]*selection), spread: make(map[string]bool)}
	for _, set := range sets {
		if err := c.collect(set); err != nil {
			return nil, err
		}
	}
	fields := make([]*field, len(c.selections))
	for i, s := range c.selections {
		f, err := p.field(s, depth)
		if err != nil {
			return nil, err
		}
		fields[i] = f
	}
	return fields, nil
}

func (p *planner) field(s *selection, depth int) (*field, error) {
	def := s.first.Definition
	f := &field{
		key: s.first.Alias, name: s.first.Name, typ: def.Type, def: p.schema.types.Types[def.Type.Name()],
		locations: locationOf(s.first.Position), parent: s.first.ObjectDefinition.Name,
	}
	f.args, f.argErr = p.arguments(s.first)
	if f.def.Kind == ast.Object {
		var err error
		if f.fields, err = p.plan(s.below, depth+1); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (p *planner) arguments(f *ast.Field) (map[string]any, error) {
	args := make(map[string]any, len(f.Definition.Arguments))
	for _, def := range f.Definition.Arguments {
		var v any
		given := false
		if arg := f.Arguments.ForName(def.Name); arg != nil {
			var err error
			if v, err = arg.Value.Value(p.vars); err != nil {
				return nil, fmt.Errorf("the argument %s: %w", def.Name, err)
			}
			given = true
			if arg.Value.Kind == ast.Variable {
				_, given = p.vars[arg.Value.Raw]
			}
		}
		if err := p.schema.coerceInto(args, def.Name, def.Type, def.DefaultValue, v, given); err != nil {
			return nil, fmt.Errorf("the argument %s: %w", def.Name, err)
		}
	}
	return args, nil
}

// A selection is all that a document selects under one key.
type selection struct {
	first *ast.Field
	below []ast.SelectionSet
}

// A collector collects what selection sets select of one object, in the order in which the
// document does it first.
type collector struct {
	*planner
	depth      int
	selections []*selection
	byKey      map[string]*selection
	spread     map[string]bool // the fragments that were spread
}

func (c *collector) collect(set ast.SelectionSet) error {
	for _, s := range set {
		if err := c.meter.add(c.depth); err != nil {
			return err
		}
		var directives ast.DirectiveList
		switch s := s.(type) {
		case *ast.Field:
			directives = s.Directives
		case *ast.InlineFragment:
			directives = s.Directives
		case *ast.FragmentSpread:
			directives = s.Directives
		}
		included, err := c.included(directives)
		if err != nil {
			return err
		}
		if !included {
			continue
		}
		switch s := s.(type) {
		case *ast.Field:
			c.add(s)
		case *ast.InlineFragment:
			err = c.collect(s.SelectionSet)
		case *ast.FragmentSpread:
			if !c.spread[s.Name] {
				c.spread[s.Name] = true
				err = c.collect(s.Definition.SelectionSet)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *collector) add(f *ast.Field) {
	s := c.byKey[f.Alias]
	if s == nil {
		s = &selection{first: f}
		c.byKey[f.Alias] = s
		c.selections = append(c.selections, s)
	}
	s.below = append(s.below, f.SelectionSet)
}

// included reports what @skip and @include say of a selection.
func (c *collector) included(directives ast.DirectiveList) (bool, error) {
	skip, err := c.condition(directives.ForName("skip"), false)
	if err != nil || skip {
		return false, err
	}
	return c.condition(directives.ForName("include"), true)
}

// condition is the argument of a directive. It may be null in spite of its type, Boolean!: when
// it is a variable that has a default and was given as null.
func (c *collector) condition(d *ast.Directive, without bool) (bool, error) {
	if d == nil {
		return without, nil
	}
	v, _ := d.Arguments.ForName("if").Value.Value(c.vars)
	is, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("the argument if of @%s: must not be null", d.Name)
	}
	return is, nil
}
