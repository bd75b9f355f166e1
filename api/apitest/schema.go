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

// bodySchemas returns the schema of each operation's body, from the published contract. The
// map is built once per process and only read afterwards.
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

// A schema checks a value against one schema of the contract. Package validate spends most
// of its time building validators for a value's children, which it does again for every
// value. So each level of the contract has its own validator here, built once, and schema
// descends from level to level itself.
type schema struct {
	validator    *validate.SchemaValidator // checks everything except the children
	properties   map[string]*schema        // of an object: the fields that the contract names
	additional   *schema                   // of an object: the other fields; nil if they are not restricted
	items        *schema                   // of an array
	format       string                    // of a string
	isAmount     bool                      // of a string: whether it has the pattern of a cost
	validStrings stringSet                 // of a string
}

const (
	amountPattern = `^(\d*)(\.\d{1,})?$`
	amountRule    = `must be a string with a decimal number, with a dot and without sign and exponent, such as "12.50"`
)

// A stringSet caches strings that are valid under a schema. Dates, currencies and types
// repeat, and package validate allocates for each check.
type stringSet struct {
	strings sync.Map
	n       atomic.Int64
}

const (
	maxCachedStrings = 2048 // per schema
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
		withoutChildren.Nullable = null // package validate reads OpenAPI 3's nullable, the contract has x-nullable
	}
	built := &schema{
		validator: validate.NewSchemaValidator(&withoutChildren, nil, "", strfmt.Default, validate.WithSkipSchemataResult(true)),
	}
	if s.Type.Contains("string") {
		built.format = s.Format
		built.isAmount = s.Pattern == amountPattern
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

// check appends what is wrong with v to violations and returns them. If strict, an object
// must not have fields that the contract does not name.
func (s *schema) check(v any, at path, strict bool, violations []violation) []violation {
	text, isText := v.(string)
	if isText && s.validStrings.contains(text) {
		return violations
	}
	before := len(violations)
	if result := s.validator.Validate(v); result.HasErrors() && s.isAmount {
		// That a number must be a string, as package validate has it, would lead to the next refusal
		// for 1.25e1 and -1.
		violations = append(violations, violation{at.clone(), amountRule})
	} else if result.HasErrors() {
		for _, err := range result.Errors {
			violations = append(violations, schemaViolation(at, err))
		}
	}
	if isText && s.format == "uuid" && len(violations) == before && !isCanonicalUUID(text) {
		// Package validate accepts several spellings of a UUID, the contract only one.
		violations = append(violations, violation{at.clone(), "must be a UUID like 6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"})
	}
	if isText && len(violations) == before {
		s.validStrings.add(text)
	}
	switch v := v.(type) {
	case map[string]any:
		violations = s.checkProperties(v, at, strict, violations)
	case []any:
		if s.format != "" { // package validate accepts an array as a string with a format
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

// schemaViolation converts an error of package validate, whose text ends with the rule, and
// which for a missing field has the field's name.
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
