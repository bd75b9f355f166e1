package graphql_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Users of package api compile nothing of this package, and this package needs no module that
// they do not have.
func TestPackagesAndModulesAreThoseOfAPI(t *testing.T) {
	list := func(format, pkg string) []string {
		out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", format, pkg).Output()
		if err != nil {
			t.Skipf("go list: %v", err)
		}
		return strings.Fields(string(out))
	}
	const root = "github.com/klarity-go/klarity/api"
	if slices.Contains(list("{{.ImportPath}}", root), root+"/graphql") {
		t.Error("package api imports this package")
	}
	const module = "{{with .Module}}{{.Path}}{{end}}"
	modules := list(module, root)
	for _, m := range list(module, root+"/graphql") {
		if !slices.Contains(modules, m) {
			t.Errorf("module %s is needed by this package alone", m)
		}
	}
}
