package graphql

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/klarity-go/klarity/internal/transport"
)

// Client sends operations to Klarity's GraphQL API. It is safe for concurrent use and meant
// to be made once: what it knows of the API's state (a Retry-After, an outage) is shared by
// all that goes through it. It holds no goroutine and needs no closing.
type Client struct {
	url       string
	host      string
	key       func() string // a func, so that formatting the struct shows no secret
	redact    transport.Redactor
	period    BillingPeriod
	userAgent string
	timeout   time.Duration
	http      *http.Client
	sender    *transport.Sender
	retry     RetryPolicy
	logger    *slog.Logger
	tracer    trace.Tracer // nil: no spans
}

// New returns a client for an API key, ID/SECRET. Without options it sends to the endpoint of
// Klarity's documentation. Nothing is sent yet, so only the form of the key is checked.
//
// A configuration that cannot work is an error that says what to set.
func New(key Key, opts ...Option) (*Client, error) {
	var cfg config
	for _, opt := range opts {
		if opt != nil {
			opt(&cfg)
		}
	}
	cfg = cfg.withDefaults()
	endpoint, err := cfg.check(key)
	if err != nil {
		return nil, err
	}
	c := &Client{
		url:       endpoint.String(),
		host:      endpoint.Host,
		key:       func() string { return string(key) },
		redact:    transport.NewRedactor(key.secret()),
		period:    cfg.period,
		userAgent: cfg.userAgent,
		timeout:   cfg.timeout,
		http:      transport.NewClient(cfg.http, cfg.transport),
		sender:    transport.NewSender(transport.Policy(cfg.retry), transport.Limits{}),
		retry:     cfg.retry,
		logger:    cfg.logger,
	}
	if cfg.tracer != nil {
		c.tracer = cfg.tracer.Tracer("github.com/klarity-go/klarity/api/graphql")
	}
	return c, nil
}

// NewFromEnv is [New] with the key and the endpoint from the environment: KLARITY_API_KEY
// and, where it is not the default, KLARITY_REGION (eu, us or uk) or KLARITY_GRAPHQL_URL, which
// wins over the region. Options win over them.
func NewFromEnv(opts ...Option) (*Client, error) {
	key, env := fromEnv()
	return New(key, append(env, opts...)...)
}

// Format implements [fmt.Formatter]: a client shows where it sends to, and no secret.
func (c Client) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "klarity GraphQL client for %s", c.url)
}

// ready reports a client that was not made by New.
func (c *Client) ready() error {
	if c == nil || c.sender == nil {
		return errNotReady
	}
	return nil
}

var errNotReady = &configError{errors.New("the client is not set up: make it with graphql.New or graphql.NewFromEnv")}
