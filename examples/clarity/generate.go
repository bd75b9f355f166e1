package main

// The client of Clarity's API is generated as the SDK's own is, by the generator that
// internal/codegen pins, here with the generator's own templates.
//
//go:generate rm -rf internal/client internal/models
//go:generate env GOWORK=off go -C ../../internal/codegen tool swagger generate client --spec ../../examples/clarity/clarity.yaml --target ../../examples/clarity/internal --name clarity --quiet
