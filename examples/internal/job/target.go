package job

import (
	"fmt"
	"net"
	"net/url"
	"os"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
)

// Target is what a run sends to: the API that the environment names, or an emulator.
type Target struct {
	Client   *api.Client
	Emulator *apitest.Server // nil unless the run started it
	URL      string
}

// Connect returns the target that the environment names. Without any credentials it starts an
// emulator. Incomplete credentials are an error: a job that has lost its secret must not
// appear to succeed.
func Connect() (*Target, error) {
	id, secret := os.Getenv(api.EnvClientID), os.Getenv(api.EnvClientSecret)
	if id == "" && secret == "" {
		for _, name := range []string{api.EnvAPIURL, api.EnvTokenURL} {
			if os.Getenv(name) != "" {
				return nil, usagef("%s is set, %s and %s are not: set them too, or unset it to use the emulator",
					name, api.EnvClientID, api.EnvClientSecret)
			}
		}
		return startEmulator()
	}
	client, err := api.NewFromEnv()
	if err != nil {
		return nil, usageError{err}
	}
	t := &Target{Client: client, URL: os.Getenv(api.EnvAPIURL)}
	if t.URL == "" {
		t.URL = api.DefaultBaseURL
	}
	return t, nil
}

func startEmulator() (*Target, error) {
	server, err := apitest.Start("")
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	client, err := api.New(api.Credentials(server.Credentials()),
		api.WithBaseURL(server.URL), api.WithTokenURL(server.TokenURL))
	if err != nil {
		server.Close()
		return nil, err
	}
	return &Target{Client: client, Emulator: server, URL: server.URL}, nil
}

// Close stops the emulator, if the run started one.
func (t *Target) Close() {
	if t.Emulator != nil {
		t.Emulator.Close()
	}
}

// IsLocal reports whether the target is on this machine, so that sample data may be sent to
// it.
func (t *Target) IsLocal() bool {
	u, err := url.Parse(t.URL)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
