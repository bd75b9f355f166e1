package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
	"github.com/klarity-go/klarity/models"
)

func TestDryRunSendsNothing(t *testing.T) {
	k, _, f := servers(t, nil)
	report := filepath.Join(t.TempDir(), "report.jsonl")
	runVsphere(t, "-dry-run", "-report", report).Want(t, 0, []string{"valid         26", "All records are valid."}, nil)
	if lines := jobtest.Report(t, report, total); jobtest.Count(lines, "valid") != total {
		t.Errorf("got %d valid records in the report, want %d", jobtest.Count(lines, "valid"), total)
	}
	if n := len(k.Requests()); n != 0 {
		t.Errorf("got %d requests to Klarity, want none", n)
	}
	if f.Count("Login") != 1 || f.Count("Logout") != 1 {
		t.Errorf("got the calls %q, want a login and a logout", f.Calls())
	}
}

// A quiet job prints nothing, if nothing is wrong, but does all of its work.
func TestQuietJobIsQuiet(t *testing.T) {
	k, _, _ := servers(t, nil)
	result := runVsphere(t, "-quiet", "-cost", "prices.csv")
	result.Want(t, 0, nil, nil)
	if result.Out+result.Err != "" {
		t.Errorf("got the output %q and the errors %q, want none", result.Out, result.Err)
	}
	if k.Len() != total {
		t.Errorf("the estate has %d records, want %d", k.Len(), total)
	}
}

// What Klarity refuses is in the file of -failed, as a record that can be sent again.
func TestFailedRecordsCanBeSentAgain(t *testing.T) {
	k, v, _ := servers(t, nil)
	refused := machineNamed(t, v, "web-1").Config.InstanceUuid
	k.Intercept(func(r *apitest.Request) *apitest.Fault {
		if strings.Contains(string(r.Body), refused) {
			return &apitest.Fault{Status: http.StatusBadRequest, Body: `{"error":"not this one"}`}
		}
		return nil
	})
	dir := t.TempDir()
	failed, report := filepath.Join(dir, "failed.jsonl"), filepath.Join(dir, "report.jsonl")
	runVsphere(t, "-failed", failed, "-report", report).Want(t, 1, []string{"accepted       25", "1 of 26 records was not accepted"}, []string{"not this one"})
	text, err := os.ReadFile(failed)
	if err != nil {
		t.Fatal(err)
	}
	var record models.EstateRecord
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	if record.ID != refused || record.Name != "web-1" || record.Metadata["folder"] != "/DC0/vm" {
		t.Errorf("got the record %s, want that of web-1", text)
	}
	if err := api.CheckRecord(&record, models.InsertInPeriodCurrent); err != nil {
		t.Error(err)
	}
	for _, line := range jobtest.Report(t, report, total) {
		if want := map[bool]string{true: "rejected", false: "accepted"}[line.ID == refused]; line.Outcome != want {
			t.Errorf("%s: got the outcome %s, want %s", line.ID, line.Outcome, want)
		}
	}
}

// A wrong configuration sends nothing, asks vCenter nothing, and is told.
func TestWrongUsage(t *testing.T) {
	prices := jobtest.File(t, "prices.csv", "unit,currency,price\nvcpu,EUR,1\n")
	whole := jobtest.File(t, "whole.csv", "unit,currency,price\nvcpu,EUR,1\ngb,EUR,1\ntb,EUR,1\n")
	for name, test := range map[string]struct {
		env  map[string]string
		args []string
		want string
	}{
		"half of vCenter":      {map[string]string{"GOVC_URL": ""}, nil, "GOVC_URL is not set"},
		"no password":          {map[string]string{"GOVC_PASSWORD": ""}, nil, "GOVC_PASSWORD is not set"},
		"no Klarity":           {map[string]string{"KLARITY_CLIENT_ID": "", "KLARITY_CLIENT_SECRET": ""}, nil, "nothing would reach Klarity"},
		"checks turned off":    {map[string]string{"GOVC_INSECURE": "1"}, nil, "GOVC_INSECURE is not supported"},
		"an unknown authority": {map[string]string{"GOVC_TLS_CA_CERTS": "/no/such/file"}, nil, "GOVC_TLS_CA_CERTS names /no/such/file"},
		"simulated and real":   {nil, []string{"-simulate", "20"}, "-simulate and GOVC_URL exclude each other"},
		"simulated nothing":    {map[string]string{"GOVC_URL": "", "GOVC_USERNAME": "", "GOVC_PASSWORD": ""}, []string{"-simulate", "1"}, "-simulate is 1, must be from 10 to 100000"},
		"today without prices": {nil, []string{"-today"}, "-today is about the prices of -cost"},
		"no price sheet":       {nil, []string{"-cost", "/no/such/file"}, "-cost /no/such/file: no such file"},
		"half a price sheet":   {nil, []string{"-cost", prices}, "the unit gb has no price"},
		"the sheet is written": {nil, []string{"-cost", whole, "-report", whole}, "is a file that is read"},
		"an argument":          {nil, []string{"file.csv"}, `unexpected argument "file.csv"`},
	} {
		t.Run(name, func(t *testing.T) {
			k, _, f := servers(t, nil)
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			runVsphere(t, test.args...).Want(t, 2, nil, []string{test.want})
			if len(jobtest.Sent(k)) != 0 || len(f.Calls()) != 0 {
				t.Errorf("got %d requests to Klarity and %d to vCenter, want none", len(jobtest.Sent(k)), len(f.Calls()))
			}
		})
	}
}

// What vCenter does not have is a wrong usage, too, and nothing is sent.
func TestConfigurationThatVCenterDoesNotKnow(t *testing.T) {
	for name, test := range map[string]struct {
		datacenter string
		args       []string
		want       string
	}{
		"a datacenter": {"DC9", nil, `GOVC_DATACENTER is "DC9", and there is no such datacenter: the user sees /DC0`},
		"an attribute": {"", []string{"-tag-attributes", "Owner,Nobody"}, `there is no custom attribute "Nobody"`},
	} {
		t.Run(name, func(t *testing.T) {
			k, _, f := servers(t, nil)
			t.Setenv(inventory.EnvDatacenter, test.datacenter)
			runVsphere(t, test.args...).Want(t, 2, nil, []string{test.want})
			if n := len(jobtest.Sent(k)); n != 0 {
				t.Errorf("got %d requests to Klarity, want none", n)
			}
			if f.Count("Logout") != 1 {
				t.Error("the session stays open")
			}
		})
	}
}

// A vCenter that cannot be read sends nothing, and the report of the last run stays.
func TestVCenterThatCannotBeRead(t *testing.T) {
	for name, test := range map[string]struct {
		env  map[string]string
		hook func(*simulated.Call) bool
		want []string
	}{
		"a wrong password":          {env: map[string]string{"GOVC_PASSWORD": "wrong-4711"}, want: []string{"refuses the user", "GOVC_PASSWORD"}},
		"an untrusted certificate":  {env: map[string]string{"GOVC_TLS_CA_CERTS": ""}, want: []string{"is not trusted", "GOVC_TLS_CA_CERTS", "GOVC_TLS_KNOWN_HOSTS"}},
		"a port where nobody is":    {env: map[string]string{"GOVC_URL": "https://127.0.0.1:1"}, want: []string{"cannot be reached", "connection refused"}},
		"a web page":                {hook: func(c *simulated.Call) bool { fmt.Fprint(c.Writer, "<html><p>Sign in</html>"); return true }, want: []string{"is no vCenter"}},
		"a fault in the first page": {hook: func(c *simulated.Call) bool { return c.Name == "CreateContainerView" && forbidden(c) }, want: []string{"status 403"}},
	} {
		t.Run(name, func(t *testing.T) {
			k, _, _ := servers(t, test.hook)
			for name, value := range test.env {
				t.Setenv(name, value)
			}
			report := jobtest.File(t, "report.jsonl", "the last one\n")
			runVsphere(t, "-report", report).Want(t, 1, nil, test.want)
			if n := len(jobtest.Sent(k)); n != 0 {
				t.Errorf("got %d requests to Klarity, want none", n)
			}
			if text, err := os.ReadFile(report); err != nil || string(text) != "the last one\n" {
				t.Errorf("got the report %q and the error %v, want that of the last run", text, err)
			}
		})
	}
}

func forbidden(c *simulated.Call) bool {
	c.Writer.WriteHeader(http.StatusForbidden)
	return true
}

// When the reading breaks off, what came before is sent, and nothing looks complete; with -strict
// nothing is sent.
func TestReadingThatBreaksOff(t *testing.T) {
	hook := func(c *simulated.Call) bool {
		return c.Name == "RetrievePropertiesEx" && strings.Contains(c.Body, "config.instanceUuid") && forbidden(c)
	}
	for _, test := range []struct {
		args []string
		sent int
	}{{nil, 6}, {[]string{"-quiet"}, 6}, {[]string{"-strict"}, 0}, {[]string{"-dry-run"}, 0}} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			k, _, f := servers(t, hook)
			runVsphere(t, test.args...).Want(t, 1, nil, []string{"the rest was not read", "VirtualMachine", "status 403"})
			if k.Len() != test.sent {
				t.Errorf("the estate has %d records, want %d", k.Len(), test.sent)
			}
			if f.Count("Logout") != 1 || f.Count("DELETE session") != 1 {
				t.Error("a session stays open")
			}
		})
	}
}

// What is incomplete is told, also to a quiet job, and the exit status says so.
func TestGapsMakeTheExitStatus(t *testing.T) {
	hook := func(c *simulated.Call) bool { return c.Name == "POST session" && forbidden(c) }
	for _, args := range [][]string{nil, {"-quiet"}, {"-strict"}} {
		k, _, _ := servers(t, hook)
		runVsphere(t, args...).Want(t, 1, nil, []string{"vsphere: the tags are not known, so they are left as they are in Klarity"})
		if k.Len() != total {
			t.Errorf("%q: the estate has %d records, want %d", args, k.Len(), total)
		}
	}
}

// With -strict it is the second reading that counts: what the first one lacked is not told of it.
func TestGapsAreThoseOfTheReadingThatIsSent(t *testing.T) {
	k, _, _ := servers(t, func(c *simulated.Call) bool {
		return c.Name == "tag-association:list-attached-tags-on-objects" && c.Number == 1 && forbidden(c)
	})
	runVsphere(t, "-strict").Want(t, 0, []string{"All records were accepted."}, nil)
	if tags := find(t, k, "DC0_H0").Metadata["vsphere_tags"]; k.Len() != total || tags != nil {
		t.Errorf("the estate has %d records, want %d; a host has the tags %v", k.Len(), total, tags)
	}
}

// What is no fault is told, and the exit status is 0.
func TestNotesAreTold(t *testing.T) {
	k, v := ownServers(t)
	machineNamed(t, v, "app-1").Config.InstanceUuid = machineNamed(t, v, "web-1").Config.InstanceUuid
	runVsphere(t).Want(t, 0, []string{"With an instance UUID that an earlier one has, too"}, nil)
	if k.Len() != total {
		t.Errorf("the estate has %d records, want %d", k.Len(), total)
	}
}

// No record is sent twice in a run, also if a session ends in it, and also with -strict, which reads
// twice.
func TestNothingIsSentTwice(t *testing.T) {
	failed := false
	k, _, _ := servers(t, func(c *simulated.Call) bool {
		if failed || c.Name != "tag-association:list-attached-tags-on-objects" {
			return false
		}
		failed = true
		c.Writer.WriteHeader(http.StatusUnauthorized)
		return true
	})
	runVsphere(t, "-strict").Want(t, 0, nil, nil)
	seen := map[string]int{}
	for _, r := range jobtest.Sent(k) {
		var body struct{ Records []models.EstateRecord }
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Fatal(err)
		}
		for _, record := range body.Records {
			seen[record.Type+" "+record.ID]++
		}
	}
	if len(seen) != total {
		t.Errorf("got %d records, want %d", len(seen), total)
	}
	for key, n := range seen {
		if n != 1 {
			t.Errorf("%s was sent %d times", key, n)
		}
	}
}

// An interrupt while vCenter is asked ends the run soon, and closes the sessions.
func TestInterrupt(t *testing.T) {
	for _, call := range []string{"RetrieveServiceContent", "Login", "category", "CreateContainerView", "tag-association:list-attached-tags-on-objects"} {
		t.Run(call, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			k, _, f := servers(t, func(c *simulated.Call) bool {
				if c.Name != call {
					return false
				}
				cancel()
				<-c.Request.Context().Done()
				return true
			})
			result := jobtest.RunWith(ctx, run, nil)
			result.Want(t, 1, nil, []string{"canceled"})
			if n := len(jobtest.Sent(k)); n != 0 {
				t.Errorf("got %d requests to Klarity, want none", n)
			}
			calls := f.Calls()
			loggedIn := call != "RetrieveServiceContent" && call != "Login"
			if slices.Contains(calls, "Logout") != loggedIn {
				t.Errorf("got the calls %q, want a logout: %v", calls, loggedIn)
			}
		})
	}
}

// An interrupt while records are sent closes the sessions, too.
func TestInterruptWhileSending(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	k, _, f := servers(t, nil)
	k.Intercept(func(*apitest.Request) *apitest.Fault {
		cancel()
		return &apitest.Fault{Hang: true}
	})
	jobtest.RunWith(ctx, run, nil, "-grace", "10ms").Want(t, 1, nil, []string{"context canceled"})
	if f.Count("Logout") != 1 || f.Count("DELETE session") != 1 {
		t.Errorf("a session stays open: got the calls %q", f.Calls())
	}
}
