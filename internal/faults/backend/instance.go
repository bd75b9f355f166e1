package backend

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

// instance is the backend of one run.
type instance struct {
	id            int
	plan          Plan
	server        *apitest.Server
	expiryServer  *http.Server // runs the expiryRewriter, if the plan has ExpiresIn
	expiryServing sync.WaitGroup
	api           *proxy
	identity      *proxy
	ctx           context.Context // of the steps and the outage
	cancel        context.CancelFunc

	mu             sync.Mutex
	changed        *sync.Cond // when received grows, or the instance is stopped
	rng            *rand.Rand
	received       int // requests to the API
	tokenRequests  int
	faults         int
	lastFault      time.Time
	outage         struct{ from, to time.Time }
	stopped        bool
	readAt         map[int]time.Time // by Request.Index
	originalBodies map[int][]byte    // of the requests whose bodies were changed, by Request.Index
	nids           map[string]string // of the plan's initial records
}

func newInstance(id int, plan Plan) (*instance, Endpoint, error) {
	inst := &instance{id: id, plan: plan, readAt: map[int]time.Time{}, originalBodies: map[int][]byte{}, rng: rand.New(rand.NewPCG(plan.Seed, 1))}
	inst.changed = sync.NewCond(&inst.mu)
	var err error
	if inst.server, err = apitest.Start("", options(plan)...); err != nil {
		return nil, Endpoint{}, err
	}
	if len(plan.InitialEstate) > 0 {
		if inst.nids, err = createInitialEstate(inst.server.Emulator, plan.InitialEstate); err != nil {
			return nil, Endpoint{}, err
		}
	}
	inst.server.Intercept(inst.interceptAPI)
	inst.server.InterceptToken(inst.interceptToken)
	upstream := strings.TrimPrefix(inst.server.URL, "http://")
	identity := upstream
	if plan.ExpiresIn != "" {
		if identity, err = inst.startExpiryRewriter(); err != nil {
			return nil, Endpoint{}, err
		}
	}
	if inst.api, err = startProxy(fmt.Sprint("api", id), upstream, plan.API); err != nil {
		return nil, Endpoint{}, err
	}
	if inst.identity, err = startProxy(fmt.Sprint("identity", id), identity, plan.Identity); err != nil {
		return nil, Endpoint{}, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	inst.ctx, inst.cancel = ctx, cancel
	inst.api.runSteps(ctx, plan.API.Steps, inst.recordStep)
	inst.identity.runSteps(ctx, plan.Identity.Steps, inst.recordStep)
	c := inst.server.Credentials()
	return inst, Endpoint{
		ID: id, ClientID: c.ClientID, ClientSecret: c.ClientSecret, Audience: apitest.DefaultAudience, NIDs: inst.nids,
		URL: "http://" + inst.api.toxi.Listen, TokenURL: "http://" + inst.identity.toxi.Listen + "/oauth/token",
	}, nil
}

func options(plan Plan) []apitest.Option {
	opts := []apitest.Option{apitest.RotateRevokes()}
	if plan.DiscardRequests {
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
	if plan.ClockSkew != 0 {
		opts = append(opts, apitest.WithClock(func() time.Time { return time.Now().Add(plan.ClockSkew) }))
	}
	return opts
}

func (inst *instance) startExpiryRewriter() (address string, err error) {
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	inst.expiryServer = &http.Server{Handler: expiryRewriter{inst.server, json.RawMessage(inst.plan.ExpiresIn)}, ReadHeaderTimeout: time.Minute}
	inst.expiryServing.Go(func() { _ = inst.expiryServer.Serve(l) }) // it returns when the server is closed
	return l.Addr().String(), nil
}

func (inst *instance) interceptAPI(r *apitest.Request) *apitest.Fault {
	inst.mu.Lock()
	defer inst.mu.Unlock()
	n := inst.received
	inst.received++
	inst.changed.Broadcast()
	if inst.received == inst.plan.RotateSecretAt {
		inst.server.RotateSecret()
		inst.faults++
	}
	if inst.received == inst.plan.Outage.AtRequest && !inst.stopped {
		inst.startOutage()
	}
	f := inst.outageFault(inst.plan.Outage.API)
	if f == nil && inst.plan.PoisonStatus != 0 && bytes.Contains(r.Body, []byte(Poison)) {
		f = new(apitest.Status(inst.plan.PoisonStatus))
		inst.faults++
	}
	if f == nil {
		f = inst.burstFault(inst.plan.Bursts, n)
	}
	if inst.plan.Mixed && r.Operation == apitest.Delete {
		inst.originalBodies[r.Index] = blankLocatorNames(r.Body)
	}
	if !inst.plan.DiscardRequests {
		at := time.Now()
		if f != nil {
			at = at.Add(f.Delay)
		}
		inst.readAt[r.Index] = at
	}
	return f
}

func (inst *instance) interceptToken(*apitest.Request) *apitest.Fault {
	inst.mu.Lock()
	defer inst.mu.Unlock()
	n := inst.tokenRequests
	inst.tokenRequests++
	if f := inst.outageFault(inst.plan.Outage.Identity); f != nil {
		return f
	}
	return inst.burstFault(inst.plan.TokenBursts, n)
}

// startOutage starts the plan's outage. A proxy that is down for it comes up again as soon as
// its port is free, as another process may have taken the port in the meantime.
func (inst *instance) startOutage() {
	o := inst.plan.Outage
	inst.outage.from = time.Now()
	inst.outage.to = inst.outage.from.Add(o.Duration)
	inst.lastFault = inst.outage.to
	if !o.API {
		inst.server.RevokeTokens()
	}
	if !o.RefuseConnections {
		return
	}
	for p, affected := range map[*proxy]bool{inst.api: o.API, inst.identity: o.Identity} {
		if affected {
			p.takeDown(inst.ctx, o.Duration, inst.endOutage)
		}
	}
}

// endOutage records that a proxy is up again.
func (inst *instance) endOutage() {
	inst.mu.Lock()
	defer inst.mu.Unlock()
	inst.outage.to = time.Now()
	inst.lastFault = inst.outage.to
}

// outageFault returns the fault of the outage, nil if there is no outage now.
func (inst *instance) outageFault(affected bool) *apitest.Fault {
	if !affected || inst.plan.Outage.RefuseConnections || !time.Now().Before(inst.outage.to) {
		return nil
	}
	inst.faults++
	return new(inst.plan.Outage.Fault)
}

// burstFault returns the fault of the nth request, nil if it has none.
func (inst *instance) burstFault(bursts []Burst, n int) *apitest.Fault {
	for _, b := range bursts {
		switch i := n - b.From; {
		case i < 0, b.Count >= 0 && i >= b.Count, b.Every > 0 && i%b.Every != 0, inst.rng.Float64() >= b.Share:
			continue
		}
		inst.faults++
		inst.lastFault = time.Now().Add(b.Fault.Delay)
		f := b.Fault
		f.Header = f.Header.Clone()
		if b.RetryIn != 0 {
			now := time.Now().Add(inst.plan.ClockSkew)
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

func (inst *instance) recordStep() {
	inst.mu.Lock()
	defer inst.mu.Unlock()
	inst.lastFault = time.Now()
}

// waitFor waits until the API has received that many requests, or the instance is stopped.
func (inst *instance) waitFor(requests int) {
	inst.mu.Lock()
	defer inst.mu.Unlock()
	for inst.received < requests && !inst.stopped {
		inst.changed.Wait()
	}
}

// snapshot returns the present state.
func (inst *instance) snapshot() State {
	inst.mu.Lock()
	state := State{Received: inst.received, Faults: inst.faults, LastFault: inst.lastFault, OutageStart: inst.outage.from, OutageEnd: inst.outage.to}
	inst.mu.Unlock()
	state.Estate, state.Enrichments = estateVersions(inst.server.Emulator)
	if !inst.plan.DiscardRequests {
		readAt, originalBodies := inst.requestLog()
		state.Requests = readRequests(inst.server.Emulator, inst.id, readAt, originalBodies)
	}
	if inst.plan.Mixed {
		state.Details = recordDetails(inst.server.Emulator, inst.nids, time.Now().Add(inst.plan.ClockSkew))
	}
	return state
}

// requestLog returns copies of what was recorded about each request.
func (inst *instance) requestLog() (readAt map[int]time.Time, originalBodies map[int][]byte) {
	inst.mu.Lock()
	defer inst.mu.Unlock()
	return maps.Clone(inst.readAt), maps.Clone(inst.originalBodies)
}

// stop closes all connections and waits for the requests that are being processed. The state
// that it returns is final.
func (inst *instance) stop() State {
	inst.mu.Lock()
	inst.stopped = true
	inst.changed.Broadcast()
	inst.mu.Unlock()
	inst.cancel()
	inst.api.close()
	inst.identity.close()
	if inst.expiryServer != nil {
		inst.expiryServer.Close()
		inst.expiryServing.Wait()
	}
	inst.server.Close()
	return inst.snapshot()
}
