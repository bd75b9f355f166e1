package apitest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
)

const namesOfPeople = `{ people { name } }`

func TestKeyCheck(t *testing.T) {
	const key = "key-1/s3cret/with/slashes"
	c := inProcess(t, apitest.WithAPIKey(key))
	for _, test := range []struct {
		name   string
		keys   []string // the values of the header
		status int
	}{
		{"the key", []string{key}, 200},
		{"no header", nil, 401},
		{"empty", []string{""}, 401},
		{"twice", []string{key, key}, 401},
		{"another secret", []string{"key-1/s3cret"}, 401},
		{"another ID", []string{"key-2/s3cret/with/slashes"}, 401},
		{"only the ID", []string{"key-1"}, 401},
		{"only the secret", []string{"s3cret/with/slashes"}, 401},
		{"longer", []string{key + "x"}, 401},
		{"in other letters", []string{strings.ToUpper(key)}, 401},
		{"as a bearer token", []string{"Bearer " + key}, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			req := c.graphqlRequest(t, namesOfPeople, nil)
			req.Header["X-Api-Key"] = test.keys
			r, err := c.do(req)
			if err != nil || r.status != test.status {
				t.Fatalf("got %d %s, %v, want %d", r.status, r.body, err, test.status)
			}
			if want := `{"errors":[{"message":"the `; test.status == 401 && (!strings.HasPrefix(r.body, want) || !strings.HasSuffix(r.body, `","errorType":"UnauthorizedException"}]}`)) {
				t.Errorf("got %s, want it to begin with %s and to end with the type", r.body, want)
			}
		})
	}
}

func TestKeyErrorStatus(t *testing.T) {
	for _, status := range []int{200, 401, 403} {
		e := apitest.New(apitest.WithKeyErrorStatus(status))
		client, err := graphql.New("some/key", graphql.WithURL(apitest.GraphQLURL), graphql.WithTransport(e))
		if err != nil {
			t.Fatal(err)
		}
		var failure *graphql.Error
		err = client.Do(t.Context(), namesOfPeople, nil, nil)
		if !errors.Is(err, graphql.ErrKey) || !errors.As(err, &failure) || failure.StatusCode != status {
			t.Errorf("got %v, want %v with the status %d", err, graphql.ErrKey, status)
		}
	}
}

func TestGeneratedKeysDiffer(t *testing.T) {
	a, b := apitest.New(), apitest.New()
	if a.APIKey() == b.APIKey() || len(a.APIKey()) < 40 {
		t.Errorf("got the keys %q and %q, want two", string(a.APIKey()), string(b.APIKey()))
	}
}

// createKey creates a key and returns it.
func (c *testClient) createKey(t *testing.T) graphql.Key {
	t.Helper()
	var data struct{ CreateAccessKey struct{ ID, Secret string } }
	if err := json.Unmarshal([]byte(c.mustGraphQL(t, `mutation { createAccessKey(input: {role: ADMIN, description: "ci"}) { id secret } }`, nil)), &data); err != nil {
		t.Fatal(err)
	}
	return graphql.Key(data.CreateAccessKey.ID + "/" + data.CreateAccessKey.Secret)
}

func (c *testClient) statusWith(t *testing.T, key graphql.Key) int {
	t.Helper()
	req := c.graphqlRequest(t, namesOfPeople, nil)
	req.Header.Set("x-api-key", string(key))
	r, err := c.do(req)
	if err != nil {
		t.Fatal(err)
	}
	return r.status
}

func TestCreatedKeyWorksAtOnce(t *testing.T) {
	c := inProcess(t)
	if got := c.statusWith(t, c.createKey(t)); got != 200 {
		t.Errorf("got %d, want 200", got)
	}
	if got := c.statusWith(t, c.APIKey()); got != 200 {
		t.Errorf("the first key: got %d, want 200", got)
	}
}

func TestCreatedKeyWorksAfterTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := inProcess(t, apitest.WithKeyDelay(5*time.Minute))
		key := c.createKey(t)
		time.Sleep(5*time.Minute - time.Nanosecond)
		if got := c.statusWith(t, key); got != 401 {
			t.Errorf("before the delay is over: got %d, want 401", got)
		}
		time.Sleep(time.Nanosecond)
		if got := c.statusWith(t, key); got != 200 {
			t.Errorf("after the delay: got %d, want 200", got)
		}
		if got := c.Landscape().AccessKeys[0]; !got.Works.Equal(time.Now()) {
			t.Errorf("got %v, want a key that works now", got)
		}
	})
}

func TestStatelessCreatesNoKey(t *testing.T) {
	c := inProcess(t, apitest.Stateless())
	if got := c.statusWith(t, c.createKey(t)); got != 401 {
		t.Errorf("got %d, want 401", got)
	}
}

func TestKeysAreNeitherRecordedNorLogged(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		var log bytes.Buffer
		c := start(apitest.WithLogger(slog.New(slog.NewTextHandler(&log, nil))))
		created := c.createKey(t)
		c.statusWith(t, created)
		c.statusWith(t, "wrong/verysecret")
		req := c.graphqlRequest(t, namesOfPeople, nil)
		req.Header["x-api-key"] = []string{"odd/verysecret"} // not in the form of net/http
		if _, err := c.do(req); err != nil {
			t.Fatal(err)
		}
		requests := c.Requests()
		for _, r := range requests {
			if got := r.Header.Get("X-Api-Key"); got != "…" {
				t.Errorf("got the header %q, want …", got)
			}
		}
		all := fmt.Sprintf("%+v %s %+v", requests, log.String(), c.Landscape())
		_, secret, _ := strings.Cut(string(created), "/")
		_, first, _ := strings.Cut(string(c.APIKey()), "/")
		for _, s := range []string{secret, first, "verysecret"} {
			if strings.Contains(all, s) {
				t.Errorf("the requests, the log or the landscape contain %s", s)
			}
		}
	})
}

func TestTokenOpensNoGraphQL(t *testing.T) {
	c := inProcess(t).login(t)
	req := c.graphqlRequest(t, namesOfPeople, nil)
	req.Header.Del("X-Api-Key")
	req.Header.Set("Authorization", "Bearer "+c.token)
	if r, err := c.do(req); err != nil || r.status != http.StatusUnauthorized {
		t.Errorf("got %d, %v, want 401", r.status, err)
	}
}
