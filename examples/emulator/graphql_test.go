package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/examples/internal/organisation"
)

// exported returns the value of a variable that the program prints an export of.
func exported(t *testing.T, out, name string) string {
	t.Helper()
	_, rest, ok := strings.Cut(out, "export "+name+"=")
	if !ok {
		t.Fatalf("%s is not exported: %s", name, out)
	}
	value, _, _ := strings.Cut(rest, "\n")
	return value
}

// wantNames fails the test unless a response has the names of all accounts.
func wantNames(t *testing.T, response string) {
	t.Helper()
	var body struct {
		Data struct {
			AccountsV2 struct{ Accounts []struct{ Name string } }
		}
	}
	if err := json.Unmarshal([]byte(response), &body); err != nil {
		t.Fatalf("%v in %s", err, response)
	}
	var got, want []string
	for _, a := range body.Data.AccountsV2.Accounts {
		got = append(got, a.Name)
	}
	for _, a := range organisation.Landscape().Accounts {
		want = append(want, a.Name)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The call of Klarity's documentation works, with the address and the key exchanged.
func TestCurlAsDocumented(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl is not installed")
	}
	jobtest.Environment(t, nil)
	out, _, stop := start(t, "-addr", "127.0.0.1:0")
	defer stop()
	url, key := exported(t, out.String(), "KLARITY_GRAPHQL_URL"), exported(t, out.String(), "KLARITY_API_KEY")
	curl := func(key string) string {
		body, err := exec.Command("curl", "-sS", "-X", "POST", url, "-H", "x-api-key: "+key, "-H", "content-type: application/json",
			"-d", `{"query": "query exampleQuery {accountsV2(limit: 100, page: 0) {accounts {name}}}"}`).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	wantNames(t, curl(key))
	if got := curl(key + "x"); !strings.Contains(got, "UnauthorizedException") {
		t.Errorf("with another key: got %s, want it refused", got)
	}
}

// So does a program in Python that is like the one of the documentation, but for the
// library: it has only those that come with Python.
func TestPythonAsDocumented(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("python3 is not installed")
	}
	for name, fromEnv := range map[string]bool{"generated key": false, "key of the shell": true} {
		t.Run(name, func(t *testing.T) {
			jobtest.Environment(t, nil)
			key := "my-key/s3cret"
			if fromEnv {
				t.Setenv("KLARITY_API_KEY", key)
			}
			out, _, stop := start(t, "-addr", "127.0.0.1:0")
			defer stop()
			if !fromEnv {
				key = exported(t, out.String(), "KLARITY_API_KEY")
			}
			t.Setenv("KLARITY_GRAPHQL_URL", exported(t, out.String(), "KLARITY_GRAPHQL_URL"))

			t.Setenv("KLARITY_API_KEY", key)
			response, err := exec.Command("python3", "testdata/query.py").CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, response)
			}
			wantNames(t, string(response))

			t.Setenv("KLARITY_API_KEY", "wrong/key")
			response, err = exec.Command("python3", "testdata/query.py").CombinedOutput()
			if err == nil || !strings.Contains(string(response), "HTTPException: {") || !strings.Contains(string(response), "UnauthorizedException") {
				t.Errorf("with a wrong key: got %v, %s, want an HTTPException with the errors", err, response)
			}
		})
	}
}
