package far

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

// side is the far side of one run.
type side struct {
	run    int
	plan   Plan
	server *apitest.Server
	fake   *http.Server // in front of the identity service, when it lies
	faked  sync.WaitGroup
	api    *way
	id     *way
	ctx    context.Context // of what goes on by itself
	cancel context.CancelFunc

	mu     sync.Mutex
	more   *sync.Cond // when seen grows, or the side ends
	chance *rand.Rand
	seen   int // requests to the API
	tokens int
	faults int
	healed time.Time
	outage struct{ from, to time.Time }
	over   bool
	read   map[int]time.Time // by the number of the request
	came   map[int][]byte    // bodies that were changed, as they were before, by the same
	nids   map[string]string // of the plan's records
}

func newSide(id int, plan Plan) (*side, Address, error) {
	s := &side{run: id, plan: plan, read: map[int]time.Time{}, came: map[int][]byte{}, chance: rand.New(rand.NewPCG(plan.Seed, 1))}
	s.more = sync.NewCond(&s.mu)
	var err error
	if s.server, err = apitest.Start("", options(plan)...); err != nil {
		return nil, Address{}, err
	}
	if len(plan.Estate) > 0 {
		if s.nids, err = prepare(s.server.Emulator, plan.Estate); err != nil {
			return nil, Address{}, err
		}
	}
	s.server.Intercept(s.onAPI)
	s.server.InterceptToken(s.onToken)
	upstream := strings.TrimPrefix(s.server.URL, "http://")
	identity := upstream
	if plan.Lie != "" {
		if identity, err = s.startLiar(); err != nil {
			return nil, Address{}, err
		}
	}
	if s.api, err = open(fmt.Sprint("api", id), upstream, plan.API); err != nil {
		return nil, Address{}, err
	}
	if s.id, err = open(fmt.Sprint("identity", id), identity, plan.Identity); err != nil {
		return nil, Address{}, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.ctx, s.cancel = ctx, cancel
	s.api.begin(ctx, plan.API.Steps, s.heal)
	s.id.begin(ctx, plan.Identity.Steps, s.heal)
	c := s.server.Credentials()
	return s, Address{
		ID: id, ClientID: c.ClientID, ClientSecret: c.ClientSecret, Audience: apitest.DefaultAudience, NIDs: s.nids,
		URL: "http://" + s.api.proxy.Listen, TokenURL: "http://" + s.id.proxy.Listen + "/oauth/token",
	}, nil
}

func options(plan Plan) []apitest.Option {
	opts := []apitest.Option{apitest.RotateRevokes()}
	if plan.Forgetful {
		opts = append(opts, apitest.WithBodies(0))
	} else {
		opts = append(opts, apitest.WithBodies(256<<20))
	}
	if plan.MaxBody > 0 {
		opts = append(opts, apitest.WithMaxBody(plan.MaxBody))
	}
	if plan.MaxObject > 0 {
		opts = append(opts, apitest.WithMaxObject(plan.MaxObject))
	}
	if plan.TokenLifetime > 0 {
		opts = append(opts, apitest.WithTokenLifetime(plan.TokenLifetime))
	}
	if plan.Skew != 0 {
		opts = append(opts, apitest.WithClock(func() time.Time { return time.Now().Add(plan.Skew) }))
	}
	return opts
}

func (s *side) startLiar() (address string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.fake = &http.Server{Handler: liar{s.server, json.RawMessage(s.plan.Lie)}, ReadHeaderTimeout: time.Minute}
	s.faked.Go(func() { _ = s.fake.Serve(l) }) // returns when it is closed
	return l.Addr().String(), nil
}

func (s *side) onAPI(r *apitest.Request) *apitest.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.seen
	s.seen++
	s.more.Broadcast()
	if s.seen == s.plan.RotateAt {
		s.server.RotateSecret()
		s.faults++
	}
	if s.seen == s.plan.Outage.At && !s.over {
		s.beginOutage()
	}
	f := s.out(s.plan.Outage.API)
	if f == nil && s.plan.Poison != 0 && bytes.Contains(r.Body, []byte(Poison)) {
		f = new(apitest.Status(s.plan.Poison))
		s.faults++
	}
	if f == nil {
		f = s.hit(s.plan.Bursts, n)
	}
	if s.plan.Mixed && r.Operation == apitest.Delete {
		s.came[r.Index] = unmark(r.Body)
	}
	if !s.plan.Forgetful {
		at := time.Now()
		if f != nil {
			at = at.Add(f.Delay)
		}
		s.read[r.Index] = at
	}
	return f
}

func (s *side) onToken(*apitest.Request) *apitest.Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.tokens
	s.tokens++
	if f := s.out(s.plan.Outage.Identity); f != nil {
		return f
	}
	return s.hit(s.plan.TokenBursts, n)
}

// beginOutage begins the plan's outage. A proxy that is to come up again does so when its
// port is free, whoever has it meanwhile.
func (s *side) beginOutage() {
	o := s.plan.Outage
	s.outage.from = time.Now()
	s.outage.to = s.outage.from.Add(o.For)
	s.healed = s.outage.to
	if !o.API {
		s.server.RevokeTokens()
	}
	if !o.Refused {
		return
	}
	for w, is := range map[*way]bool{s.api: o.API, s.id: o.Identity} {
		if is {
			w.breakFor(s.ctx, o.For, s.overcome)
		}
	}
}

// overcome notes that a proxy is up again.
func (s *side) overcome() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outage.to = time.Now()
	s.healed = s.outage.to
}

// out is the fault of the outage, nil if there is none now.
func (s *side) out(concerned bool) *apitest.Fault {
	if !concerned || s.plan.Outage.Refused || !time.Now().Before(s.outage.to) {
		return nil
	}
	s.faults++
	return new(s.plan.Outage.Fault)
}

// hit finds the fault of the nth request, nil if it has none.
func (s *side) hit(bursts []Burst, n int) *apitest.Fault {
	for _, b := range bursts {
		switch i := n - b.From; {
		case i < 0, b.Count >= 0 && i >= b.Count, b.Every > 0 && i%b.Every != 0, s.chance.Float64() >= b.Share:
			continue
		}
		s.faults++
		s.healed = time.Now().Add(b.Fault.Delay)
		f := b.Fault
		f.Header = f.Header.Clone()
		if b.RetryIn != 0 {
			now := time.Now().Add(s.plan.Skew)
			if f.Header == nil {
				f.Header = http.Header{}
			}
			f.Header.Set("Date", now.UTC().Format(http.TimeFormat))
			f.Header.Set("Retry-After", now.Add(b.RetryIn).UTC().Format(http.TimeFormat))
		}
		return &f
	}
	return nil
}

func (s *side) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.healed = time.Now()
}

// waitFor returns when so many requests have come to the API, or the side has ended.
func (s *side) waitFor(requests int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.seen < requests && !s.over {
		s.more.Wait()
	}
}

// snapshot is what the side holds now.
func (s *side) snapshot() State {
	s.mu.Lock()
	state := State{Seen: s.seen, Faults: s.faults, Healed: s.healed, OutageFrom: s.outage.from, OutageTo: s.outage.to}
	s.mu.Unlock()
	state.Estate, state.Enriched = estateOf(s.server.Emulator)
	if !s.plan.Forgetful {
		read, came := s.noted()
		state.Requests = requestsOf(s.server.Emulator, s.run, read, came)
	}
	if s.plan.Mixed {
		state.Changed = changedIn(s.server.Emulator, s.nids, time.Now().Add(s.plan.Skew))
	}
	return state
}

// noted is what the side has noted of each request.
func (s *side) noted() (read map[int]time.Time, came map[int][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.read), maps.Clone(s.came)
}

// end breaks all connections, waits for the requests that are being processed, and only
// then looks: nothing moves any more.
func (s *side) end() State {
	s.mu.Lock()
	s.over = true
	s.more.Broadcast()
	s.mu.Unlock()
	s.cancel()
	s.api.close()
	s.id.close()
	if s.fake != nil {
		s.fake.Close()
		s.faked.Wait()
	}
	s.server.Close()
	return s.snapshot()
}
