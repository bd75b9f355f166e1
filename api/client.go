package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"
	"go.opentelemetry.io/otel/trace"
	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/client/estate_records"
	"github.com/klarity-go/klarity/internal/transport"
)

// Client sends estate records to Klarity. It is safe for concurrent use and meant to be
// made once: its token, and what it knows of the API's state (a Retry-After, an outage),
// are shared by all that goes through it. It holds no goroutine and needs no closing.
type Client struct {
	operations estate_records.ClientService
	tokens     *tokenCache
	sender     *transport.Sender
	retry      RetryPolicy
	timeout    time.Duration
	userAgent  string
	logger     *slog.Logger
	baseURL    string
	host       string
	redact     transport.Redactor
	tracer     trace.Tracer // nil: no spans
	http       *http.Client
	batches    *sync.Pool // of *batch, whose memory is used again
}

// New returns a client for the credentials of an External Integration. Without options it
// is set up for production. Nothing is sent: the first call gets the first token.
//
// A configuration that cannot work is an error that says what to set.
func New(creds Credentials, opts ...Option) (*Client, error) {
	var cfg config
	for _, opt := range opts {
		if opt != nil {
			opt(&cfg)
		}
	}
	cfg = cfg.withDefaults()
	if err := cfg.check(creds); err != nil {
		return nil, err
	}
	base, err := url.Parse(cfg.baseURL)
	if err != nil {
		return nil, &configError{errors.New("the base URL is malformed")} // check has parsed it before
	}
	client := transport.NewClient(cfg.http, cfg.transport)

	var tokens *tokenCache
	if cfg.source != nil {
		tokens = newTokenCache(fetchFrom(cfg.source), cfg.logger)
		tokens.ignoresContext = true
	} else {
		tokens = newTokenCache(newIdentity(creds, cfg, client).fetch, cfg.logger)
	}

	rt := httptransport.NewWithClient(base.Host, base.Path, []string{base.Scheme}, client)
	rt.Debug = false // or the environment variable DEBUG would print tokens to stderr
	var tracer trace.Tracer
	if cfg.tracer != nil {
		tracer = cfg.tracer.Tracer("github.com/klarity-go/klarity/api")
	}

	return &Client{
		operations: estate_records.New(rt, strfmt.Default),
		redact:     transport.NewRedactor(creds.ClientSecret),
		tracer:     tracer,
		host:       base.Host,
		tokens:     tokens,
		http:       client,
		batches:    &sync.Pool{New: func() any { return new(batch) }},
		sender:     transport.NewSender(transport.Policy(cfg.retry), cfg.limits),
		retry:      cfg.retry,
		timeout:    cfg.timeout,
		userAgent:  cfg.userAgent,
		logger:     cfg.logger,
		baseURL:    cfg.baseURL,
	}, nil
}

// NewFromEnv is [New] with credentials and endpoints from the environment:
// KLARITY_CLIENT_ID, KLARITY_CLIENT_SECRET and, where they are not the public ones,
// KLARITY_API_URL, KLARITY_TOKEN_URL and KLARITY_AUDIENCE. Options win over them.
func NewFromEnv(opts ...Option) (*Client, error) {
	creds, env := fromEnv()
	return New(creds, append(env, opts...)...)
}

// Token returns the bearer token that requests are sent with, and gets one first if there
// is none. A program that calls it at its start learns whether the credentials are right. All
// callers share the token returned; it must not be changed. Unless ctx ends first, a
// failure is an [*Error], which wraps an *oauth2.RetrieveError when the identity service
// responded.
func (c *Client) Token(ctx context.Context) (*oauth2.Token, error) {
	if err := c.ready(); err != nil {
		return nil, err
	}
	t, err := c.tokens.get(ctx)
	if err != nil {
		return nil, err
	}
	return t.token, nil
}

// Format implements [fmt.Formatter]: a client shows where it sends to, and no secret.
func (c Client) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "klarity client for %s", c.baseURL)
}

// ready reports a client that was not made by New.
func (c *Client) ready() error {
	if c == nil || c.sender == nil {
		return errNotReady
	}
	return nil
}

var errNotReady = &configError{errors.New("the client is not set up: make it with api.New or api.NewFromEnv")}

// redactor removes the token, and the secret, from a text.
func (c *Client) redactor(token *cachedToken) transport.Redactor {
	return c.redact.And(token.redact)
}

// noRedaction is for text of a user's own code, whose secrets are not known here.
var noRedaction = transport.NewRedactor("")

// fetchFrom asks a user's token source.
func fetchFrom(source oauth2.TokenSource) func(context.Context) (*oauth2.Token, error) {
	return func(context.Context) (*oauth2.Token, error) {
		token, err := source.Token()
		switch {
		case err != nil:
			e := &Error{Operation: operationToken, Err: err}
			var response *oauth2.RetrieveError
			if errors.As(err, &response) && response.Response != nil {
				e.StatusCode = response.Response.StatusCode
				e.Message = noRedaction.Line(strings.TrimSpace(response.ErrorCode+" "+response.ErrorDescription), maxMessage)
			}
			return nil, e
		case token == nil || token.AccessToken == "":
			return nil, &Error{Operation: operationToken, Err: &configError{errors.New("the token source returned no token")}}
		}
		return token, nil
	}
}
