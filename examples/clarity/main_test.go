package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/claritytest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// setEnvironment sets the variables of both services to those of the servers, or to none where one
// is nil.
func setEnvironment(t *testing.T, k *apitest.Server, c *claritytest.Server) {
	t.Helper()
	jobtest.Environment(t, k)
	env := map[string]string{clarity.EnvAPIKey: "", clarity.EnvOrg: "", clarity.EnvAPIURL: ""}
	if c != nil {
		env[clarity.EnvAPIKey], env[clarity.EnvOrg], env[clarity.EnvAPIURL] = c.Key, claritytest.Org, c.URL
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
}

// servers starts a server for each of the two services and sets the environment to them.
func servers(t *testing.T) (*apitest.Server, *claritytest.Server) {
	t.Helper()
	k, c := apitest.NewServer(t), claritytest.NewServer(t, claritytest.Documented)
	setEnvironment(t, k, c)
	return k, c
}

// runClarity runs the program, with little patience, and checks that it does not show the key.
func runClarity(t *testing.T, args ...string) jobtest.Result {
	t.Helper()
	result := jobtest.Run(t, run, "", append([]string{"-clarity-patience", "300ms"}, args...)...)
	if key := os.Getenv(clarity.EnvAPIKey); key != "" && strings.Contains(result.Out+result.Err, key) {
		t.Errorf("the output shows the key:\n%s%s", result.Out, result.Err)
	}
	return result
}

// calls are the calls that the server got, in order.
func calls(c *claritytest.Server) (calls []string) {
	for _, r := range c.Requests() {
		calls = append(calls, r.Call)
	}
	return calls
}

// sent are the records and enrichments that the API got in requests that it accepted, as JSON, by
// ID or nid. It fails the test if one was sent twice.
func sent(t *testing.T, k *apitest.Server) map[string]string {
	t.Helper()
	found := map[string]string{}
	add := func(id string, raw json.RawMessage) {
		if _, ok := found[id]; ok {
			t.Errorf("%s was sent twice", id)
		}
		found[id] = string(raw)
	}
	for _, r := range k.Requests() {
		var body struct{ Records, Enrichments []json.RawMessage }
		if r.Status != 202 {
			continue
		}
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatalf("the body of a request: %v", err)
		}
		for _, raw := range body.Records {
			var record struct{ ID string }
			if err := json.Unmarshal(raw, &record); err != nil {
				t.Fatal(err)
			}
			add(record.ID, raw)
		}
		for _, raw := range body.Enrichments {
			var e struct{ Record struct{ NID string } }
			if err := json.Unmarshal(raw, &e); err != nil {
				t.Fatal(err)
			}
			add(e.Record.NID, raw)
		}
	}
	return found
}

// metadata is the metadata of a record that was sent.
func metadata(t *testing.T, raw string) map[string]any {
	t.Helper()
	var record struct{ Metadata map[string]any }
	if err := json.Unmarshal([]byte(raw), &record); err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	return record.Metadata
}

// sameJSON fails the test unless the two texts are the same JSON.
func sameJSON(t *testing.T, what, got, want string) {
	t.Helper()
	tidy := func(text string) string {
		var v any
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatalf("%s: %v in %q", what, err, text)
		}
		b, err := json.MarshalIndent(v, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		return string(bytes.TrimSpace(b))
	}
	if got, want := tidy(got), tidy(want); got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", what, got, want)
	}
}

// The README's first command.
func TestWithNothingSet(t *testing.T) {
	setEnvironment(t, nil, nil)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	result := runClarity(t, "-report", report)
	result.Want(t, 0, []string{
		"No credentials are set: this runs on an emulator", "The devices are made up", "Reading the devices of the Org harbourAB12",
		"datasources       40", "nodes             39", "Uploading 40 datasources of the Org harbourAB12",
		"accepted       40", "clarity/node                 39", "clarity/reference-site        1", "All records were accepted.",
	}, nil)
	if result.Err != "" {
		t.Errorf("got errors: %s", result.Err)
	}
	lines := jobtest.Report(t, report, 40)
	if lines[0].ID == "" || lines[0].Type != "clarity/node" {
		t.Errorf("got %+v, want a node", lines[0])
	}
}

func TestServersOfTheEnvironment(t *testing.T) {
	k, c := servers(t)
	result := runClarity(t)
	result.Want(t, 0, []string{"from " + c.URL, "Uploading 40 datasources of the Org harbourAB12 to " + k.URL, "1 request, 0 retries"}, nil)
	for _, text := range []string{"emulator", "made up"} {
		if strings.Contains(result.Out+result.Err, text) {
			t.Errorf("the output mentions %q", text)
		}
	}
	if n := len(sent(t, k)); n != 40 || k.Len() != 40 {
		t.Errorf("got %d records sent and %d in the estate, want 40", n, k.Len())
	}
}

// What is not needed is not asked for, and nothing is asked for twice.
func TestCallsOfARun(t *testing.T) {
	nids := jobtest.File(t, "nids.csv", "id,nid\n")
	inventory := []string{clarity.CallDatasources, clarity.CallNodes, clarity.CallSubscriptions}
	status := append(slices.Clone(inventory), clarity.CallStatus, clarity.CallMeasurements)
	for _, test := range []struct {
		args []string
		want []string
	}{
		{nil, inventory},
		{[]string{"-nodes"}, inventory},
		{[]string{"-dry-run"}, inventory},
		{[]string{"-status-metadata"}, status},
		{[]string{"-nids", nids}, status},
		{[]string{"-nids", nids, "-status-metadata", "-accessories", "-nodes"}, append(slices.Clone(status), clarity.CallAccessories)},
	} {
		t.Run(fmt.Sprint(test.args), func(t *testing.T) {
			_, c := servers(t)
			runClarity(t, test.args...).Want(t, 0, nil, nil)
			if got := calls(c); !slices.Equal(got, test.want) {
				t.Errorf("got the calls %q, want %q", got, test.want)
			}
		})
	}
}

// Both forms of the responses make the same records.
func TestBothFormsMakeTheSameRecords(t *testing.T) {
	var records []map[string]string
	for _, form := range []claritytest.Form{claritytest.Documented, claritytest.Alternative} {
		k, c := apitest.NewServer(t), claritytest.NewServer(t, form)
		setEnvironment(t, k, c)
		runClarity(t, "-nodes", "-accessories").Want(t, 0, []string{"accepted       46"}, nil)
		records = append(records, sent(t, k))
	}
	end := regexp.MustCompile(`"subscription_end":"[^"]*"`) // moves with the day
	for id, documented := range records[0] {
		sameJSON(t, id, end.ReplaceAllString(records[1][id], `"subscription_end":""`), end.ReplaceAllString(documented, `"subscription_end":""`))
	}
}

func TestDryRun(t *testing.T) {
	c := claritytest.NewServer(t, claritytest.Documented)
	setEnvironment(t, nil, c)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	runClarity(t, "-dry-run", "-report", report).Want(t, 0, []string{"Checking 40 datasources", "valid         40", "Nothing was sent.", "All records are valid."}, nil)
	if n := jobtest.Count(jobtest.Report(t, report, 40), "valid"); n != 40 {
		t.Errorf("the report has %d valid records, want 40", n)
	}
	c.ReplaceBody(clarity.CallDatasources, `[{"datasourceId":"D1","orgAnnotations":{"name":"`+strings.Repeat("n", 300)+`"}},{"datasourceId":"D2"}]`)
	runClarity(t, "-dry-run").Want(t, 1, []string{"invalid        1", "1 of 2 records is not valid"},
		[]string{`record 1, type "clarity/node" id "D1": invalid`, "255 characters"})
}

func TestQuiet(t *testing.T) {
	servers(t)
	if result := runClarity(t, "-quiet"); result != (jobtest.Result{}) {
		t.Errorf("got %+v, want status 0 and no output", result)
	}
	setEnvironment(t, nil, nil)
	if result := runClarity(t, "-quiet", "-fake"); result != (jobtest.Result{}) {
		t.Errorf("got %+v, want status 0 and no output", result)
	}
}

func TestHelp(t *testing.T) {
	result := jobtest.Run(t, run, "", "-h")
	result.Want(t, 0, []string{"go run ./examples/clarity", "-status-metadata", "CLARITY_API_KEY, CLARITY_ORG", "KLARITY_CLIENT_ID", "Exit status"}, nil)
	if result.Err != "" || strings.Contains(result.Out, "-file") {
		t.Errorf("got errors %q, or -file in the help", result.Err)
	}
}

func TestIDPrefix(t *testing.T) {
	k, _ := servers(t)
	runClarity(t, "-id-prefix", "harbour/", "-nodes", "-accessories").Want(t, 0, nil, nil)
	for id := range sent(t, k) {
		if !strings.HasPrefix(id, "harbour/") {
			t.Errorf("got the ID %q, want the prefix", id)
		}
	}
}
