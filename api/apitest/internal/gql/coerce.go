package gql

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/vektah/gqlparser/v2/ast"
)

// coerce returns an input value, of a variable or of a literal, as its type has it: nil,
// bool, int, float64, string, []any or map[string]any. It is strict where gqlparser's
// VariableValues is not: an enum's value has its exact case, and text is no number.
func (s *Schema) coerce(typ *ast.Type, v any) (any, error) {
	if v == nil {
		if typ.NonNull {
			return nil, errors.New("must not be null")
		}
		return nil, nil
	}
	if typ.Elem != nil {
		return s.coerceList(typ.Elem, v)
	}
	def := s.types.Types[typ.NamedType]
	switch {
	case def == nil:
		return nil, fmt.Errorf("is of the unknown type %s", typ.NamedType)
	case def.Kind == ast.InputObject:
		return s.coerceObject(def, v)
	case def.Kind == ast.Enum:
		if name, ok := v.(string); ok && def.EnumValues.ForName(name) != nil {
			return name, nil
		}
		return nil, fmt.Errorf("must be a value of %s", def.Name)
	}
	return coerceScalar(def.Name, v)
}

// coerceList takes a single value for a list with nothing else in it, as the specification
// wants it.
func (s *Schema) coerceList(elem *ast.Type, v any) (any, error) {
	list, ok := v.([]any)
	if !ok {
		one, err := s.coerce(elem, v)
		if err != nil {
			return nil, err
		}
		return []any{one}, nil
	}
	coerced := make([]any, len(list))
	for i, v := range list {
		var err error
		if coerced[i], err = s.coerce(elem, v); err != nil {
			return nil, fmt.Errorf("[%d] %w", i, err)
		}
	}
	return coerced, nil
}

func (s *Schema) coerceObject(def *ast.Definition, v any) (any, error) {
	object, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("must be an object, a %s", def.Name)
	}
	for name := range object {
		if def.Fields.ForName(name) == nil {
			return nil, fmt.Errorf("must not have %s: %s has no such field", strconv.Quote(name), def.Name)
		}
	}
	coerced := make(map[string]any, len(object))
	for _, f := range def.Fields {
		v, given := object[f.Name]
		if err := s.coerceInto(coerced, f.Name, f.Type, f.DefaultValue, v, given); err != nil {
			return nil, fmt.Errorf(".%s %w", f.Name, err)
		}
	}
	return coerced, nil
}

// coerceInto sets a field, an argument or a variable to the value that was given or, without
// one, to its default. What is neither stays absent.
func (s *Schema) coerceInto(into map[string]any, name string, typ *ast.Type, byDefault *ast.Value, v any, given bool) error {
	if !given && byDefault != nil {
		var err error
		if v, err = byDefault.Value(nil); err != nil {
			return err
		}
		given = true
	}
	if !given {
		if typ.NonNull {
			return errors.New("is required")
		}
		return nil
	}
	coerced, err := s.coerce(typ, v)
	if err != nil {
		return err
	}
	into[name] = coerced
	return nil
}

func coerceScalar(name string, v any) (any, error) {
	switch name {
	case "Int":
		if n, ok := integer(v); ok && n >= math.MinInt32 && n <= math.MaxInt32 {
			return int(n), nil
		}
		return nil, errors.New("must be an integer of 32 bits")
	case "Float":
		switch v := v.(type) {
		case float64:
			return v, nil
		case int64:
			return float64(v), nil
		}
		return nil, errors.New("must be a number")
	case "Boolean":
		if b, ok := v.(bool); ok {
			return b, nil
		}
		return nil, errors.New("must be true or false")
	case "String":
		if text, ok := v.(string); ok {
			return text, nil
		}
		return nil, errors.New("must be a string")
	case "ID":
		if text, ok := v.(string); ok {
			return text, nil
		}
		if n, ok := integer(v); ok {
			return strconv.FormatInt(n, 10), nil
		}
		return nil, errors.New("must be a string or an integer")
	}
	return v, nil // a scalar of the schema's own
}

// integer returns the whole number that a variable (float64), a literal (int64) or a value that
// was coerced before (int) holds exactly.
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) < 1<<53
	}
	return 0, false
}
