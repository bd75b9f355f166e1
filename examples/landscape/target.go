package main

import (
	"fmt"
	"os"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/organisation"
)

// target is what a client was made for.
type target struct {
	emulator bool
	close    func()
}

// connect returns a client for the API that the environment names, or for an emulator. A
// plan is a file of the user's: without a key it is applied to an emulator only when that was
// asked for, so that nothing looks created that was not.
func connect(o options, std job.Streams) (*graphql.Client, target, error) {
	logger := graphql.WithLogger(job.NewRetryLogger("landscape", func(line string) { console.Fprintln(std.Err, line) }))
	if !o.emulator && os.Getenv(graphql.EnvAPIKey) == "" {
		for _, name := range []string{graphql.EnvRegion, graphql.EnvURL} {
			if os.Getenv(name) != "" {
				return nil, target{}, fmt.Errorf("%s is set, %s is not: set it too, or use -emulator", name, graphql.EnvAPIKey)
			}
		}
		if o.plan != "" {
			return nil, target{}, fmt.Errorf("%s is not set: set it to ID/SECRET, or use -emulator to try the plan on an emulator", graphql.EnvAPIKey)
		}
		o.emulator = true
	}
	if !o.emulator {
		client, err := graphql.NewFromEnv(logger)
		return client, target{close: func() {}}, err
	}
	server, err := apitest.Start("", apitest.WithLandscape(organisation.Landscape()))
	if err != nil {
		return nil, target{}, fmt.Errorf("starting the emulator: %w", err)
	}
	return server.GraphQLClient(logger), target{emulator: true, close: server.Close}, nil
}
