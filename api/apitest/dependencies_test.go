package apitest_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Users of package api compile neither the parser of GraphQL nor this package, and within this
// one, one package alone imports the parser.
func TestOnlyOnePackageNeedsTheParser(t *testing.T) {
	const parser, module = "github.com/vektah/gqlparser/", "github.com/klarity-go/klarity/"
	list := func(args ...string) []string {
		out, err := exec.CommandContext(t.Context(), "go", append([]string{"list"}, args...)...).Output()
		if err != nil {
			t.Skipf("go list: %v", err)
		}
		return strings.Split(strings.TrimSpace(string(out)), "\n")
	}
	for _, path := range list("-deps", module+"api") {
		if strings.HasPrefix(path, parser) || strings.HasPrefix(path, module+"api/") {
			t.Errorf("package api needs %s", path)
		}
	}
	for _, line := range list("-f", `{{.ImportPath}} {{join .Imports " "}}`, module+"api/apitest/...") {
		path, imports, _ := strings.Cut(line, " ")
		if got, want := strings.Contains(imports, parser), path == module+"api/apitest/internal/gql"; got != want {
			t.Errorf("%s imports the parser: got %v, want %v", path, got, want)
		}
	}
}
