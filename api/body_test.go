package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api"
)

// lingering responds before it has read the body, as net/http may, and reads it later:
// once, or, as after a connection that broke, from its beginning.
type lingering struct {
	t       *testing.T
	readers sync.WaitGroup
	again   bool
	mu      sync.Mutex
	seen    map[string]int
}

func (l *lingering) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, "/token") {
		req.Body.Close()
		return respond(200, `{"access_token":"a","expires_in":3600}`), nil
	}
	body := req.Body
	if l.again {
		one := make([]byte, 1)
		body.Read(one)
		body.Close()
		if _, err := body.Read(one); err == nil {
			l.t.Error("a closed body can be read")
		}
		var err error
		if body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	l.readers.Go(func() {
		defer body.Close()
		time.Sleep(time.Second)
		b, err := io.ReadAll(body)
		if err != nil || int64(len(b)) != req.ContentLength || !json.Valid(b) {
			l.t.Errorf("%d bytes of %d, %v, valid JSON: %t", len(b), req.ContentLength, err, json.Valid(b))
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, part := range bytes.Split(b, []byte(`"id":"`))[1:] {
			id, _, _ := bytes.Cut(part, []byte(`"`))
			l.seen[string(id)]++
		}
	})
	return respond(202, ""), nil
}

func TestBodyMayBeReadAfterTheResponse(t *testing.T) {
	for _, again := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			l := &lingering{t: t, again: again, seen: map[string]int{}}
			c, err := api.New(api.Credentials{ClientID: "a", ClientSecret: "b"}, api.WithTransport(l))
			if err != nil {
				t.Fatal(err)
			}
			const n = 5000
			if _, err := c.UpsertAll(t.Context(), records(n), api.BatchRecords(50), api.InFlight(2)); err != nil {
				t.Fatal(err)
			}
			l.readers.Wait()
			for i := range n {
				if got := l.seen[fmt.Sprint("r", i)]; got != 1 {
					t.Fatalf("record %d was read %d times", i, got)
				}
			}
		})
	}
}

func TestBodyIsGoneWhenTheRequestIsOver(t *testing.T) {
	var late func() (io.ReadCloser, error)
	s := roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "/token") {
			return respond(200, `{"access_token":"a","expires_in":3600}`), nil
		}
		r.Body.Close()
		r.Body.Close() // twice does no harm
		late = r.GetBody
		return respond(202, ""), nil
	})
	c, err := api.New(api.Credentials{ClientID: "a", ClientSecret: "b"}, api.WithTransport(s))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.UpsertAll(t.Context(), records(3)); err != nil {
		t.Fatal(err)
	}
	if _, err := late(); err == nil {
		t.Error("a body was made of bytes that may hold other records by now")
	}
}
