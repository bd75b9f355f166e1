package apitest

import (
	"net/http"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/graphql"
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

// GraphQLClient returns a client of the GraphQL API that uses the emulator as its transport,
// with the key of APIKey. It panics if graphql.New returns an error.
func (e *Emulator) GraphQLClient(opts ...graphql.Option) *graphql.Client {
	return e.newGraphQLClient(GraphQLURL, e, opts)
}

// GraphQLClient returns a client of the GraphQL API that connects to the server's port, with
// the key of APIKey. It panics if graphql.New returns an error.
func (s *Server) GraphQLClient(opts ...graphql.Option) *graphql.Client {
	return s.newGraphQLClient(s.GraphQLURL, nil, opts)
}

func (e *Emulator) newGraphQLClient(url string, transport http.RoundTripper, opts []graphql.Option) *graphql.Client {
	defaults := []graphql.Option{graphql.WithURL(url)}
	if transport != nil {
		defaults = append(defaults, graphql.WithTransport(transport))
	}
	client, err := graphql.New(e.apiKey, append(defaults, opts...)...)
	if err != nil {
		panic("apitest: " + err.Error())
	}
	return client
}

// Env returns the environment variables, by name, that point api.NewFromEnv and
// graphql.NewFromEnv, and every program that uses them, at the server. They include the
// current secret and the API key.
func (s *Server) Env() map[string]string {
	c := s.Credentials()
	return map[string]string{
		api.EnvClientID:     c.ClientID,
		api.EnvClientSecret: c.ClientSecret,
		api.EnvAPIURL:       s.URL,
		api.EnvTokenURL:     s.TokenURL,
		api.EnvAudience:     s.audience,
		graphql.EnvAPIKey:   string(s.apiKey),
		graphql.EnvURL:      s.GraphQLURL,
	}
}
