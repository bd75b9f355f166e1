package apitest

import (
	"net/http"
	"time"

	"github.com/klarity-go/klarity/api/graphql"
)

// graphqlConfig is the part of config that is about the GraphQL API.
type graphqlConfig struct {
	apiKey         graphql.Key
	initial        Landscape
	keyDelay       time.Duration
	keyStatus      int
	documentStatus int
	maxPage        int
	uniqueNames    bool
	textAmounts    bool
}

func newGraphQLConfig() graphqlConfig {
	return graphqlConfig{
		apiKey:         newAPIKey(),
		keyStatus:      http.StatusUnauthorized,
		documentStatus: http.StatusOK,
		maxPage:        100,
	}
}

// WithAPIKey sets the key that the GraphQL API accepts from the beginning, ID/SECRET. The
// default is random.
func WithAPIKey(k graphql.Key) Option { return func(o *config) { o.apiKey = k } }

// WithLandscape sets what the GraphQL API knows at first. What has no ID gets one; those that
// are given must be distinct. The landscape is copied. The default is an empty one, which has
// not even a person to own an application.
func WithLandscape(l Landscape) Option { return func(o *config) { o.initial = l.clone() } }

// WithKeyDelay sets how long a key that createAccessKey made does not work at first. The
// documentation says that it may take up to five minutes; the default is none. How Klarity
// refuses such a key is not public: here it is refused like any other.
func WithKeyDelay(d time.Duration) Option { return func(o *config) { o.keyDelay = d } }

// WithKeyErrorStatus sets the status with which the GraphQL API refuses a key. It is not
// public; the default is 401. The body is an error of GraphQL whose errorType is
// UnauthorizedException, as services in the manner of AWS AppSync have it; some of them
// respond with 200 or 403.
func WithKeyErrorStatus(status int) Option { return func(o *config) { o.keyStatus = status } }

// WithDocumentErrorStatus sets the status of the response to a document that is invalid, or
// whose variables are. It is not public; the default is 200, with errors and without data.
// Many services respond with 400.
func WithDocumentErrorStatus(status int) Option {
	return func(o *config) { o.documentStatus = status }
}

// WithMaxPage sets the largest limit of a page of accounts, applications or environments. It
// is not public; the default of 100 is the largest that a public source sends. A larger one,
// or one below 1, is an error, and n is the limit of a request without one.
func WithMaxPage(n int) Option { return func(o *config) { o.maxPage = max(n, 1) } }

// UniqueNames refuses to create what is already there: an application, or an environment or a
// rule beside it, of the same name, a person with the same email, an account with the same
// provider and ID there. Whether Klarity does is not public; by default, both exist.
func UniqueNames() Option { return func(o *config) { o.uniqueNames = true } }

// TextAmounts sends sums of money as JSON strings. Which type they have is not public; the
// default is a JSON number.
func TextAmounts() Option { return func(o *config) { o.textAmounts = true } }
