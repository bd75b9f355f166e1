package apitest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	oaerrors "github.com/go-openapi/errors"
	"github.com/go-openapi/loads"
	"github.com/go-openapi/spec"
	"github.com/go-openapi/strfmt"
	"github.com/go-openapi/validate"

	"github.com/klarity-go/klarity"
)

// contract returns the schema of each operation's body, from the published contract.
// It is read once a process and not written to afterwards.
var bodySchemas = sync.OnceValue(func() map[Operation]*schema {
	doc, err := loads.Analyzed(json.RawMessage(klarity.Spec()), "")
	if err == nil {
		doc, err = doc.Expanded()
	}
	if err != nil {
		panic(fmt.Sprintf("apitest: swagger.yaml: %v", err))
	}
	schemas := make(map[Operation]*schema)
	for _, r := range routes {
		item := doc.Spec().Paths.Paths[r.path]
		op := item.Post
		if r.method == http.MethodDelete {
			op = item.Delete
		}
		schemas[r.operation] = newSchema(op.Parameters[0].Schema)
	}
	return schemas
})

// A schema checks a value against one schema of the contract. Package validate builds
// its validators for a value's children anew for every value, which takes most of its
// time; so each level has a validator of its own here, built once, and the walk from
// level to level is ours.
type schema struct {
	validator    *validate.SchemaValidator // all but the children
	properties   map[string]*schema        // of an object: the fields that are named
	additional   *schema                   // of an object: the fields that are not; nil if anything goes
	items        *schema                   // of an array
	format       string                    // of a string
	validStrings stringSet                 // of a string
}

// passed remembers strings that a schema has found nothing wrong with. Dates, currencies
// and types come again and again, and package validate allocates for each.
type stringSet struct {
	strings sync.Map
	n       atomic.Int64
}

const (
	maxCachedStrings = 2048 // strings of one schema
	maxCachedLen     = 32   // bytes of each
)

func (p *stringSet) contains(s string) bool {
	_, ok := p.strings.Load(s)
	return ok
}

func (p *stringSet) add(s string) {
	if len(s) <= maxCachedLen && p.n.Load() < maxCachedStrings {
		p.strings.Store(s, nil)
		p.n.Add(1)
	}
}

func newSchema(s *spec.Schema) *schema {
	withoutChildren := *s
	withoutChildren.Properties, withoutChildren.AdditionalProperties, withoutChildren.Items = nil, nil, nil
	if null, ok := s.Extensions.GetBool("x-nullable"); ok {
		withoutChildren.Nullable = null // package validate knows OpenAPI 3's nullable, the contract has x-nullable
	}
	built := &schema{
		validator: validate.NewSchemaValidator(&withoutChildren, nil, "", strfmt.Default, validate.WithSkipSchemataResult(true)),
	}
	if s.Type.Contains("string") {
		built.format = s.Format
	}
	if s.Items != nil && s.Items.Schema != nil {
		built.items = newSchema(s.Items.Schema)
	}
	if len(s.Properties) > 0 {
		built.properties = make(map[string]*schema, len(s.Properties))
		for name, property := range s.Properties {
			built.properties[name] = newSchema(&property)
		}
	}
	if additional := s.AdditionalProperties; additional != nil && additional.Schema != nil && len(additional.Schema.Type) > 0 {
		built.additional = newSchema(additional.Schema)
	}
	return built
}

// check adds to found what is wrong with v. If strict, an object whose fields the
// contract names must have no other.
func (s *schema) check(v any, at path, strict bool, violations []violation) []violation {
	text, isText := v.(string)
	if isText && s.validStrings.contains(text) {
		return violations
	}
	before := len(violations)
	if result := s.validator.Validate(v); result.HasErrors() {
		for _, err := range result.Errors {
			violations = append(violations, schemaViolation(at, err))
		}
	}
	if isText && s.format == "uuid" && len(violations) == before && !isCanonicalUUID(text) {
		// Package validate knows several spellings of a UUID, the contract one.
		violations = append(violations, violation{at.clone(), "must be a UUID like 6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"})
	}
	if isText && len(violations) == before {
		s.validStrings.add(text)
	}
	switch v := v.(type) {
	case map[string]any:
		violations = s.checkProperties(v, at, strict, violations)
	case []any:
		if s.format != "" { // package validate lets an array pass for a string with a format
			return append(violations, violation{at.clone(), "must be of type string"})
		}
		if s.items == nil {
			return violations
		}
		for i, item := range v {
			violations = s.items.check(item, append(at, step{index: i, isIndex: true}), strict, violations)
		}
	}
	return violations
}

func (s *schema) checkProperties(object map[string]any, at path, strict bool, violations []violation) []violation {
	for name, v := range object {
		field, known := s.properties[name]
		if !known {
			field = s.additional
		}
		switch {
		case field != nil:
			violations = field.check(v, append(at, step{key: name}), strict, violations)
		case strict && s.properties != nil:
			violations = append(violations, violation{at.key(name), "the contract has no such field"})
		}
	}
	return violations
}

// schemaViolation takes an error of package validate apart: it has the rule, and for a
// missing field the field's name.
func schemaViolation(at path, err error) violation {
	v := violation{at.clone(), err.Error()}
	if _, rule, ok := strings.Cut(v.rule, " in body "); ok {
		v.rule = rule
	}
	if invalid, ok := errors.AsType[*oaerrors.Validation](err); ok && invalid.Code() == oaerrors.RequiredFailCode {
		v.path = at.key(invalid.Name)
	}
	return v
}

func isCanonicalUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i, c := range []byte(s) {
		switch {
		case slices.Contains([]int{8, 13, 18, 23}, i):
			if c != '-' {
				return false
			}
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return true
}
