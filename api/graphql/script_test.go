package graphql_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/graphql"
)

const (
	testID     = "key-1"
	testSecret = "s3cr3t-\"quoted\"-&-/-long"
	testKey    = graphql.Key(testID + "/" + testSecret)

	query    = `query accounts { accountsV2(limit: 100, page: 0) { accounts { name } } }`
	mutation = `mutation add($name: String!) { addPerson(input: {name: $name}) { id } }`
)

// script is a transport whose responses a test sets.
type script struct {
	t        *testing.T
	response func(*sent) (*http.Response, error) // without it requests succeed

	mu    sync.Mutex
	start time.Time
	log   []*sent
}

// sent is a request that was made.
type sent struct {
	*http.Request
	n    int // from 0
	at   time.Duration
	body struct {
		Query     string
		Variables map[string]any
	}
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	req.Body.Close()
	if err != nil {
		return nil, err
	}
	if int64(len(body)) != req.ContentLength {
		s.t.Errorf("content length is %d, the body has %d bytes", req.ContentLength, len(body))
	}
	r := &sent{Request: req}
	if err := json.Unmarshal(body, &r.body); err != nil {
		s.t.Errorf("body %q: %v", body, err)
	}
	s.mu.Lock()
	r.n, r.at = len(s.log), time.Since(s.start)
	s.log = append(s.log, r)
	s.mu.Unlock()
	if s.response == nil {
		return respond(200, `{"data":{}}`), nil
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

// responds makes a script that always responds with the same.
func responds(status int, body string, header ...string) *script {
	return &script{response: func(*sent) (*http.Response, error) { return respond(status, body, header...), nil }}
}

// cutOff is a response whose body breaks off.
func cutOff(status int, body string) *http.Response {
	r := respond(status, "")
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), brokenReader{}))
	return r
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// refused is the error of a connection that was not made.
var refused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}

// newClient is a client whose requests all go to s.
func newClient(t *testing.T, s *script, opts ...graphql.Option) *graphql.Client {
	t.Helper()
	s.t, s.start = t, time.Now()
	c, err := graphql.New(testKey, append([]graphql.Option{graphql.WithTransport(s)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var noRetry = graphql.WithRetry(graphql.RetryPolicy{MaxAttempts: -1})
