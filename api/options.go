package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/internal/transport"
)

// Where Klarity is, as its documentation publishes it. Hosts of other regions and of the
// sandbox are not public; they are set with [WithBaseURL] and [WithTokenURL].
const (
	DefaultBaseURL  = "https://integrations-api.klarity.nordcloudapp.com"
	DefaultTokenURL = "https://identity.nordcloudapp.com/oauth/token"
	DefaultAudience = "https://integrations-api.klarity.nordcloudapp.com"
)

// The environment variables that [NewFromEnv] reads.
const (
	EnvClientID     = "KLARITY_CLIENT_ID"
	EnvClientSecret = "KLARITY_CLIENT_SECRET"
	EnvAPIURL       = "KLARITY_API_URL"
	EnvTokenURL     = "KLARITY_TOKEN_URL"
	EnvAudience     = "KLARITY_AUDIENCE"
)

// Option sets up a [Client].
type Option func(*config)

type config struct {
	baseURL   string
	tokenURL  string
	audience  string
	userAgent string
	http      *http.Client
	transport http.RoundTripper
	source    oauth2.TokenSource
	retry     RetryPolicy
	limits    transport.Limits
	timeout   time.Duration
	logger    *slog.Logger
	tracer    trace.TracerProvider
}

// WithBaseURL sets where the API is: scheme, host, port, and any prefix before /v1. The
// scheme is https; http is taken for loopback addresses only. Default: [DefaultBaseURL].
func WithBaseURL(u string) Option { return func(c *config) { c.baseURL = u } }

// WithTokenURL sets the whole token endpoint of the identity service. The scheme is
// https; http is taken for loopback addresses only. Default: [DefaultTokenURL].
func WithTokenURL(u string) Option { return func(c *config) { c.tokenURL = u } }

// WithAudience sets the audience that a token is asked for. Default: [DefaultAudience],
// also with another base URL: which audience another region wants is not public.
func WithAudience(audience string) Option { return func(c *config) { c.audience = audience } }

// WithHTTPClient sets the client that requests go through: its transport (and so its
// proxies and certificates), cookies and timeout, which bounds a request from above. The
// client is copied; its redirect policy is not used, since no redirect is followed.
func WithHTTPClient(client *http.Client) Option { return func(c *config) { c.http = client } }

// WithTransport sets the transport that requests go through, to the API and to the
// identity service; it wins over the one of [WithHTTPClient]. The default is like
// [http.DefaultTransport] with more idle connections to one host. Tests pass an emulator
// of package apitest here.
func WithTransport(rt http.RoundTripper) Option { return func(c *config) { c.transport = rt } }

// WithTokenSource gets tokens from ts instead of the identity service; credentials are
// not needed then. Token is asked for again when four fifths of a token's life are over (after
// 5 minutes when it has no expiry, after a day at the latest), or when the API refuses it,
// and never twice at the same time. A wait for it ends after 30 seconds.
func WithTokenSource(ts oauth2.TokenSource) Option { return func(c *config) { c.source = ts } }

// WithRetry sets what is done when a request fails. See [RetryPolicy] for the default.
func WithRetry(p RetryPolicy) Option { return func(c *config) { c.retry = p } }

// WithMaxInFlight bounds how many requests to the API the whole client has in flight, those
// of all its runs, uploaders and single calls; [InFlight] bounds each of them. 0, which is
// the default, means no bound. Waiting for a place uses up no request timeout. What waits for
// a token or to be tried again takes no place, unless its token expires at the last moment.
func WithMaxInFlight(n int) Option { return func(c *config) { c.limits.MaxInFlight = n } }

// WithLimiter has l waited for before each request to the API, those of all runs, uploaders
// and single calls; a [*rate.Limiter] fits. The API's own limits are not public: a 429, with
// or without a Retry-After, is handled without a limiter, too. An error of Wait ends a run,
// and fails the records of an [Uploader]'s request, unless it is the end of the context.
// Waiting uses up no request timeout. Wait is called by several goroutines at a time and has to
// heed its context: what waits holds a place of [WithMaxInFlight].
//
// [*rate.Limiter]: https://pkg.go.dev/golang.org/x/time/rate#Limiter
func WithLimiter(l interface{ Wait(context.Context) error }) Option {
	return func(c *config) { c.limits.Limiter = l }
}

// WithRequestTimeout bounds one request, from its first byte to the last byte of the
// response; a retry gets the time anew. (A request for a token has 30 seconds, a probe of
// an outage a minute at most.) It must suffice to send a whole batch (see [BatchBytes]).
// 0 means 60 seconds, a negative duration no bound.
func WithRequestTimeout(d time.Duration) Option { return func(c *config) { c.timeout = d } }

// WithUserAgent puts product, such as "inventory-sync/1.4", before the SDK's own name in
// the User-Agent header.
func WithUserAgent(product string) Option { return func(c *config) { c.userAgent = product } }

// WithLogger logs retries, splits and refusals as warnings, and each request at debug
// level. Nothing is logged without it. No secret or token is logged, and nothing of a
// record but what a server's message may quote.
func WithLogger(l *slog.Logger) Option { return func(c *config) { c.logger = l } }

// WithTracerProvider makes an OpenTelemetry client span for each request to the API,
// under the span in the context of the run or call; an [Uploader]'s requests have no
// parent. Without it there are none. The trace is not propagated to the API.
func WithTracerProvider(tp trace.TracerProvider) Option { return func(c *config) { c.tracer = tp } }

const (
	defaultTimeout = 60 * time.Second
	longestTimeout = 365 * 24 * time.Hour // so that it can be added to
)

// configError is a configuration that cannot work.
type configError struct{ err error }

func (e *configError) Error() string { return "klarity: " + e.err.Error() }
func (e *configError) Unwrap() error { return e.err }

// withDefaults fills in what was not set.
func (c config) withDefaults() config {
	if c.baseURL == "" {
		c.baseURL = DefaultBaseURL
	}
	if c.tokenURL == "" {
		c.tokenURL = DefaultTokenURL
	}
	if c.audience == "" {
		c.audience = DefaultAudience
	}
	if c.timeout == 0 {
		c.timeout = defaultTimeout
	}
	c.timeout = min(max(c.timeout, 0), longestTimeout)
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	c.userAgent = strings.TrimSpace(c.userAgent + " " + transport.UserAgent)
	c.retry = c.retry.withDefaults()
	return c
}

// check reports all that is wrong at once, so that it is fixed at once.
func (c config) check(creds Credentials) error {
	var errs []error
	if c.source == nil {
		if creds.ClientID == "" {
			errs = append(errs, fmt.Errorf("the integration's ID is missing: set Credentials.ClientID, or %s for NewFromEnv", EnvClientID))
		}
		if creds.ClientSecret == "" {
			errs = append(errs, fmt.Errorf("the integration's secret is missing: set Credentials.ClientSecret, or %s for NewFromEnv", EnvClientSecret))
		}
		if strings.TrimSpace(creds.ClientID) != creds.ClientID || strings.TrimSpace(creds.ClientSecret) != creds.ClientSecret {
			errs = append(errs, errors.New("the integration's ID or secret has white space around it, as from a file with a line break at its end: trim it"))
		}
		if _, err := transport.Endpoint("token URL", "WithTokenURL or "+EnvTokenURL, c.tokenURL); err != nil {
			errs = append(errs, err)
		}
	}
	base, err := transport.Endpoint("base URL", "WithBaseURL or "+EnvAPIURL, c.baseURL)
	if err != nil {
		errs = append(errs, err)
	} else if p := strings.TrimSuffix(base.Path, "/"); strings.HasSuffix(p, "/v1") || base.RawQuery != "" {
		errs = append(errs, fmt.Errorf("the base URL ends before /v1 and has no query: set WithBaseURL or %s", EnvAPIURL))
	}
	if c.limits.MaxInFlight < 0 {
		errs = append(errs, fmt.Errorf("WithMaxInFlight is %d, want at least 1, or 0 for no bound", c.limits.MaxInFlight))
	}
	if strings.ContainsFunc(c.userAgent, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		errs = append(errs, errors.New("the user agent has a control character"))
	}
	if len(errs) > 0 {
		return &configError{errors.Join(errs...)}
	}
	return nil
}

// fromEnv reads the environment into credentials and the options that come first, so that
// explicit ones win.
func fromEnv() (Credentials, []Option) {
	return Credentials{ClientID: os.Getenv(EnvClientID), ClientSecret: os.Getenv(EnvClientSecret)},
		[]Option{WithBaseURL(os.Getenv(EnvAPIURL)), WithTokenURL(os.Getenv(EnvTokenURL)), WithAudience(os.Getenv(EnvAudience))}
}
