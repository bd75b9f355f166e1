package job

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
)

// Target is what a run sends to: the API that the environment names, or an emulator.
type Target struct {
	Client   *api.Client
	Emulator *apitest.Server // nil unless the run started it
	URL      string
}

// connect returns the target that the environment names. Without any credentials it starts an
// emulator, for sample data. Incomplete credentials are an error, and so are missing ones when
// a file is to be sent: a job that has lost its secret must not appear to succeed.
func (f *Flags) connect(opts ...api.Option) (*Target, error) {
	opts = append(opts, api.WithRetry(api.RetryPolicy{Patience: patience(f.Patience)}))
	id, secret := os.Getenv(api.EnvClientID), os.Getenv(api.EnvClientSecret)
	switch {
	case f.Emulator:
		return startEmulator(opts)
	case id == "" && secret == "":
		for _, name := range []string{api.EnvAPIURL, api.EnvTokenURL, api.EnvAudience} {
			if os.Getenv(name) != "" {
				return nil, usagef("%s is set, %s and %s are not: set them too, or use -emulator",
					name, api.EnvClientID, api.EnvClientSecret)
			}
		}
		if f.File != "" {
			return nil, usagef("%s and %s are not set, so nothing would reach Klarity: set them, or add -emulator to try the file on an emulator, or -dry-run to check it",
				api.EnvClientID, api.EnvClientSecret)
		}
		return startEmulator(opts)
	}
	client, err := api.NewFromEnv(opts...)
	if err != nil {
		return nil, usageError{err}
	}
	t := &Target{Client: client, URL: os.Getenv(api.EnvAPIURL)}
	if t.URL == "" {
		t.URL = api.DefaultBaseURL
	}
	return t, nil
}

// patience is the one of a retry policy, in which 0 is the default.
func patience(flag time.Duration) time.Duration {
	if flag == 0 {
		return -1
	}
	return flag
}

func startEmulator(opts []api.Option) (*Target, error) {
	server, err := apitest.Start("")
	if err != nil {
		return nil, fmt.Errorf("starting the emulator: %w", err)
	}
	return &Target{Client: server.Client(opts...), Emulator: server, URL: server.URL}, nil
}

// Close stops the emulator, if the run started one.
func (t *Target) Close() {
	if t.Emulator != nil {
		t.Emulator.Close()
	}
}

// IsLocal reports whether a URL is on this machine, so that sample data may be sent to it.
func IsLocal(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
