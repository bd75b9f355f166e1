package claritytest

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// ask makes a request with the server's key, or with the headers given instead.
func ask(t *testing.T, s *Server, call, query, body string, header ...string) (*http.Response, string) {
	t.Helper()
	method, path, _ := strings.Cut(call, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path+query, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("x-api-key", s.Key)
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // so that it is the test that asks for gzip
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(content)
}

func TestChecks(t *testing.T) {
	const (
		query = "POST /v2/recent-datasource-measurements-query"
		next  = "POST /v2/recent-datasource-measurements-continuation"
		org   = `"org":"harbourAB12",`
	)
	s := NewServer(t, Documented)
	for name, c := range map[string]struct {
		call, query, body string
		header            []string
		status            int
	}{
		"good":               {"GET /v2/datasources", "?org=harbourAB12", "", nil, 200},
		"no key":             {"GET /v2/datasources", "?org=harbourAB12", "", []string{"x-api-key", ""}, 401},
		"wrong key":          {"GET /v2/devices/nodes", "?org=harbourAB12", "", []string{"x-api-key", "x"}, 401},
		"no org":             {"GET /v2/devices/nodes", "", "", nil, 400},
		"another org":        {"GET /v2/subscriptions", "?org=otherZZ99", "", nil, 403},
		"retired version":    {"GET /v1/datasources", "?org=harbourAB12", "", nil, 404},
		"another method":     {"POST /v2/datasources", "?org=harbourAB12", "", nil, 404},
		"good query":         {query, "", `{` + org + `"allDatasources":true,"outputFrequency":"hour"}`, nil, 200},
		"ids":                {query, "", `{` + org + `"datasourceIds":["D1"],"outputFrequency":"hour"}`, nil, 200},
		"org of a query":     {query, "", `{"org":"otherZZ99","allDatasources":true,"outputFrequency":"hour"}`, nil, 403},
		"no frequency":       {query, "", `{` + org + `"allDatasources":true}`, nil, 400},
		"ids that are none":  {query, "", `{` + org + `"datasourceIds":"D1","outputFrequency":"hour"}`, nil, 400},
		"null ids":           {query, "", `{` + org + `"datasourceIds":null,"outputFrequency":"hour"}`, nil, 400},
		"neither":            {query, "", `{` + org + `"outputFrequency":"hour"}`, nil, 400},
		"both":               {query, "", `{` + org + `"allDatasources":true,"datasourceIds":[],"outputFrequency":"hour"}`, nil, 400},
		"start":              {query, "", `{` + org + `"allDatasources":true,"outputFrequency":"hour","startTime":"now"}`, nil, 400},
		"no JSON":            {query, "", `{`, nil, 400},
		"unknown token":      {next, "", `{` + org + `"continuationToken":"x"}`, nil, 400},
		"continuation's org": {next, "", `{"continuationToken":"x"}`, nil, 400},
		"continuation: JSON": {next, "", `x`, nil, 400},
	} {
		t.Run(name, func(t *testing.T) {
			if resp, body := ask(t, s, c.call, c.query, c.body, c.header...); resp.StatusCode != c.status {
				t.Errorf("got %d %s, want %d", resp.StatusCode, body, c.status)
			}
		})
	}
}

func TestGzipForWhoAcceptsIt(t *testing.T) {
	s := NewServer(t, Documented)
	resp, plain := ask(t, s, "GET /v2/devices/nodes", "?org="+Org, "")
	if resp.Header.Get("Content-Encoding") != "" || !json.Valid([]byte(plain)) {
		t.Errorf("got the encoding %q, want none and JSON", resp.Header.Get("Content-Encoding"))
	}
	resp, packed := ask(t, s, "GET /v2/devices/nodes", "?org="+Org, "", "Accept-Encoding", "gzip")
	if resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("got the encoding %q, want gzip", resp.Header.Get("Content-Encoding"))
	}
	r, err := gzip.NewReader(strings.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != plain {
		t.Errorf("got %d bytes, %v, want the %d of the response that is not packed", len(b), err, len(plain))
	}
}

// The two forms differ wherever the guide is ambiguous.
func TestForms(t *testing.T) {
	for call, first := range map[string][2]string{
		"GET /v2/datasources":                  {`{"datasources":[`, `[{`},
		"GET /v2/subscriptions":                {`{"subscribingOrg":`, `[{`},
		"GET /v2/devices/nodes":                {`[{`, `{"nodes":[`},
		"GET /v2/devices/nodes/status-summary": {`[{`, `{"nodes":[`},
		"GET /v2/devices/accessory-modules":    {`[{`, `{"accessoryModules":[`},
	} {
		for i, form := range []Form{Documented, Alternative} {
			_, body := ask(t, NewServer(t, form), call, "?org="+Org, "")
			if !strings.HasPrefix(body, first[i]) {
				t.Errorf("%s, %s: got %.40s, want %s", call, form, body, first[i])
			}
		}
	}
	for form, want := range map[Form][]string{
		Documented:  {`"metric":"pm2_5ConcMass1HourMean"`, `"qcAssessment":"valid"`, `"time":"`, `"locations":[`, `"request":{`},
		Alternative: {`"pm2_5ConcMass1HourMean":{`, `"qc":"valid"`, `"startOfPeriod":"`, `"endOfPeriod":"`},
	} {
		_, body := ask(t, NewServer(t, form), "POST /v2/recent-datasource-measurements-query", "",
			`{"org":"`+Org+`","allDatasources":true,"outputFrequency":"hour","metricSelect":"only pm2_5*","qcAssessment":true}`)
		for _, text := range want {
			if !strings.Contains(body, text) {
				t.Errorf("%s: got %.300s, want %s in it", form, body, text)
			}
		}
		if strings.Contains(body, "no2Conc") {
			t.Errorf("%s: got a metric that was not selected", form)
		}
	}
}

func TestFaultsThatCannotBe(t *testing.T) {
	for _, text := range []string{"", "nodes", "nodes:", "nodes:200", "nodes:99", "nodes:503x", "nodes:503x0", "nodes:oops", "nothing:503", "nodes:503,"} {
		if _, err := ParseFaults(text); err == nil {
			t.Errorf("%q: got no error, want one", text)
		}
	}
	faults, err := ParseFaults("nodes:503x2, status:html")
	if err != nil || len(faults) != 2 {
		t.Errorf("got %d faults, %v, want 2", len(faults), err)
	}
}

// The devices that the example's README promises.
func TestDevices(t *testing.T) {
	d := makeDevices()
	counts, ids := map[string]int{}, map[string]bool{}
	for _, ds := range d.datasources {
		ids[ds.id], ids[ds.subscription.id] = true, true
		counts[ds.subscription.kind]++
		if ds.reference {
			counts["reference"]++
		}
		if ds.source == "" {
			counts["stopped"]++
		}
		if len(ds.places) > 1 {
			counts["moved"]++
		}
	}
	for _, n := range d.nodes {
		ids[n.id] = true
		counts[n.stage]++
		if n.stage == "working" && n.health == "offline" {
			counts["offline"]++
		}
	}
	for name, want := range map[string]int{"reference": 1, "public": 1, "stopped": 1, "moved": 1, "shared": 1, "temporary": 1, "offline": 4, "purchased": 1, "decommissioned": 1, "working": 38} {
		if counts[name] != want {
			t.Errorf("%s: got %d, want %d", name, counts[name], want)
		}
	}
	if want := 2*total + len(d.nodes); len(ids) != want || total != 40 {
		t.Errorf("got %d IDs, want %d different ones", len(ids), want)
	}
}
