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

	"github.com/klarity-go/klarity/internal/transport"
)

const (
	// assumedLifetime is how long a token is kept that says nothing, or nothing sensible,
	// about its lifetime. A 401 ends it earlier.
	assumedLifetime = 5 * time.Minute
	// longestLifetime is how long any token is kept.
	longestLifetime = 24 * time.Hour
	// tokenTimeout bounds one request for a token.
	tokenTimeout = 30 * time.Second
	// refusalPause is how long a refusal is remembered before the identity service is asked
	// again. It doubles with each further one, up to longestPause.
	refusalPause = 10 * time.Second
	longestPause = 5 * time.Minute
)

// tokenCache hands out one token until it expires. Reading it takes no lock. Asking for a
// new one happens once at a time, apart from the callers: each of them waits as long as
// its own context allows.
type tokenCache struct {
	fetch  func(context.Context) (*oauth2.Token, error)
	logger *slog.Logger
	// ignoresContext is set when a fetch that nobody waits for goes on nevertheless.
	ignoresContext bool
	// Time is measured from here on the monotonic clock, which a corrected or skewed wall
	// clock does not move.
	start time.Time

	current atomic.Pointer[cachedToken]

	mu              sync.Mutex // guards what follows; never held while waiting, fetching or logging
	call            *tokenCall
	noRefreshBefore time.Duration // in the background
	refusal         error         // what is remembered until refusedUntil
	refusedUntil    time.Duration
	refusals        int    // in a row: no token has been accepted since
	rejected        string // the latest token that the API refused
}

type cachedToken struct {
	value    string // what is sent
	redact   transport.Redactor
	token    *oauth2.Token // what users get
	refresh  time.Duration // from here on a new one is fetched in the background
	expiry   time.Duration // from here on it is not used
	again    bool          // it is the one that the API had refused before
	accepted atomic.Bool   // the API has taken it
}

// tokenCall is one request for a token and those who wait for it.
type tokenCall struct {
	done    chan struct{} // closed when token and err are set
	token   *cachedToken
	err     error
	cancel  context.CancelFunc
	waiters int // the call ends early when the last one leaves
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
		return nil, contextError(ctx)
	}
	c.mu.Lock()
	now := time.Since(c.start)
	if t := c.current.Load(); t != nil && now < t.expiry {
		c.mu.Unlock()
		return t, nil
	}
	if c.refusal != nil && now < c.refusedUntil {
		defer c.mu.Unlock()
		return nil, c.refusal
	}
	call := c.call
	if call == nil {
		call = c.startFetchLocked(ctx)
	}
	call.waiters++
	c.mu.Unlock()

	timeout := time.NewTimer(tokenTimeout)
	defer timeout.Stop()
	select {
	case <-call.done:
		return call.token, call.err
	case <-ctx.Done():
		c.leave(call)
		return nil, contextError(ctx)
	case <-timeout.C: // for a fetch that does not end with its context
		return nil, c.abandon(call)
	}
}

// leave ends a call that nobody waits for any more, if it can be ended.
func (c *tokenCache) leave(call *tokenCall) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if call.waiters--; call.waiters > 0 || c.ignoresContext {
		return
	}
	call.cancel()
	if c.call == call {
		c.call = nil
	}
}

var errNoToken = fmt.Errorf("no token came within %v", tokenTimeout)

// abandon gives a call up that has not come back in time, so that it does not close the
// client for good. Others are started further and further apart: each of them may stay.
func (c *tokenCache) abandon(call *tokenCall) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := &Error{Operation: operationToken, Err: errNoToken}
	if c.call == call {
		call.cancel()
		c.call = nil
		if c.ignoresContext {
			c.rememberLocked(err)
		}
	}
	return err
}

// refreshAhead starts a request while the present token still serves.
func (c *tokenCache) refreshAhead(now time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.call == nil && now >= c.noRefreshBefore {
		c.startFetchLocked(context.Background()).waiters++ // the cache itself waits for this one
	}
}

// startFetchLocked starts a request. It inherits the values of the caller's context, for
// traces, but not its end.
func (c *tokenCache) startFetchLocked(ctx context.Context) *tokenCall {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), tokenTimeout)
	call := &tokenCall{done: make(chan struct{}), cancel: cancel}
	c.call = call
	go func() {
		defer cancel()
		var token *oauth2.Token
		var err error = &Error{Operation: operationToken, Err: errors.New("asking for it ended the goroutine")}
		defer func() { // fetch may be a user's code
			if p := recover(); p != nil {
				token, err = nil, &Error{Operation: operationToken, Err: fmt.Errorf("asking for it panicked: %v", p)}
			}
			c.finishFetch(call, token, err)
		}()
		token, err = c.fetch(ctx)
	}()
	return call
}

// finishFetch hands the result to those who wait, and then logs a failure.
func (c *tokenCache) finishFetch(call *tokenCall, token *oauth2.Token, err error) {
	if err = c.storeFetched(call, token, err); err == nil {
		return
	}
	l := &logger{Logger: c.logger}
	l.log(context.Background(), slog.LevelWarn, "klarity: no token", slog.Any("error", err))
}

// storeFetched makes the token the current one.
func (c *tokenCache) storeFetched(call *tokenCall, token *oauth2.Token, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer close(call.done)
	now := time.Since(c.start)
	if c.call != call { // nobody waits for it
		call.err = &Error{Operation: operationToken, Err: errNoToken}
		current := c.current.Load()
		if err != nil || c.call != nil || current != nil && now < current.expiry {
			return nil // what it brings may be older than what is here, or will be
		}
	} else {
		c.call = nil
	}
	if err != nil {
		call.err = err
		c.noRefreshBefore = now + refusalPause
		if e := (*Error)(nil); errors.As(err, &e) && e.refused() {
			c.rememberLocked(err)
		}
		return err
	}
	call.token = newCachedToken(token, now)
	call.token.again = token.AccessToken == c.rejected
	c.refusal = nil
	c.current.Store(call.token)
	return nil
}

// rememberLocked has everybody get the error for a while, which is longer each time.
func (c *tokenCache) rememberLocked(err error) {
	pause := longestPause
	if c.refusals < 5 {
		pause = min(refusalPause<<c.refusals, longestPause)
	}
	c.refusals++
	c.refusal, c.refusedUntil = err, time.Since(c.start)+pause
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
	return &cachedToken{value: t.AccessToken, redact: transport.NewRedactor(t.AccessToken), token: t, refresh: now + life - lead, expiry: now + life - margin}
}

// accept notes that the API has taken the token.
func (c *tokenCache) accept(t *cachedToken) {
	if t.accepted.Load() || t.accepted.Swap(true) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refusals, c.rejected = 0, ""
}

// invalidate forgets exactly this token, which the API refused with e; a newer one stays.
// A nil error says that another token may do. None will when this one had just replaced
// one that was refused: that is the error then, and remembered.
func (c *tokenCache) invalidate(t *cachedToken, replacement bool, e *Error) *Error {
	denied := *e
	switch {
	case t.accepted.Load():
		denied.Note = "the token that was taken from others was refused here, too"
	case t.again && c.ignoresContext:
		denied.Note = "the token source returned the refused token again: give WithTokenSource a source that gets " +
			"a new one each time it is asked (oauth2.ReuseTokenSource, and what is built on it, keeps one until it expires)"
	case t.again:
		denied.Note = "the identity service issued the refused token again"
	default:
		denied.Note = "a fresh token was not taken either"
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	accepted := t.accepted.Load() // from others
	final := replacement || !accepted && c.refusals > 0
	if (!final || !accepted) && c.current.CompareAndSwap(t, nil) {
		c.rejected = t.value
		if final {
			c.rememberLocked(&denied)
		}
	}
	if !final {
		return nil
	}
	return &denied
}
