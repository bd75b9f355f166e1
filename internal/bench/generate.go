package main

// These contenders are generated from the contract. go-swagger has the version pinned in
// ../codegen, and does not use the templates of this SDK. oapi-codegen reads only OpenAPI 3, so
// the contract is translated first.
//
//go:generate rm -rf internal/stock
//go:generate mkdir -p internal/stock
//go:generate env GOWORK=off go -C ../codegen tool swagger generate client --spec ../../swagger.yaml --target ../bench/internal/stock --name klarity --quiet
//go:generate env GOWORK=off go run ./internal/oapi/translate ../../swagger.yaml internal/oapi/openapi.yaml
//go:generate env GOWORK=off go -C internal/oapi tool oapi-codegen -config config.yaml openapi.yaml
