package graphql_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"unicode"
	"unicode/utf8"

	"github.com/klarity-go/klarity/api/graphql"
)

// line verifies that a text is fit for one line of a log, and does not show the secret.
func line(t *testing.T, what, text string) {
	t.Helper()
	secretsIn(t, what, text)
	if len(text) > 2000 {
		t.Errorf("%s has %d bytes", what, len(text))
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("%s is not a line that can be printed: %q", what, text)
	}
}

// Whatever the API responds with, Do returns: nil for a 200 with data and without errors, and
// an error with the status otherwise. Where header and body have the mark KEY, the response
// repeats the key.
func FuzzResponse(f *testing.F) {
	for _, seed := range []struct {
		status       int
		header, body string
	}{
		{200, "", `{"data":{"name":"a","n":1}}`},
		{200, "X-Request-Id: KEY\nRetry-After: 1\n", `{"data":{"n":"KEY"},"errors":[{"message":"KEY","path":["KEY",1],"errorType":"KEY","extensions":{"KEY":["KEY"]},"locations":[{"line":1,"column":2}]}]}`},
		{200, "", `{"errors":["KEY",7,null,{"message":["KEY"]},{"path":"KEY","extensions":7}]}`},
		{200, "", `{"errors":{"KEY":"KEY"}}`},
		{200, "", `{"data":null,"errors":[]}`},
		{200, "Content-Encoding: gzip\n", "<html><title>KEY</title>"},
		{307, "Location: https://KEY/\n", "KEY"},
		{400, "", `{"error":{"message":"KEY"}}`},
		{401, "", `{"message":"KE\u0059"}`},
		{429, "Retry-After: 99999999999999999999\n", ""},
		{503, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\n", "\x00\xff"},
		{0, "", `{"data":`},
	} {
		f.Add(seed.status, seed.header, seed.body)
	}
	f.Fuzz(func(t *testing.T, status int, header, body string) {
		if status < 100 || status > 999 {
			status = 100 + int(uint(status)%900)
		}
		quoted, _ := json.Marshal(string(testKey))
		inBody := string(testKey)
		if json.Valid([]byte(body)) {
			inBody = string(quoted[1 : len(quoted)-1])
		}
		header, body = strings.ReplaceAll(header, "KEY", string(testKey)), strings.ReplaceAll(body, "KEY", inBody)
		synctest.Test(t, func(t *testing.T) {
			s := &script{response: func(*sent) (*http.Response, error) {
				resp := respond(status, body)
				for field := range strings.Lines(header) {
					name, value, _ := strings.Cut(strings.TrimSuffix(field, "\n"), ":")
					resp.Header.Add(name, strings.TrimPrefix(value, " "))
				}
				return resp, nil
			}}
			c := newClient(t, s, graphql.WithRetry(graphql.RetryPolicy{MaxAttempts: 2}))
			for _, document := range []string{query, mutation} {
				var out struct {
					Name string
					N    int
				}
				err := c.Do(t.Context(), document, nil, &out)
				if err == nil {
					if status != 200 {
						t.Errorf("no error with %d", status)
					}
					continue
				}
				var e *graphql.Error
				if !errors.As(err, &e) || e.StatusCode != status {
					t.Fatalf("got %v, want an error with the status %d", err, status)
				}
				line(t, "the error", err.Error())
				line(t, "the message", e.Message)
				line(t, "the request id", e.RequestID)
				secretsIn(t, "the body", string(e.Body))
				secretsIn(t, "the error in Go", fmt.Sprintf("%#v %+v", e, e.Errors))
				j, err := json.Marshal(e)
				if err != nil {
					t.Errorf("the error does not marshal: %v", err)
				}
				secretsIn(t, "the error in JSON", string(j))
				for _, r := range e.Errors {
					line(t, "an error of the response", r.String())
				}
			}
		})
	})
}
