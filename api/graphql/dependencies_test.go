package graphql_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The modules that users of package api compile, beside the SDK itself. One more is one more
// that they have to accept.
var modulesOfAPI = []string{
	"github.com/cespare/xxhash/v2", "github.com/go-logr/logr", "github.com/go-logr/stdr",
	"github.com/go-openapi/analysis", "github.com/go-openapi/errors", "github.com/go-openapi/jsonpointer",
	"github.com/go-openapi/jsonreference", "github.com/go-openapi/loads", "github.com/go-openapi/runtime",
	"github.com/go-openapi/runtime/server-middleware", "github.com/go-openapi/spec", "github.com/go-openapi/strfmt",
	"github.com/go-openapi/swag/conv", "github.com/go-openapi/swag/fileutils", "github.com/go-openapi/swag/jsonutils",
	"github.com/go-openapi/swag/loading", "github.com/go-openapi/swag/mangling", "github.com/go-openapi/swag/pools",
	"github.com/go-openapi/swag/stringutils", "github.com/go-openapi/swag/typeutils", "github.com/go-openapi/swag/yamlutils",
	"github.com/go-openapi/validate", "github.com/go-viper/mapstructure/v2", "github.com/google/uuid",
	"github.com/oklog/ulid/v2", "go.opentelemetry.io/auto/sdk", "go.opentelemetry.io/otel", "go.opentelemetry.io/otel/log",
	"go.opentelemetry.io/otel/metric", "go.opentelemetry.io/otel/trace", "go.yaml.in/yaml/v3", "golang.org/x/net",
	"golang.org/x/oauth2", "golang.org/x/sync", "golang.org/x/text",
}

// Users of package api compile nothing of this package and of what it needs.
func TestModulesThatUsersCompile(t *testing.T) {
	const root = "github.com/klarity-go/klarity/"
	list := func(format, pkg string) []string {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", format, pkg).Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		all := strings.Fields(string(out))
		slices.Sort(all)
		return slices.DeleteFunc(slices.Compact(all), func(m string) bool { return m+"/" == root })
	}
	const module = "{{with .Module}}{{.Path}}{{end}}"
	own := []string{"github.com/Khan/genqlient", "github.com/vektah/gqlparser/v2"}
	for pkg, want := range map[string][]string{"api": modulesOfAPI, "api/graphql": append(own, modulesOfAPI...)} {
		for _, m := range list(module, root+pkg) {
			if !slices.Contains(want, m) {
				t.Errorf("users of package %s compile the module %s", pkg, m)
			}
		}
	}
	for _, p := range list("{{.ImportPath}}", root+"api") {
		if strings.HasPrefix(p, root+"api/") {
			t.Errorf("package api imports %s", p)
		}
	}
}
