package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/claritytest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

func fail(t *testing.T, c *claritytest.Server, text string) {
	t.Helper()
	faults, err := claritytest.ParseFaults(text)
	if err != nil {
		t.Fatal(err)
	}
	c.Fail(faults)
}

// Without an optional part the inventory is uploaded all the same. The gap is told, and the exit
// status is 1. What is not known is not sent, neither as a value nor as null.
func TestOptionalFailures(t *testing.T) {
	for _, part := range []struct {
		name, call, want string
		absent           []string // from the metadata, or from the status in it
		records          int
	}{
		{"nodes", clarity.CallNodes, "the nodes are not known", []string{"model", "sku", "life_stage", "accessories"}, 44},
		{"subscriptions", clarity.CallSubscriptions, "the subscriptions are not known", []string{"subscription_type", "subscription_end", "shared_with", "status.subscription_days_remaining"}, 44},
		{"status", clarity.CallStatus, "the node states are not known", []string{"status.health", "status.battery_percent", "status.signal"}, 44},
		{"measurements", clarity.CallMeasurements, "the measurements are not known", []string{"status.pm25", "status.aqi", "status.qc"}, 44},
		{"accessories", clarity.CallAccessories, "the accessory modules are not known", nil, 40},
	} {
		for _, fault := range []string{"403", "401", "html", "half", "redirect", "503", "cut"} {
			t.Run(part.name+" "+fault, func(t *testing.T) {
				k, c := servers(t)
				fail(t, c, part.name+":"+fault)
				result := runClarity(t, "-status-metadata", "-accessories", "-clarity-patience", "200ms")
				result.Want(t, 1, []string{"failed", "what they are made of is incomplete, so the exit status is 1"}, []string{part.want, part.call})
				records := sent(t, k)
				if len(records) != part.records {
					t.Errorf("got %d records, want %d", len(records), part.records)
				}
				for id, raw := range records {
					if !strings.HasPrefix(id, "D") {
						continue // an accessory module
					}
					fields := metadata(t, raw)
					if status, ok := fields["status"].(map[string]any); ok {
						for key, value := range status {
							fields["status."+key] = value
						}
					}
					for _, name := range part.absent {
						if value, ok := fields[name]; ok {
							t.Fatalf("%s: got %s: %v, want nothing said about it", id, name, value)
						}
					}
				}
				n := 0
				for _, call := range calls(c) {
					if call == part.call {
						n++
					}
				}
				if retried := fault == "503" || fault == "cut"; n < 1 || retried == (n == 1) {
					t.Errorf("got %d requests, retried: %v", n, retried)
				}
			})
		}
	}
}

// Also when nothing of it is known, and in a quiet job.
func TestAllOptionalPartsFail(t *testing.T) {
	k, c := servers(t)
	fail(t, c, "nodes:403,subscriptions:404,status:html,measurements:400,accessories:half")
	result := runClarity(t, "-status-metadata", "-accessories", "-nodes", "-quiet")
	result.Want(t, 1, nil, []string{"nodes are not known", "subscriptions are not known", "node states are not known", "measurements are not known", "accessory modules are not known"})
	if records := sent(t, k); len(records) != 40 || result.Out != "" {
		t.Errorf("got %d records and the output %q, want 40 and none", len(records), result.Out)
	}
}

// Without the datasources nothing is sent.
func TestDatasourcesFail(t *testing.T) {
	for fault, want := range map[string]string{
		"401": "check that the key (CLARITY_API_KEY) is enabled", "403": "check the Org ID (CLARITY_ORG)",
		"500": "500 Internal Server Error", "html": "a page of HTML", "cut": "cut off", "half": "not JSON", "redirect": "redirects are not followed",
	} {
		t.Run(fault, func(t *testing.T) {
			k, c := servers(t)
			fail(t, c, "datasources:"+fault)
			report := filepath.Join(t.TempDir(), "report.jsonl")
			runClarity(t, "-report", report, "-clarity-patience", "200ms").Want(t, 1, nil, []string{"so nothing was sent", clarity.CallDatasources, want})
			if n := len(jobtest.Sent(k)); n != 0 {
				t.Errorf("got %d requests to Klarity, want none", n)
			}
			for _, call := range calls(c) {
				if call != clarity.CallDatasources {
					t.Errorf("got the call %s, want no other than the first", call)
				}
			}
			jobtest.Report(t, report, 0)
		})
	}
	for name, body := range map[string]string{"no list": `{"message":"hello"}`, "empty": `{"subscribingOrg":"x","datasources":[]}`, "null": "null", "errors": `{"errors":[{"code":17}]}`} {
		t.Run(name, func(t *testing.T) {
			k, c := servers(t)
			c.ReplaceBody(clarity.CallDatasources, body)
			runClarity(t, "-nodes").Want(t, 1, nil, []string{"nothing was sent"})
			if n := len(jobtest.Sent(k)); n != 0 {
				t.Errorf("got %d requests to Klarity, want none", n)
			}
		})
	}
}

func TestNobodyIsThere(t *testing.T) {
	k, c := servers(t)
	c.Close()
	runClarity(t).Want(t, 1, nil, []string{"so nothing was sent", "connection refused", "nothing has ever succeeded there; check CLARITY_API_URL"})
	if n := len(jobtest.Sent(k)); n != 0 {
		t.Errorf("got %d requests to Klarity, want none", n)
	}
}

// The server's own checks.
func TestKeyAndOrg(t *testing.T) {
	for name, want := range map[string]string{clarity.EnvAPIKey: "401 Unauthorized: Unauthorized user", clarity.EnvOrg: "403 Forbidden"} {
		t.Run(name, func(t *testing.T) {
			k, c := servers(t)
			t.Setenv(name, "something-else-entirely")
			runClarity(t).Want(t, 1, nil, []string{want})
			if got := calls(c); !slices.Equal(got, []string{clarity.CallDatasources}) || len(jobtest.Sent(k)) > 0 {
				t.Errorf("got the calls %q and %d requests to Klarity, want one call", got, len(jobtest.Sent(k)))
			}
		})
	}
}

// A retry is told, unless the run is quiet, and ends well.
func TestRetriesAreTold(t *testing.T) {
	_, c := servers(t)
	fail(t, c, "nodes:503x2")
	runClarity(t).Want(t, 0, []string{"accepted       40"}, []string{"GET /v2/devices/nodes: 503 Service Unavailable; trying again in"})
	fail(t, c, "nodes:503x1")
	if result := runClarity(t, "-quiet"); result != (jobtest.Result{}) {
		t.Errorf("got %+v, want status 0 and no output", result)
	}
}

// A request that Klarity failed is sent again; no record is accepted twice.
func TestNothingIsSentTwice(t *testing.T) {
	k, c := servers(t)
	k.Script(apitest.Status(503), apitest.Status(500))
	d := `{"datasourceId":"D1","currentSourceId":"A1"}`
	c.ReplaceBody(clarity.CallDatasources, `[`+d+`,`+d+`,{"datasourceId":"D2","currentSourceId":"A1"}]`)
	c.ReplaceBody(clarity.CallNodes, `[{"nodeId":"A1"},{"nodeId":"A1"},{"nodeId":"A2"}]`)
	runClarity(t, "-nodes").Want(t, 1, []string{"2 datasources, 1 node without one"}, []string{
		"of the datasources something was not understood and left out: 1 item with a datasourceId that came before",
		"of the nodes something was not understood and left out: 1 item with a nodeId that came before",
	})
	if records := sent(t, k); len(records) != 3 {
		t.Errorf("got %d records, want D1, D2 and A2", len(records))
	}
}

// What is odd in a list hides no device, and is told.
func TestOddItemsAreTold(t *testing.T) {
	k, c := servers(t)
	c.ReplaceBody(clarity.CallDatasources, `{"datasources":[{"datasourceId":"D1","orgAnnotations":"none"},{"name":"without an ID"},null]}`)
	c.ReplaceBody(clarity.CallSubscriptions, `[{"subscriptionId":"S1","daysRemaining":"many"}]`)
	runClarity(t).Want(t, 1, []string{"accepted        1"}, []string{
		"1 item whose orgAnnotations is a string; 2 items without a datasourceId", "1 item whose daysRemaining is a string",
	})
	if _, ok := sent(t, k)["D1"]; !ok {
		t.Error("D1 was not sent")
	}
}

// A server that repeats the key, in errors and in names, does not get it into the output, the
// report, or Klarity.
func TestKeyIsNotShown(t *testing.T) {
	k, c := servers(t)
	repeat := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(strings.ReplaceAll(body, "KEY", r.Header.Get("X-Api-Key"))))
		}
	}
	c.Replace(clarity.CallDatasources, repeat(200, `[{"datasourceId":"D1","orgAnnotations":{"name":"KEY","tags":["KEY"]}},{"datasourceId":"KEY","KEY":1}]`))
	c.Replace(clarity.CallNodes, repeat(403, `{"message":"KEY may not"}`))
	c.Replace(clarity.CallSubscriptions, repeat(500, "<title>KEY</title>"))
	report := filepath.Join(t.TempDir(), "report.jsonl")
	runClarity(t, "-report", report, "-clarity-patience", "200ms").Want(t, 1, nil, []string{"REDACTED may not"}) // checks the output
	b, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range map[string]string{"the report": string(b), "the estate": strings.Join(values(sent(t, k)), "\n")} {
		if strings.Contains(text, c.Key) || !strings.Contains(text, "REDACTED") {
			t.Errorf("%s shows the key, or nothing in its place: %s", what, text)
		}
	}
}

func values(m map[string]string) (list []string) {
	for _, v := range m {
		list = append(list, v)
	}
	return list
}
