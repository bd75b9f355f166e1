package apitest

import (
	"log/slog"
	"time"
)

// An Option changes an Emulator from its defaults. Where the public contract is silent
// about Klarity's behaviour, the option's comment says so: the default is then a choice
// and no knowledge.
type Option func(*config)

type config struct {
	credentials   Credentials
	audience      string
	tokenLifetime time.Duration
	clock         func() time.Time
	logger        *slog.Logger
	allowRemote   bool

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
// default is DefaultAudience, the production API's.
func WithAudience(audience string) Option { return func(o *config) { o.audience = audience } }

// WithTokenLifetime sets how long a token is valid, in whole seconds, at least one. The
// contract states no lifetime; the default is an hour.
func WithTokenLifetime(d time.Duration) Option {
	return func(o *config) { o.tokenLifetime = max(d.Truncate(time.Second), time.Second) }
}

// WithClock sets the clock: of tokens, and of which month the current period is (in UTC:
// the contract names no time zone). The default is time.Now, so that a test in a
// testing/synctest bubble has the bubble's time. The function must be safe for concurrent
// use.
func WithClock(now func() time.Time) Option { return func(o *config) { o.clock = now } }

// WithLogger logs a line for each request, at level Info, and what the server has to
// say, at level Warn. Secrets and tokens are not in it. The default is to log nothing.
func WithLogger(l *slog.Logger) Option { return func(o *config) { o.logger = l } }

// AllowRemote lets Start listen on an address that other machines can reach. The
// emulator speaks plain HTTP and is not hardened: keep it off any network you do not
// trust. NewServer listens on loopback whatever the options.
func AllowRemote() Option { return func(o *config) { o.allowRemote = true } }

// WithMaxBody sets the size in bytes above which a request is answered with 413, as a
// gateway does; n < 0 means no limit. The contract states none; the default of 64 MiB
// guards the memory of the test, not a rule.
func WithMaxBody(n int64) Option { return func(o *config) { o.maxBody = n } }

// WithMaxObject sets the limit of metadata, tags and data, in bytes of their JSON as it
// was sent. The contract says 1 MB and neither whether that is 10⁶ or 2²⁰ bytes nor of
// which encoding; the default is the stricter 10⁶.
func WithMaxObject(n int) Option { return func(o *config) { o.maxObject = n } }

// WithBodies sets how many bytes of request bodies Requests keeps in all. The oldest
// bodies are dropped first, one above n is not kept. The default is 1 MiB.
func WithBodies(n int) Option { return func(o *config) { o.bodyLogSize = n } }

// AllowFormToken makes the identity endpoint take form-encoded requests too. The
// documentation shows JSON and does not say whether a form is accepted; the default is
// to refuse it with 415.
func AllowFormToken() Option { return func(o *config) { o.formToken = true } }

// RotateRevokes makes RotateSecret revoke the tokens issued so far. Whether they die
// with the secret is not stated; by default they live until they expire.
func RotateRevokes() Option { return func(o *config) { o.rotateRevokes = true } }

// AllowUnknownFields accepts fields that the contract does not name. Its schemas do not
// forbid them; the default is to refuse them, because they are misspelt more often than
// meant.
func AllowUnknownFields() Option { return func(o *config) { o.unknownFields = true } }

// PartialBatches applies the valid items of a request whose other items are refused. The
// answer is 400 all the same. Whether a batch is atomic is not stated; by default it is:
// one bad item, and nothing is applied.
func PartialBatches() Option { return func(o *config) { o.partialBatches = true } }

// ShallowMetadata makes an upsert replace a metadata key's value as a whole. By default
// nested objects are merged key by key and a nested null clears the key it stands under,
// as an example in the contract suggests; its text does not say.
func ShallowMetadata() Option { return func(o *config) { o.shallowMetadata = true } }

// KnownOnly refuses, with 400, to delete or to enrich a record that the estate does not
// hold. By default both are accepted: an estate has records that no integration
// created, which can be enriched; and what a delete of an unknown record does is not
// stated.
func KnownOnly() Option { return func(o *config) { o.knownOnly = true } }

// Forget checks requests and keeps nothing of them: the estate stays empty, and memory
// does not grow with what is sent.
func Stateless() Option { return func(o *config) { o.stateless = true } }

// Drain answers every request that carries a valid token with 202 and looks at nothing
// in it, for benchmarks of a client. The estate stays empty, and no request's body is
// kept.
func AcceptAll() Option { return func(o *config) { o.acceptAll, o.bodyLogSize = true, 0 } }
