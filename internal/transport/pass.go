package transport

import (
	"time"
)

// pass lets one request through. It is given back with release.
type pass struct {
	successes int // of the client when the request began
	probe     bool
	early     bool      // a probe out of turn, since its body is fresh
	until     time.Time // a probe's place is free again then; zero: its request has not begun
}

// probeTimeout is when another probe may start although one has not come back. Its own limit
// is a minute, and a call may take a little longer to give up.
const probeTimeout = probeLimit + 10*time.Second

func (g *gate) passLocked(now time.Time) *pass {
	p := &pass{successes: g.successes}
	if !g.since.IsZero() {
		p.probe = true
		p.early = now.Before(g.nextProbe)
		g.probe, g.lastProbe = p, now
		if !p.early {
			g.delayProbeLocked(now) // also if this one never comes back
		}
	}
	return p
}

// passUngated is a pass for a request that waits for nothing.
func (g *gate) passUngated() *pass {
	g.mu.Lock()
	defer g.mu.Unlock()
	return &pass{successes: g.successes}
}

// holds reports whether a request may still be made with the pass: what has happened since
// it was given may have closed the gate, or the probe's place is another one's.
func (g *gate) holds(p *pass) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.holdsLocked(time.Now(), p)
}

func (g *gate) holdsLocked(now time.Time, p *pass) bool {
	return !now.Before(g.closed) && (g.since.IsZero() || g.probe == p)
}

// begin is called when the request is made, and reports whether the pass holds, and whether the
// request is a probe. What the request had to wait for since it got the pass counts neither as
// a success before it nor as time of a probe.
func (g *gate) begin(p *pass) (holds, probe bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	p.successes = g.successes
	if probe = g.probe == p; probe {
		p.until = now.Add(probeTimeout)
		g.wakeLocked(false) // who waits for the probe looks again then
	}
	return g.holdsLocked(now, p), probe
}

// requestOver is called when the request of a probe has come back. It may be followed by another
// one, with another token.
func (g *gate) requestOver(p *pass) {
	g.mu.Lock()
	defer g.mu.Unlock()
	p.until = time.Time{}
}
