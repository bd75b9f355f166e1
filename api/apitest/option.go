package apitest

import (
	"log/slog"
	"net/http"
	"time"
)

// An Option changes a default of an Emulator. Where the public contract does not specify
// Klarity's behaviour, the option's comment says so: the default is then our choice.
type Option func(*config)

type config struct {
	credentials   Credentials
	audience      string
	tokenLifetime time.Duration
	clock         func() time.Time
	logger        *slog.Logger
	allowRemote   bool
	routes        func(*Emulator) *http.ServeMux

	maxBody     int64
	maxObject   int
	bodyLogSize int

	formToken       bool
	rotateRevokes   bool
	unknownFields   bool
	partialBatches  bool
	shallowMetadata bool
	knownOnly       bool
	stateless       bool
	acceptAll       bool

	graphqlConfig
}

func newConfig(opts []Option) config {
	c := config{
		credentials:   newCredentials(),
		audience:      DefaultAudience,
		tokenLifetime: time.Hour,
		clock:         time.Now,
		maxBody:       64 << 20,
		maxObject:     1_000_000,
		bodyLogSize:   1 << 20,
		graphqlConfig: newGraphQLConfig(),
	}
	for _, opt := range opts {
		opt(&c)
	}
	return c
}

// WithCredentials sets the client ID and secret that the identity endpoint accepts. The
// default is random.
func WithCredentials(c Credentials) Option { return func(o *config) { o.credentials = c } }

// WithAudience sets the audience that tokens are issued for and verified against. The
// default is DefaultAudience, the audience of the production API.
func WithAudience(audience string) Option { return func(o *config) { o.audience = audience } }

// WithTokenLifetime sets how long a token is valid, in whole seconds, at least one. The
// contract states no lifetime; the default is an hour.
func WithTokenLifetime(d time.Duration) Option {
	return func(o *config) { o.tokenLifetime = max(d.Truncate(time.Second), time.Second) }
}

// WithClock sets the clock, which decides when tokens expire and which month is the current
// period (in UTC: the contract names no time zone). The default is time.Now, which in a
// testing/synctest bubble is the bubble's time. The function must be safe for concurrent
// use.
func WithClock(now func() time.Time) Option { return func(o *config) { o.clock = now } }

// WithLogger logs a line for each request, at level Info, and errors of the HTTP server, at
// level Warn. Secrets and tokens are never logged. The default is to log nothing.
func WithLogger(l *slog.Logger) Option { return func(o *config) { o.logger = l } }

// AllowRemote lets Start listen on an address that other machines can reach. The
// emulator speaks plain HTTP and is not hardened: do not use it on a network you do not
// trust. NewServer always listens on loopback.
func AllowRemote() Option { return func(o *config) { o.allowRemote = true } }

// WithRoutes makes ServeHTTP, and so Start and NewServer, serve further requests: those that
// match a pattern of the mux that routes returns, and whose path is none of the emulator's
// own. They need no token, meet no faults and are not among Requests. All others get the
// emulator's 404 or 405 as ever. RoundTrip does not serve them.
func WithRoutes(routes func(*Emulator) *http.ServeMux) Option {
	return func(o *config) { o.routes = routes }
}

// WithMaxBody sets the size in bytes above which a request gets a 413, as from a gateway;
// n < 0 means no limit. The contract states none; the default of 64 MiB only bounds the
// memory of the test.
func WithMaxBody(n int64) Option { return func(o *config) { o.maxBody = n } }

// WithMaxObject sets the limit of metadata, tags and data, in bytes of their JSON as it
// was sent. The contract says 1 MB, but not whether that is 10⁶ or 2²⁰ bytes, nor in which
// encoding; the default is the stricter 10⁶.
func WithMaxObject(n int) Option { return func(o *config) { o.maxObject = n } }

// WithBodies sets how many bytes of request bodies are kept for Requests in total. The
// oldest bodies are dropped first; a body larger than n is not kept. The default is 1 MiB.
func WithBodies(n int) Option { return func(o *config) { o.bodyLogSize = n } }

// AllowFormToken makes the identity endpoint accept form-encoded requests too. The
// documentation shows JSON and does not say whether a form is accepted; the default is
// to refuse it with 415.
func AllowFormToken() Option { return func(o *config) { o.formToken = true } }

// RotateRevokes makes RotateSecret revoke the tokens issued so far. The contract does not
// say whether a rotation does; by default tokens stay valid until they expire.
func RotateRevokes() Option { return func(o *config) { o.rotateRevokes = true } }

// AllowUnknownFields accepts fields that the contract does not name. Its schemas do not
// forbid them; the default is to refuse them, because most of them are misspellings.
func AllowUnknownFields() Option { return func(o *config) { o.unknownFields = true } }

// PartialBatches applies the valid items of a request even if other items are invalid. The
// response is still a 400. The contract does not say whether a batch is atomic; by default
// it is, and one invalid item keeps the whole batch from being applied.
func PartialBatches() Option { return func(o *config) { o.partialBatches = true } }

// ShallowMetadata makes an upsert replace the whole value of a metadata key. By default
// nested objects are merged key by key and a nested null clears its key, as an example in
// the contract suggests; the text of the contract does not say.
func ShallowMetadata() Option { return func(o *config) { o.shallowMetadata = true } }

// KnownOnly refuses, with 400, to delete or to enrich a record that the estate does not
// hold. By default both are accepted: an estate has records that no integration
// created, which can be enriched; and the contract does not say what a delete of an unknown
// record does.
func KnownOnly() Option { return func(o *config) { o.knownOnly = true } }

// Stateless checks requests but does not store their records: the estate stays empty, and
// memory does not grow with what is sent. Mutations of the GraphQL API are answered as if they
// had taken effect, and change nothing.
func Stateless() Option { return func(o *config) { o.stateless = true } }

// AcceptAll responds with 202 to every request with a valid token, without checking its
// body, for benchmarks of a client. The estate stays empty, and no request's body is
// kept. The GraphQL API responds as without it, since its responses are what it is for.
func AcceptAll() Option { return func(o *config) { o.acceptAll, o.bodyLogSize = true, 0 } }
