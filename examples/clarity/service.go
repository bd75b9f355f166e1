package main

import (
	"os"

	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/claritytest"
)

// config is the configuration of the environment.
func (o *options) config() clarity.Config {
	return clarity.Config{
		URL: os.Getenv(clarity.EnvAPIURL), Key: clarity.Key(os.Getenv(clarity.EnvAPIKey)), Org: os.Getenv(clarity.EnvOrg),
		Patience: o.patience,
	}
}

// startFake starts the fake server and points the configuration at it.
func (o *options) startFake(cfg *clarity.Config) (*claritytest.Server, error) {
	server, err := claritytest.Start(o.fakeForm)
	if err != nil {
		return nil, err
	}
	server.Fail(o.faults)
	cfg.URL, cfg.Key, cfg.Org = server.URL, clarity.Key(server.Key), claritytest.Org
	return server, nil
}
