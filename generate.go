// Package klarity holds the contract of Klarity's External Integrations API, from which
// the packages models and client are generated. Programs import package api, which
// wraps both.
package klarity

import _ "embed"

// The generator is pinned in a module of its own, so that no user inherits it. The old
// folders go first: a definition that left the contract leaves no file behind.
//
//go:generate rm -rf models client
//go:generate env GOWORK=off go -C internal/codegen tool swagger generate client --spec ../../swagger.yaml --target ../.. --config-file config.yaml --template-dir templates --name klarity --quiet

//go:embed swagger.yaml
var spec string

// Spec returns the contract, a Swagger 2.0 document in YAML.
func Spec() string { return spec }
