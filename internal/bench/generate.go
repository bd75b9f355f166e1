package main

// The contenders that are generated from the contract. go-swagger is the one that is pinned
// in ../codegen, without the templates of this SDK; oapi-codegen reads OpenAPI 3 only, so the
// contract is translated for it first.
//
//go:generate rm -rf internal/stock
//go:generate mkdir -p internal/stock
//go:generate env GOWORK=off go -C ../codegen tool swagger generate client --spec ../../swagger.yaml --target ../bench/internal/stock --name klarity --quiet
//go:generate env GOWORK=off go run ./internal/oapi/translate ../../swagger.yaml internal/oapi/openapi.yaml
//go:generate env GOWORK=off go -C internal/oapi tool oapi-codegen -config config.yaml openapi.yaml
