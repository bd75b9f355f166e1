// Package clarity asks Clarity's data API for the devices of one organisation (an Org), through
// the client that is generated from clarity.yaml.
//
// A call that fails in passing is repeated by the SDK's own sender; a response is read to a
// bound; no redirect is followed; the API key goes to the configured origin only, and into no
// error and no text. What the guide leaves open about the form of responses is decoded
// tolerantly: see [List].
package clarity

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/go-openapi/runtime"
	httptransport "github.com/go-openapi/runtime/client"
	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/examples/clarity/internal/client/operations"
	"github.com/klarity-go/klarity/internal/transport"
)

// The environment variables that a program configures its client from.
const (
	EnvAPIKey = "CLARITY_API_KEY"
	EnvOrg    = "CLARITY_ORG"
	EnvAPIURL = "CLARITY_API_URL"
)

// DefaultURL is where Clarity's API is, as its guide says.
const DefaultURL = "https://clarity-data-api.clarity.io"

// DefaultPatience is how long an outage is waited out.
const DefaultPatience = 2 * time.Minute

// requestTimeout is how long one request may take, with its body.
const requestTimeout = time.Minute

// Config is what a client is made of. Only Key and Org are required.
type Config struct {
	// URL is where the API is: scheme, host, and a path before /v2, if there is one. It is https,
	// or http to this machine. Empty: DefaultURL.
	URL string
	Key Key
	Org string
	// Patience is the longest outage, and the longest Retry-After, that a call waits out. With a
	// server that does not respond the call takes a minute more, that of its last request. Zero:
	// DefaultPatience.
	Patience time.Duration
	// OnRetry is called when a call has failed and will be tried again after the wait.
	OnRetry func(err error, wait time.Duration)
}

// Format implements [fmt.Formatter]: a configuration shows where it leads to, and no key, also
// where a verb does not fit one of its fields.
func (c Config) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "configuration for the Org %q at %q", c.Org, c.URL)
}

// Client asks for the devices of one Org. It is safe for concurrent use, and what it knows of an
// outage or a Retry-After holds for all its calls.
type Client struct {
	operations operations.ClientService
	auth       runtime.ClientAuthInfoWriter // a func: formatting the struct shows no key
	http       *http.Client
	sender     *transport.Sender
	redact     transport.Redactor
	conceal    transport.Redactor // for the documents themselves
	org        string
	url        string
	patience   time.Duration
	timeout    time.Duration // of a request
	onRetry    func(error, time.Duration)
}

// New returns a client. Nothing is sent. A configuration that cannot work is an error that says
// what to set.
func New(cfg Config) (*Client, error) {
	if err := cfg.Key.check(); err != nil {
		return nil, err
	}
	if cfg.Org == "" {
		return nil, errors.New("the Org ID is missing: set " + EnvOrg + "; the Dashboard shows it under the user icon")
	}
	if strings.TrimSpace(cfg.Org) != cfg.Org {
		return nil, errors.New("the Org ID has white space around it: trim " + EnvOrg)
	}
	if cfg.URL == "" {
		cfg.URL = DefaultURL
	}
	if cfg.Patience <= 0 {
		cfg.Patience = DefaultPatience
	}
	base, err := transport.Endpoint("URL of Clarity's API", EnvAPIURL, cfg.URL)
	if err != nil {
		return nil, err
	}
	if base.RawQuery != "" || base.ForceQuery {
		return nil, errors.New("the URL of Clarity's API has a query (?), which does not belong there: set " + EnvAPIURL)
	}
	client := transport.NewClient(nil, nil)
	rt := httptransport.NewWithClient(base.Host, base.Path, []string{base.Scheme}, client)
	rt.Debug = false // or the environment variable DEBUG would print the key to stderr
	c := &Client{
		operations: operations.New(rt, strfmt.Default),
		auth:       httptransport.APIKeyAuth("x-api-key", "header", string(cfg.Key)),
		http:       client,
		sender:     transport.NewSender(policy(cfg.Patience), transport.Limits{}),
		redact:     transport.NewRedactor(string(cfg.Key)),
		conceal:    transport.NewRedactor(""),
		org:        cfg.Org,
		url:        origin(base),
		patience:   cfg.Patience,
		timeout:    requestTimeout,
		onRetry:    cfg.OnRetry,
	}
	if len(cfg.Key) >= leastConcealed {
		c.conceal = c.redact
	}
	return c, nil
}

// leastConcealed is how long a key is at least that is also taken out of what Clarity knows about
// the devices. A key of a few letters would be found in names that have nothing to do with it.
const leastConcealed = 12

// policy fits the waits between tries into the patience.
func policy(patience time.Duration) transport.Policy {
	p := transport.Policy{MaxAttempts: 5, Patience: patience}.WithDefaults()
	p.MaxDelay = min(p.MaxDelay, patience/4)
	p.BaseDelay = min(p.BaseDelay, patience/16)
	return p
}

func origin(base *url.URL) string { return strings.TrimSuffix(base.String(), "/") }

// URL is where the client sends to.
func (c *Client) URL() string { return c.url }

// Org is the ID of the Org whose devices the client asks for.
func (c *Client) Org() string { return c.org }

// Format implements [fmt.Formatter]: a client shows where it sends to, and no key.
func (c Client) Format(s fmt.State, _ rune) {
	fmt.Fprintf(s, "clarity client of the Org %q at %s", c.org, c.url)
}
