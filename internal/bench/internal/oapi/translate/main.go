// Command translate converts the contract to OpenAPI 3, for oapi-codegen:
//
//	translate swagger.yaml openapi.yaml
package main

import (
	"fmt"
	"os"

	"github.com/getkin/kin-openapi/openapi2"
	"github.com/getkin/kin-openapi/openapi2conv"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/oasdiff/yaml"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: translate swagger.yaml openapi.yaml")
		os.Exit(2)
	}
	if err := translate(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "translate:", err)
		os.Exit(1)
	}
}

func translate(from, to string) error {
	text, err := os.ReadFile(from) //nolint:gosec // an argument of the command
	if err != nil {
		return err
	}
	var old openapi2.T
	if _, err := yaml.Unmarshal(text, &old, yaml.DecodeOpts{}); err != nil {
		return err
	}
	doc, err := openapi2conv.ToV3(&old)
	if err != nil {
		return err
	}
	for _, schema := range doc.Components.Schemas {
		nullable(schema)
	}
	if text, err = yaml.Marshal(doc); err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644) //nolint:gosec // a source file that everybody may read
}

// nullable turns x-nullable, an extension of Swagger 2.0, into the keyword nullable.
func nullable(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil || ref.Ref != "" {
		return
	}
	schema := ref.Value
	if null, _ := schema.Extensions["x-nullable"].(bool); null {
		schema.Nullable = true
	}
	// All other extensions are for go-swagger only.
	schema.Extensions = nil
	for _, property := range schema.Properties {
		nullable(property)
	}
	nullable(schema.Items)
	nullable(schema.AdditionalProperties.Schema)
}
