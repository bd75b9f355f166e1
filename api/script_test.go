package api_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

const (
	testID     = "integration-1"
	testSecret = "s3cr3t-\"quoted\"-&-long"
)

// script is a transport whose responses a test sets.
type script struct {
	t *testing.T
	// response is called for each request to the API, and token for each to the identity
	// service; without them requests succeed.
	response func(*sent) (*http.Response, error)
	token    func(*http.Request) (*http.Response, error)

	mu     sync.Mutex
	log    []*sent
	tokens int
	noLog  bool // keeps no log
}

// sent is a request that reached the API.
type sent struct {
	*http.Request
	n      int // from 0
	body   []byte
	values []map[string]any // records or enrichments
	ids    []string
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	req.Body.Close()
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(req.URL.Path, "/token") {
		s.mu.Lock()
		s.tokens++
		n := s.tokens
		s.mu.Unlock()
		if s.token != nil {
			req.Body = io.NopCloser(strings.NewReader(string(body)))
			return s.token(req)
		}
		return respond(200, fmt.Sprintf(`{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, n)), nil
	}
	if int64(len(body)) != req.ContentLength {
		s.t.Errorf("content length is %d, the body has %d bytes", req.ContentLength, len(body))
	}
	var envelope struct {
		Records     []map[string]any `json:"records"`
		Enrichments []map[string]any `json:"enrichments"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		s.t.Errorf("body of %d bytes: %v", len(body), err)
	}
	r := &sent{Request: req, body: body, values: append(envelope.Records, envelope.Enrichments...)}
	for _, v := range r.values {
		if id, ok := v["id"].(string); ok {
			r.ids = append(r.ids, id)
		}
	}
	s.mu.Lock()
	r.n = len(s.log)
	if !s.noLog {
		s.log = append(s.log, r)
	}
	s.mu.Unlock()
	if s.response == nil {
		return accepted(r), nil
	}
	return s.response(r)
}

func (s *script) requests() []*sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.log
}

func respond(status int, body string, header ...string) *http.Response {
	r := &http.Response{
		Status:     fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode: status,
		Header:     http.Header{"Content-Type": {"application/json"}},
		Body:       io.NopCloser(strings.NewReader(body)),
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return r
}

func accepted(r *sent) *http.Response {
	return respond(202, fmt.Sprintf(`{"message":"Accepted %d estate records"}`, len(r.values)))
}

// newClient is a client whose requests all go to s.
func newClient(t *testing.T, s *script, opts ...api.Option) *api.Client {
	t.Helper()
	s.t = t
	opts = append([]api.Option{api.WithTransport(s)}, opts...)
	c, err := api.New(api.Credentials{ClientID: testID, ClientSecret: testSecret}, opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func record(i int) *models.EstateRecord {
	return &models.EstateRecord{ID: fmt.Sprintf("r%d", i), Type: "vm"}
}

func records(n int) []*models.EstateRecord {
	all := make([]*models.EstateRecord, n)
	for i := range all {
		all[i] = record(i)
	}
	return all
}

// results collects what a run tells, and checks what must hold for every run.
type results struct {
	mu  sync.Mutex
	all []api.Result
}

func (r *results) option() api.RunOption {
	return api.OnResult(func(res api.Result) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.all = append(r.all, res)
	})
}

// check verifies that there is one outcome for each of the inputs, in order, that the
// report agrees, and that errors stand where they must.
func (r *results) check(t *testing.T, inputs int, report api.Report) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.all) != inputs || report.Inputs != inputs {
		t.Errorf("got %d results, and a report on %d, for %d inputs", len(r.all), report.Inputs, inputs)
	}
	count := map[api.Outcome]int{}
	for i, res := range r.all {
		if res.Index != i {
			t.Fatalf("result %d has index %d", i, res.Index)
		}
		if (res.Err == nil) != (res.Outcome == api.Accepted) {
			t.Errorf("result %d is %v with error %v", i, res.Outcome, res.Err)
		}
		if res.Outcome == api.Invalid && !errors.Is(res.Err, api.ErrInvalid) {
			t.Errorf("result %d is invalid with error %v", i, res.Err)
		}
		count[res.Outcome]++
	}
	want := map[api.Outcome]int{api.Accepted: report.Accepted, api.Invalid: report.Invalid,
		api.Rejected: report.Rejected, api.Failed: report.Failed, api.Canceled: report.Canceled}
	sum := 0
	for o, n := range want {
		sum += n
		if count[o] != n {
			t.Errorf("report says %d %v, the results %d", n, o, count[o])
		}
	}
	if sum != report.Inputs {
		t.Errorf("the outcomes add up to %d, inputs are %d", sum, report.Inputs)
	}
}

func (r *results) outcomes() map[api.Outcome]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := map[api.Outcome]int{}
	for _, res := range r.all {
		m[res.Outcome]++
	}
	return m
}
