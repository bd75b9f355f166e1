// Package klarity holds the contract of Klarity's External Integrations API, from which
// the packages models and client are generated. Programs import package api, which
// wraps both. Package api/graphql/operations is generated from api/graphql/schema.graphql and
// api/graphql/operations.graphql; package api/graphql wraps it.
package klarity

import _ "embed"

// The generators are pinned in a module of its own, so that no user inherits them. The old
// folders go first: a definition that left the contract leaves no file behind. The second
// generator writes no comment for its package, so one is put there.
//
//go:generate rm -rf models client api/graphql/operations
//go:generate env GOWORK=off go -C internal/codegen tool swagger generate client --spec ../../swagger.yaml --target ../.. --config-file config.yaml --template-dir templates --name klarity --quiet
//go:generate env GOWORK=off go -C internal/codegen tool genqlient genqlient.yaml
//go:generate sed -i.orig "s|^package operations$|// Package operations holds the operations of Klarity's GraphQL API whose types are public, one function a\\\n// document of operations.graphql. Programs use package api/graphql, which wraps them.\\\npackage operations|" api/graphql/operations/operations.go
//go:generate rm api/graphql/operations/operations.go.orig

//go:embed swagger.yaml
var spec string

// Spec returns the contract, a Swagger 2.0 document in YAML.
func Spec() string { return spec }
