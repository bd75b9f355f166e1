package apitest

import (
	"net/http"

	"github.com/klarity-go/klarity/api"
)

// Client returns an SDK client that uses the emulator as its transport, with the current
// credentials. It panics if api.New returns an error.
func (e *Emulator) Client(opts ...api.Option) *api.Client {
	return e.newClient(BaseURL, TokenURL, e, opts)
}

// Client returns an SDK client that connects to the server's port, with the current
// credentials. It panics if api.New returns an error.
func (s *Server) Client(opts ...api.Option) *api.Client {
	return s.newClient(s.URL, s.TokenURL, nil, opts)
}

func (e *Emulator) newClient(baseURL, tokenURL string, transport http.RoundTripper, opts []api.Option) *api.Client {
	defaults := []api.Option{api.WithBaseURL(baseURL), api.WithTokenURL(tokenURL), api.WithAudience(e.audience)}
	if transport != nil {
		defaults = append(defaults, api.WithTransport(transport))
	}
	client, err := api.New(api.Credentials(e.Credentials()), append(defaults, opts...)...)
	if err != nil {
		panic("apitest: " + err.Error())
	}
	return client
}

// Env returns the environment variables, by name, that point api.NewFromEnv, and every
// program that uses it, at the server. They include the current secret.
func (s *Server) Env() map[string]string {
	c := s.Credentials()
	return map[string]string{
		api.EnvClientID:     c.ClientID,
		api.EnvClientSecret: c.ClientSecret,
		api.EnvAPIURL:       s.URL,
		api.EnvTokenURL:     s.TokenURL,
		api.EnvAudience:     s.audience,
	}
}
