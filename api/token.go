package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/oauth2"
)

const (
	// assumedLifetime is how long a token is kept that says nothing, or nothing sensible,
	// about its lifetime. A 401 ends it earlier.
	assumedLifetime = 5 * time.Minute
	// longestLifetime is how long any token is kept.
	longestLifetime = 24 * time.Hour
	// refusalMemory is how long a refused credential is not tried again.
	refusalMemory = 10 * time.Second
	// tokenTimeout bounds one request for a token.
	tokenTimeout = 30 * time.Second
)

// tokenCache hands out one token until it expires. Reading it takes no lock. Asking for a
// new one happens once at a time, apart from the callers: each of them waits as long as
// its own context allows.
type tokenCache struct {
	fetch  func(context.Context) (*oauth2.Token, error)
	logger *slog.Logger
	deaf   bool // fetch heeds no context, so a request that is left goes on
	// Time is measured from here on the monotonic clock, which a corrected or skewed wall
	// clock does not move.
	start time.Time

	current atomic.Pointer[cachedToken]

	mu        sync.Mutex // never held while waiting or fetching
	flight    *flight
	refusal   error
	refusedTo time.Duration
	quietTo   time.Duration // no refresh in the background before
}

type cachedToken struct {
	value   string        // what is sent
	token   *oauth2.Token // what users get
	refresh time.Duration // from here on a new one is fetched in the background
	expiry  time.Duration // from here on it is not used
}

// flight is one request for a token and those who wait for it.
type flight struct {
	done    chan struct{} // closed when token and err are set
	token   *cachedToken
	err     error
	cancel  context.CancelFunc
	waiters int // the flight ends early when the last one leaves
}

func newTokenCache(fetch func(context.Context) (*oauth2.Token, error), logger *slog.Logger) *tokenCache {
	return &tokenCache{fetch: fetch, logger: logger, start: time.Now()}
}

// get returns a token that has not expired.
func (c *tokenCache) get(ctx context.Context) (*cachedToken, error) {
	now := time.Since(c.start)
	if t := c.current.Load(); t != nil && now < t.expiry {
		if now >= t.refresh {
			c.refreshAhead(now)
		}
		return t, nil
	}
	return c.wait(ctx)
}

// wait joins the request that is under way, or starts one.
func (c *tokenCache) wait(ctx context.Context) (*cachedToken, error) {
	if ctx.Err() != nil {
		return nil, ended(ctx)
	}
	c.mu.Lock()
	now := time.Since(c.start)
	if t := c.current.Load(); t != nil && now < t.expiry {
		c.mu.Unlock()
		return t, nil
	}
	if c.refusal != nil && now < c.refusedTo {
		c.mu.Unlock()
		return nil, c.refusal
	}
	f := c.flight
	if f == nil {
		f = c.takeOff(ctx)
	}
	f.waiters++
	c.mu.Unlock()

	timeout := time.NewTimer(tokenTimeout)
	defer timeout.Stop()
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		c.leave(f)
		return nil, ended(ctx)
	case <-timeout.C: // for a source that heeds no context
		c.leave(f)
		return nil, &Error{Operation: operationToken, Err: errNoToken}
	}
}

var errNoToken = fmt.Errorf("no token came within %v", tokenTimeout)

// leave ends a flight that nobody waits for any more, if it can be ended.
func (c *tokenCache) leave(f *flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiters--; f.waiters > 0 || c.deaf {
		return
	}
	f.cancel()
	if c.flight == f {
		c.flight = nil
	}
}

// refreshAhead starts a request while the present token still serves.
func (c *tokenCache) refreshAhead(now time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flight == nil && now >= c.quietTo {
		c.takeOff(context.Background()).waiters++ // the cache itself waits for this one
	}
}

// takeOff starts a request. It inherits the values of the caller's context, for traces,
// but not its end. c.mu is held.
func (c *tokenCache) takeOff(ctx context.Context) *flight {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenTimeout)
	f := &flight{done: make(chan struct{}), cancel: cancel}
	c.flight = f
	go func() {
		defer cancel()
		var token *oauth2.Token
		var err error = &Error{Operation: operationToken, Err: errors.New("asking for it ended the goroutine")}
		defer func() { // fetch may be a user's code
			if p := recover(); p != nil {
				token, err = nil, &Error{Operation: operationToken, Err: fmt.Errorf("asking for it panicked: %v", p)}
			}
			c.land(f, token, err)
		}()
		token, err = c.fetch(ctx)
	}()
	return f
}

func (c *tokenCache) land(f *flight, token *oauth2.Token, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(f.done)
	if c.flight != f {
		f.err = errNoToken // nobody waits for it, and what it brings may be older than what is here
		return
	}
	c.flight = nil
	now := time.Since(c.start)
	if err != nil {
		f.err = err
		c.quietTo = now + refusalMemory
		if e := (*Error)(nil); errors.As(err, &e) && e.refused() {
			c.refusal, c.refusedTo = err, now+refusalMemory
		}
		c.logger.Warn("klarity: no token", "error", err)
	} else {
		f.token = newCachedToken(token, now)
		c.refusal = nil
		c.current.Store(f.token)
	}
}

// newCachedToken decides how long a token is kept. It is refreshed when four fifths of
// its life are over, but not more than 5 minutes ahead, and not used in its last moments,
// when it might expire on the way.
func newCachedToken(t *oauth2.Token, now time.Duration) *cachedToken {
	life := time.Until(t.Expiry)
	if life <= 0 {
		life = assumedLifetime
	}
	life = min(life, longestLifetime)
	lead := min(life/5, 5*time.Minute)
	margin := min(lead/4, 10*time.Second)
	return &cachedToken{value: t.AccessToken, token: t, refresh: now + life - lead, expiry: now + life - margin}
}

// drop forgets exactly this token, which the API refused. A newer one stays.
func (c *tokenCache) drop(t *cachedToken) { c.current.CompareAndSwap(t, nil) }
