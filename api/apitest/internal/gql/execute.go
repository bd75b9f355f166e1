package gql

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/vektah/gqlparser/v2/ast"
)

// A Resolver returns the value of a field: nil, a scalar, []any, or, for an object,
// map[string]any with a value for each of its fields. A value in an object may be a Resolver in
// turn. The arguments are those that were given or have a default, coerced: nil, bool, int,
// float64, string, []any or map[string]any.
type Resolver func(args map[string]any) (any, error)

// A Response is the response to an operation.
type Response struct {
	Data   json.RawMessage `json:"data,omitempty"` // an object or null; absent if nothing was executed
	Errors []Error         `json:"errors,omitempty"`
}

// Execute calls the resolvers of the root fields, one after another, and returns what the
// operation selects of their values, with keys in the order of the selection.
func (o *Operation) Execute(root map[string]Resolver) Response {
	object := make(map[string]any, len(root))
	for name, resolve := range root {
		object[name] = resolve
	}
	e := executor{}
	ok := e.object(o.fields, object)
	switch {
	case e.tooLarge || len(e.out) > maxResponse:
		return Response{json.RawMessage("null"), requestError("the response has more than %d bytes", maxResponse)}
	case !ok:
		return Response{json.RawMessage("null"), e.errs}
	}
	return Response{e.out, e.errs}
}

// An executor writes one response. A value that turns out to be null, because of an error
// below it, is taken back by truncating what was written. Its methods report whether what they
// wrote stands; if it does not, the error is noted and the value around it is null.
type executor struct {
	out      []byte
	errs     []Error
	path     []any
	tooLarge bool // nothing stands any more
}

func (e *executor) fail(f *field, format string, args ...any) {
	if len(e.errs) < maxErrors {
		message := truncate(fmt.Sprintf(format, args...))
		e.errs = append(e.errs, Error{Message: message, Path: slices.Clone(e.path), Locations: f.locations})
	}
}

func (e *executor) object(fields []*field, value map[string]any) bool {
	e.out = append(e.out, '{')
	for i, f := range fields {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		e.out = append(append(append(e.out, '"'), f.key...), `":`...) // a name needs no escaping
		e.path = append(e.path, f.key)
		ok := e.field(f, value)
		e.path = e.path[:len(e.path)-1]
		if !ok {
			return false
		}
	}
	e.out = append(e.out, '}')
	return true
}

func (e *executor) field(f *field, object map[string]any) bool {
	if f.name == "__typename" {
		return e.complete(f, f.typ, f.parent)
	}
	if f.argErr != nil {
		e.fail(f, "%v", f.argErr)
		return e.null(f.typ, len(e.out))
	}
	value, ok := object[f.name]
	if !ok {
		e.fail(f, "nothing is known of %s.%s", f.parent, f.name)
		return e.null(f.typ, len(e.out))
	}
	if resolve, ok := value.(Resolver); ok {
		var err error
		if value, err = resolve(f.args); err != nil {
			e.fail(f, "%v", err)
			return e.null(f.typ, len(e.out))
		}
	}
	return e.complete(f, f.typ, value)
}

// complete writes the value of a field, or of an element of a list that is a field's value.
func (e *executor) complete(f *field, typ *ast.Type, value any) bool {
	if e.tooLarge = e.tooLarge || len(e.out) > maxResponse; e.tooLarge {
		return false
	}
	start := len(e.out)
	var ok bool
	switch {
	case value == nil:
		if typ.NonNull {
			e.fail(f, "the value must not be null")
		}
	case typ.Elem != nil:
		ok = e.list(f, typ.Elem, value)
	case f.def.Kind == ast.Object:
		object, isObject := value.(map[string]any)
		if !isObject {
			e.fail(f, "the value is a %T, not an object", value)
			break
		}
		ok = e.object(f.fields, object)
	default:
		ok = e.leaf(f, value)
	}
	return ok || e.null(typ, start)
}

// null replaces what was written since start by null, if the type has it.
func (e *executor) null(typ *ast.Type, start int) bool {
	if typ.NonNull || e.tooLarge {
		return false
	}
	e.out = append(e.out[:start], "null"...)
	return true
}

func (e *executor) list(f *field, elem *ast.Type, value any) bool {
	list, ok := value.([]any)
	if !ok {
		e.fail(f, "the value is a %T, not a list", value)
		return false
	}
	e.out = append(e.out, '[')
	for i, v := range list {
		if i > 0 {
			e.out = append(e.out, ',')
		}
		e.path = append(e.path, i)
		ok := e.complete(f, elem, v)
		e.path = e.path[:len(e.path)-1]
		if !ok {
			return false
		}
	}
	e.out = append(e.out, ']')
	return true
}

// leaf writes a scalar or the value of an enum.
func (e *executor) leaf(f *field, value any) bool {
	if !fits(f.def, value) {
		e.fail(f, "the value is a %T, not a %s", value, f.def.Name)
		return false
	}
	text, err := json.Marshal(value)
	if err != nil {
		e.fail(f, "the value has no JSON: %v", err)
		return false
	}
	e.out = append(e.out, text...)
	return true
}

// fits reports whether a value is of a type. A scalar of the schema's own takes any.
func fits(def *ast.Definition, value any) (ok bool) {
	if def.Kind == ast.Enum {
		name, _ := value.(string)
		return def.EnumValues.ForName(name) != nil
	}
	switch def.Name {
	case "String", "ID":
		_, ok = value.(string)
	case "Int":
		_, ok = value.(int)
	case "Float":
		_, ok = value.(float64)
	case "Boolean":
		_, ok = value.(bool)
	default:
		ok = true
	}
	return ok
}
