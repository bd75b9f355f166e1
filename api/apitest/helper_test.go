package apitest_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

// A testClient calls an emulator with net/http, without the SDK.
type testClient struct {
	*apitest.Emulator
	client            *http.Client
	baseURL, tokenURL string
	token             string
}

// inProcess returns a client whose requests go through RoundTrip.
func inProcess(t testing.TB, opts ...apitest.Option) *testClient {
	t.Helper()
	e := apitest.New(opts...)
	return &testClient{Emulator: e, client: &http.Client{Transport: e}, baseURL: apitest.BaseURL, tokenURL: apitest.TokenURL}
}

// overLoopback returns a client whose requests go over TCP.
func overLoopback(t testing.TB, opts ...apitest.Option) *testClient {
	t.Helper()
	transport := &http.Transport{}
	s := apitest.NewServer(t, opts...)
	t.Cleanup(transport.CloseIdleConnections)
	return &testClient{Emulator: s.Emulator, client: &http.Client{Transport: transport}, baseURL: s.URL, tokenURL: s.TokenURL}
}

// overBothTransports runs a test in process and over loopback.
func overBothTransports(t *testing.T, test func(t *testing.T, start func(...apitest.Option) *testClient)) {
	t.Run("in process", func(t *testing.T) {
		test(t, func(opts ...apitest.Option) *testClient { return inProcess(t, opts...) })
	})
	t.Run("over loopback", func(t *testing.T) {
		test(t, func(opts ...apitest.Option) *testClient { return overLoopback(t, opts...) })
	})
}

type response struct {
	status int
	header http.Header
	body   string
}

// message returns the error or the message in the body.
func (r response) message(t testing.TB) string {
	t.Helper()
	var body struct{ Error, Message string }
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Fatalf("response %d %q: %v", r.status, r.body, err)
	}
	return body.Error + body.Message
}

func (c *testClient) do(req *http.Request) (response, error) {
	resp, err := c.client.Do(req)
	if err != nil {
		return response{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return response{resp.StatusCode, resp.Header, string(body)}, err
}

func (c *testClient) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, c.baseURL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	return req
}

// call sends a request to the API with the client's token.
func (c *testClient) call(t *testing.T, method, path, body string) response {
	t.Helper()
	r, err := c.do(c.request(t, method, path, body))
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (c *testClient) upsert(t *testing.T, records string) response {
	t.Helper()
	return c.call(t, http.MethodPost, "/v1/estateRecords", `{"records":`+records+`}`)
}

// mustUpsert upserts records and expects a 202.
func (c *testClient) mustUpsert(t *testing.T, records string) {
	t.Helper()
	if r := c.upsert(t, records); r.status != http.StatusAccepted {
		t.Fatalf("upsert %.200s: got %d %s, want 202", records, r.status, r.body)
	}
}

func (c *testClient) requestToken(t testing.TB, contentType, body string) response {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.tokenURL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", contentType)
	r, err := c.do(req)
	if err != nil {
		t.Fatalf("request a token: %v", err)
	}
	return r
}

func tokenRequest(id, secret, audience string) string {
	return fmt.Sprintf(`{"client_id":%q,"client_secret":%q,"audience":%q,"grant_type":"client_credentials"}`, id, secret, audience)
}

// login gets a token and uses it for all later calls.
func (c *testClient) login(t testing.TB) *testClient {
	t.Helper()
	creds := c.Credentials()
	r := c.requestToken(t, "application/json", tokenRequest(creds.ClientID, creds.ClientSecret, apitest.DefaultAudience))
	var body struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil || r.status != http.StatusOK || body.AccessToken == "" {
		t.Fatalf("token: got %d %s (%v), want 200 and an access_token", r.status, r.body, err)
	}
	c.token = body.AccessToken
	return c
}

// graphqlRequest returns a request of GraphQL with the emulator's key. Variables may be nil.
func (c *testClient) graphqlRequest(t testing.TB, query string, variables map[string]any) *http.Request {
	t.Helper()
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.baseURL+"/graphql", strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Api-Key", string(c.APIKey()))
	return req
}

func (c *testClient) graphql(t testing.TB, query string, variables map[string]any) response {
	t.Helper()
	r, err := c.do(c.graphqlRequest(t, query, variables))
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return r
}

// mustGraphQL expects a 200 without errors, and returns the data.
func (c *testClient) mustGraphQL(t testing.TB, query string, variables map[string]any) string {
	t.Helper()
	r := c.graphql(t, query, variables)
	var body struct {
		Data   json.RawMessage
		Errors []any
	}
	if err := json.Unmarshal([]byte(r.body), &body); err != nil || r.status != http.StatusOK || body.Errors != nil {
		t.Fatalf("%s: got %d %s (%v), want 200 without errors", query, r.status, r.body, err)
	}
	return string(body.Data)
}
