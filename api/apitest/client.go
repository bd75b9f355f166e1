package apitest

import (
	"net/http"

	"github.com/klarity-go/klarity/api"
)

// Client returns an SDK client that the emulator answers in process, with the
// credentials of now. It panics on an option that api.New refuses.
func (e *Emulator) Client(opts ...api.Option) *api.Client {
	return e.newClient(BaseURL, TokenURL, e, opts)
}

// Client returns an SDK client that reaches the server over its port, with the
// credentials of now. It panics on an option that api.New refuses.
func (s *Server) Client(opts ...api.Option) *api.Client {
	return s.newClient(s.URL, s.TokenURL, nil, opts)
}

func (e *Emulator) newClient(base, token string, transport http.RoundTripper, opts []api.Option) *api.Client {
	ours := []api.Option{api.WithBaseURL(base), api.WithTokenURL(token), api.WithAudience(e.audience)}
	if transport != nil {
		ours = append(ours, api.WithTransport(transport))
	}
	client, err := api.New(api.Credentials(e.Credentials()), append(ours, opts...)...)
	if err != nil {
		panic("apitest: " + err.Error())
	}
	return client
}

// Env returns the environment in which api.NewFromEnv, and so every program that uses
// it, talks to the server: names and values, the secret of now among them.
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
