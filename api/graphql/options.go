package graphql

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/klarity-go/klarity/internal/transport"
)

// The environment variables that [NewFromEnv] reads.
const (
	EnvAPIKey = "KLARITY_API_KEY"
	EnvRegion = "KLARITY_REGION"
	EnvURL    = "KLARITY_GRAPHQL_URL"
)

// Option sets up a [Client].
type Option func(*config)

type config struct {
	url       string // wins over region
	region    Region
	period    BillingPeriod
	userAgent string
	http      *http.Client
	transport http.RoundTripper
	retry     RetryPolicy
	timeout   time.Duration
	logger    *slog.Logger
	tracer    trace.TracerProvider
}

// WithRegion sends to the endpoint of a region. Default: [RegionEU], whose endpoint is the
// only one that Klarity's documentation names. Of WithRegion and [WithURL] the later one
// counts.
func WithRegion(r Region) Option {
	return func(c *config) {
		if r != "" {
			c.region, c.url = r, ""
		}
	}
}

// WithURL sets the whole endpoint. The scheme is https; http is taken for loopback addresses
// only. Of [WithRegion] and WithURL the later one counts.
func WithURL(u string) Option {
	return func(c *config) {
		if u != "" {
			c.url = u
		}
	}
}

// WithBillingPeriod sends the header x-billing-period with each request. Without it the header
// is absent, as in Klarity's documentation, which does not mention it. It is known only from a
// public program (github.com/Kacperek0/klarity-connector, since its release 0.1.4), which
// sends current unless told to send previous. What it changes, and what the API does without
// it, is not public.
func WithBillingPeriod(p BillingPeriod) Option { return func(c *config) { c.period = p } }

// WithHTTPClient sets the client that requests go through: its transport (and so its
// proxies and certificates), cookies and timeout, which bounds a request from above. The
// client is copied; its redirect policy is not used, since no redirect is followed.
func WithHTTPClient(client *http.Client) Option { return func(c *config) { c.http = client } }

// WithTransport sets the transport that requests go through; it wins over the one of
// [WithHTTPClient]. The default is like [http.DefaultTransport] with more idle connections to
// one host. A transport that sends requests again by itself repeats mutations, too.
func WithTransport(rt http.RoundTripper) Option { return func(c *config) { c.transport = rt } }

// WithRetry sets what is done when a request fails. See [RetryPolicy] for the default.
func WithRetry(p RetryPolicy) Option { return func(c *config) { c.retry = p } }

// WithRequestTimeout bounds one request, from its first byte to the last byte of the
// response; a retry gets the time anew. (A probe of an outage has a minute at most.) 0 means
// 60 seconds, a negative duration no bound.
func WithRequestTimeout(d time.Duration) Option { return func(c *config) { c.timeout = d } }

// WithUserAgent puts product, such as "landscape/1.4", before the SDK's own name in the
// User-Agent header.
func WithUserAgent(product string) Option { return func(c *config) { c.userAgent = product } }

// WithLogger logs retries as warnings, and each request at debug level. Nothing is logged
// without it. The key is not logged, and of an operation only its name, not its variables.
func WithLogger(l *slog.Logger) Option { return func(c *config) { c.logger = l } }

// WithTracerProvider makes an OpenTelemetry client span for each request, under the span in
// the context of the call. Without it there are none. The trace is not propagated to the API.
func WithTracerProvider(tp trace.TracerProvider) Option { return func(c *config) { c.tracer = tp } }

const (
	defaultTimeout = 60 * time.Second
	longestTimeout = 365 * 24 * time.Hour // so that it can be added to
)

// configError is a configuration, or an argument, that cannot work.
type configError struct{ err error }

func (e *configError) Error() string { return "klarity: " + e.err.Error() }
func (e *configError) Unwrap() error { return e.err }

// withDefaults fills in what was not set.
func (c config) withDefaults() config {
	if c.region == "" {
		c.region = RegionEU
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
func (c config) check(key Key) (*url.URL, error) {
	var errs []error
	if err := key.check(); err != nil {
		errs = append(errs, err)
	}
	raw := c.url
	if raw == "" {
		raw = endpoints[c.region]
	}
	var endpoint *url.URL
	if raw == "" {
		errs = append(errs, fmt.Errorf("the region is %s, want eu, us or uk: set WithRegion or %s; for another endpoint set WithURL or %s",
			quoteRegion(c.region, key), EnvRegion, EnvURL))
	} else {
		u, err := transport.Endpoint("GraphQL URL", "WithURL or "+EnvURL, raw)
		switch {
		case err != nil:
			errs = append(errs, err)
		case u.RawQuery != "":
			errs = append(errs, fmt.Errorf("the GraphQL URL has a query (?), want none: set WithURL or %s", EnvURL))
		}
		endpoint = u
	}
	switch c.period {
	case "", BillingPeriodCurrent, BillingPeriodPrevious:
	default:
		errs = append(errs, errors.New("WithBillingPeriod has an unknown value, want current or previous"))
	}
	if strings.ContainsFunc(c.userAgent, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		errs = append(errs, errors.New("the user agent has a control character"))
	}
	if len(errs) > 0 {
		return nil, &configError{errors.Join(errs...)}
	}
	return endpoint, nil
}

// quoteRegion shows a region that is none, and nothing of the key, should the two have been
// mixed up.
func quoteRegion(r Region, key Key) string {
	return fmt.Sprintf("%q", transport.NewRedactor(key.secret()).Line(string(r), 40))
}

// fromEnv reads the environment into a key and the options that come first, so that explicit
// ones win.
func fromEnv() (Key, []Option) {
	return Key(os.Getenv(EnvAPIKey)), []Option{WithRegion(Region(os.Getenv(EnvRegion))), WithURL(os.Getenv(EnvURL))}
}
