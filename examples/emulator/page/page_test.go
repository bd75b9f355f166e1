package page

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-openapi/strfmt"
	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/organisation"
	"github.com/klarity-go/klarity/models"
)

// newEmulator returns an emulator with the page.
func newEmulator(t *testing.T, remote bool, opts ...apitest.Option) *apitest.Emulator {
	t.Helper()
	return apitest.New(append(opts, apitest.WithRoutes(Routes(remote)), apitest.WithLandscape(organisation.Landscape()))...)
}

func upsert(t *testing.T, e *apitest.Emulator, records ...*models.EstateRecord) {
	t.Helper()
	if _, err := e.Client().UpsertAll(t.Context(), records); err != nil {
		t.Fatal(err)
	}
}

// request sends a request as a browser on this machine would, changed by the functions.
func request(t *testing.T, e *apitest.Emulator, path string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, path, http.NoBody)
	r.Host = "127.0.0.1:8080"
	for _, c := range change {
		c(r)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

// see returns what a path shows.
func see(t *testing.T, e *apitest.Emulator, path string) string {
	t.Helper()
	w := request(t, e, path)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: got %d %s", path, w.Code, w.Body)
	}
	return w.Body.String()
}

// wantAll fails the test unless a text has all of the others.
func wantAll(t *testing.T, what, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("%s: there is no %q in it", what, want)
		}
	}
}

func readJSON[T any](t *testing.T, e *apitest.Emulator, path string) (v T) {
	t.Helper()
	w := request(t, e, path)
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("%s: got the Content-Type %s", path, got)
	}
	dec := json.NewDecoder(w.Body)
	if err := dec.Decode(&v); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return v
}

func may(n int) time.Time { return time.Date(2026, 5, n, 0, 0, 0, 0, time.UTC) }

// sample is a record with something of everything.
func sample(id string) *models.EstateRecord {
	return &models.EstateRecord{
		ID: id, Type: "onprem/vm", Name: "Web server " + id, Tags: api.Tags(map[string]string{"team": "web", "site": "B2", "a": "1", "b": "2", "c": "3"}),
		Metadata:     map[string]any{"cpus": 8, "site": map[string]any{"room": "B2.11"}, "disks": []any{"nvme0"}, "none": "", "on": true},
		ValidThrough: "2099-12",
		Costs: &models.Costs{Currency: "EUR", Values: []models.CostElement{
			api.Cost(may(1), "1234.5"), api.Cost(may(2), "0.25"), api.Cost(may(4), "0"),
		}},
	}
}

const paths = "/ /index.json /records /records.json /landscape /landscape.json /requests /requests.json /enrichments /enrichments.json /style.css /live.js /icon.svg"

// Every response tells a browser to run nothing but the page's own script, and to keep what
// it shows from others.
func TestHeaders(t *testing.T) {
	e := newEmulator(t, false)
	upsert(t, e, sample("1"))
	nid := "/records/" + e.Records()[0].NID
	for _, path := range append(strings.Fields(paths), nid, nid+".json", "/records/unknown") {
		h := request(t, e, path).Header()
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
			"Cross-Origin-Resource-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s: got %q, want %q", path, name, got, want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		wantAll(t, path, policy, "default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'", "script-src 'self'")
		if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") {
			t.Errorf("%s: got the policy %s, want a strict one", path, policy)
		}
		if h.Get("Content-Type") == "" {
			t.Errorf("%s: there is no Content-Type", path)
		}
	}
}

// A website whose name leads to this machine must not read the estate.
func TestHostIsChecked(t *testing.T) {
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	for _, test := range []struct {
		host string
		want int
	}{
		{"localhost", 200}, {"LOCALHOST:8080", 200}, {"127.0.0.1", 200}, {"127.9.9.9:80", 200}, {"[::1]:8080", 200}, {"[::1]", 200},
		{"evil.example", 421}, {"evil.example:8080", 421}, {"localhost.evil.example", 421}, {"127.0.0.1.evil.example", 421},
		{"10.0.0.1:8080", 421}, {"0.0.0.0:8080", 421}, {"", 421}, {"[::ffff:10.0.0.1]", 421}, {"localhost:1:2", 421},
	} {
		for _, path := range strings.Fields(paths) {
			if got := request(t, newEmulator(t, false), path, host(test.host)).Code; got != test.want {
				t.Errorf("%s with the Host %q: got %d, want %d", path, test.host, got, test.want)
			}
			if got := request(t, newEmulator(t, true), path, host(test.host)).Code; got != 200 {
				t.Errorf("%s with the Host %q and -remote: got %d, want 200", path, test.host, got)
			}
		}
	}
}

// Only GET and HEAD show anything; all else gets the emulator's own response, and is logged.
func TestOtherMethodsAreTheEmulators(t *testing.T) {
	e := newEmulator(t, false)
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS"} {
		for _, path := range strings.Fields(paths) {
			w := request(t, e, path, func(r *http.Request) { r.Method = method })
			if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "no such path") {
				t.Errorf("%s %s: got %d %s, want the emulator's 404", method, path, w.Code, w.Body)
			}
		}
	}
	n := e.RequestCount()
	for _, path := range strings.Fields(paths) {
		if w := request(t, e, path, func(r *http.Request) { r.Method = "HEAD" }); w.Code != 200 {
			t.Errorf("HEAD %s: got %d, want 200", path, w.Code)
		}
	}
	if e.RequestCount() != n {
		t.Error("looking at the page is in the log of requests")
	}
}

func TestOverview(t *testing.T) {
	e := newEmulator(t, false)
	wantAll(t, "empty", see(t, e, "/"), "No records yet.", "No requests yet.", "4 applications with 9 environments, 6 accounts and 3 people")
	var records []*models.EstateRecord
	for i := range 1234 {
		records = append(records, &models.EstateRecord{ID: fmt.Sprint(i), Type: "disk"})
	}
	upsert(t, e, append(records, sample("1"))...)
	enrich(t, e, e.Records()[0].NID)
	enrich(t, e, "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7")
	wantAll(t, "full", see(t, e, "/"), `>1,235</a>`, `href="/records?type=onprem%2Fvm">onprem/vm</a>`, `<td class="n">1,234</td>`,
		`<a href="/enrichments">1 enrichment</a>`, `<td class="n">235</td>`, `<span class="name">Upsert</span>`)

	got := readJSON[overviewData](t, e, "/index.json")
	if got.Records != 1235 || got.Enriched != 1 || got.Strays != 1 || got.Requests != e.RequestCount() || got.Landscape.Environments != 9 {
		t.Errorf("got %+v", got)
	}
	if want := (apitest.TypeCount{Type: "disk", Records: 1234, Enriched: 1}); len(got.Types) != 2 || got.Types[0] != want {
		t.Errorf("types: got %v, want %v first", got.Types, want)
	}
}

func enrich(t *testing.T, e *apitest.Emulator, nid string) {
	t.Helper()
	enrichment := &models.Enrichment{Record: models.EnrichedRecord{NID: strfmt.UUID(nid)}, Data: map[string]any{"backup": map[string]any{"state": "ok"}}}
	if _, err := e.Client().EnrichAll(t.Context(), []*models.Enrichment{enrichment}); err != nil {
		t.Fatal(err)
	}
}

func TestRecordsAreListedSearchedAndTurnedOver(t *testing.T) {
	e := newEmulator(t, false)
	wantAll(t, "empty", see(t, e, "/records"), "The estate is empty.")
	var records []*models.EstateRecord
	for i := range 120 {
		records = append(records, sample(fmt.Sprintf("vm-%03d", i)), &models.EstateRecord{ID: fmt.Sprintf("d-%03d", i), Type: "disk & tape"})
	}
	upsert(t, e, records...)
	for _, test := range []struct {
		path  string
		wants []string
		not   string
	}{
		{"/records", []string{"240 records", ">d-000</a>", ">d-049</a>", "1–50 of 240", `href="/records?page=2"`, `href="/records?page=5"`}, ">d-050</a>"},
		{"/records?page=2", []string{">d-050</a>", "51–100 of 240", `rel="first" href="/records"`, `href="/records?page=3"`}, ">d-049</a>"},
		{"/records?page=99", []string{"201–240 of 240", ">vm-119</a>"}, `rel="next"`},
		{"/records?page=-1", []string{"1–50 of 240"}, ""},
		{"/records?page=x", []string{"1–50 of 240"}, ""},
		{"/records?page=99999999999999999999", []string{"1–50 of 240"}, ""},
		{"/records?type=disk+%26+tape&page=3", []string{"120 records of 240 found.", "101–120 of 120", `<option value="disk &amp; tape" selected>`}, ">vm-000</a>"},
		{"/records?type=disk+%26+tape", []string{`href="/records?page=2&amp;type=disk`}, ""},
		{"/records?text=VM-00", []string{"10 records of 240 found.", `value="VM-00"`, "1,234.75 <abbr>EUR</abbr>", "<b>a</b> 1", "and 1 more tag"}, ">d-000</a>"},
		{"/records?text=nowhere", []string{"0 records of 240 found.", "No record is like that."}, "<table"},
		{"/records?type=gone", []string{"0 records of 240 found.", `<option value="gone" selected>`}, "<table"},
		{"/records?text=vm-007", []string{"1 record of 240 found.", ">Web server vm-007</span>"}, ""},
	} {
		page := see(t, e, test.path)
		wantAll(t, test.path, page, test.wants...)
		if test.not != "" && strings.Contains(page, test.not) {
			t.Errorf("%s: there is %q on the page", test.path, test.not)
		}
	}
	got := readJSON[recordsData](t, e, "/records.json?text=vm-1&page=1")
	if got.Total != 20 || got.Pages != 1 || len(got.Records) != 20 || got.Records[0].ID != "vm-100" || got.Records[0].Tags["team"] != "web" {
		t.Errorf("got %+v", got)
	}
	if got := readJSON[recordsData](t, e, "/records.json?text=nowhere"); got.Records == nil || len(got.Records) != 0 {
		t.Errorf("got %v, want an empty list", got.Records)
	}
}

func TestRecordIsShownWithAllThatIsKnown(t *testing.T) {
	e := newEmulator(t, false)
	upsert(t, e, sample("1"))
	nid := e.Records()[0].NID
	wantAll(t, "without enrichment", see(t, e, "/records/"+nid), "No enrichment.")
	enrich(t, e, nid)
	wantAll(t, "page", see(t, e, "/records/"+nid), "<h1>Web server 1</h1>", nid, "2099-12", time.Now().UTC().Format("2006-01"),
		`<th scope="row">team</th><td>web</td>`, `<th scope="row">cpus</th><td>8</td>`, `<th scope="row">site.room</th><td>B2.11</td>`,
		`<td class="code">[&#34;nvme0&#34;]</td>`, `<span class="muted">empty text</span>`, `<th scope="row">backup.state</th><td>ok</td>`,
		"1,234.75 EUR", "on 3 days", "1 May 2026", "4 May 2026", "<title>1 May 2026: 1,234.50 EUR</title>", `height="100.00"`,
		"Costs a day in EUR, 1 May 2026 to 4 May 2026: 3 days with a cost, 1,234.75 in all, at most 1,234.50 a day",
		`<th scope="row">2026-05-02</th><td class="n">0.25</td>`)
	want, _ := e.RecordByNID(nid)
	if got := readJSON[apitest.Record](t, e, "/records/"+nid+".json"); got.ID != "1" || len(got.Costs) != 3 || got.Enrichment == nil || got.NID != want.NID {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, path := range []string{"/records/unknown", "/records/" + nid[:35] + "x", "/records/%3Cscript%3E"} {
		w := request(t, e, path)
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "No such record") || strings.Contains(w.Body.String(), "<script>") {
			t.Errorf("%s: got %d %s, want a page that says so", path, w.Code, w.Body)
		}
	}
	if w := request(t, e, "/records/unknown.json"); w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), `"error"`) {
		t.Errorf("got %d %s, want an error as JSON", w.Code, w.Body)
	}
}

func TestEnrichmentsOfOtherRecords(t *testing.T) {
	e := newEmulator(t, false)
	wantAll(t, "none", see(t, e, "/enrichments"), "None.")
	enrich(t, e, "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7")
	wantAll(t, "one", see(t, e, "/enrichments"), "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7", "{&#34;backup&#34;:{&#34;state&#34;:&#34;ok&#34;}}")
	if got := readJSON[enrichmentsData](t, e, "/enrichments.json"); got.Total != 1 || len(got.Enrichments) != 1 || got.Enrichments[0].Data["backup"] == nil {
		t.Errorf("got %+v", got)
	}
}

func TestLandscape(t *testing.T) {
	e := newEmulator(t, false)
	client := e.GraphQLClient()
	application := e.Landscape().Applications[0].NID
	var made struct{ CreateAccessKey struct{ ID, Secret string } }
	err := client.Do(t.Context(), `mutation make($nid: ID!) {
		addEvent(input: {nid: $nid, title: "Moved", type: "INFO", content: "to another hall"})
		createAccessKey(input: {role: ADMIN, description: "for the test"}) { id secret }
	}`, map[string]any{"nid": application}, &made)
	if err != nil || made.CreateAccessKey.Secret == "" {
		t.Fatal(err, made)
	}
	page := see(t, e, "/landscape")
	wantAll(t, "landscape", page, "4 applications, 9 environments", "Web shop", "5,422.16", "Mira Aalto", "all of the account: shop-live",
		"6 accounts", "AWS", "111122223333", "−96.00", "3 people", "mira.aalto@garden.example", "application, app", "1 event", "Moved", "to another hall",
		"1 access key", "for the test", made.CreateAccessKey.ID)
	data := request(t, e, "/landscape.json").Body.String()
	for _, secret := range []string{made.CreateAccessKey.Secret, string(e.APIKey()), e.Credentials().ClientSecret} {
		if strings.Contains(page+data, secret) {
			t.Errorf("a secret is shown: %s", secret)
		}
	}
	if got := readJSON[apitest.Landscape](t, e, "/landscape.json"); len(got.Accounts) != 6 || len(got.Events) != 1 || len(got.Applications[0].Environments) != 3 {
		t.Errorf("got %+v", got)
	}
}

func TestRequestsAreShownWithTheirReasons(t *testing.T) {
	e := newEmulator(t, false)
	wantAll(t, "none", see(t, e, "/requests"), "No requests yet.")
	client := e.Client()
	for i := range 60 {
		upsert(t, e, sample(fmt.Sprint(i)))
	}
	post := func(path, body string) {
		request(t, e, path, func(r *http.Request) {
			r.Method, r.Body, r.ContentLength = "POST", io.NopCloser(strings.NewReader(body)), int64(len(body))
		})
	}
	post("/v1/estaterecords", "{}")
	e.Script(apitest.Status(429))
	if _, err := client.UpsertOnce(t.Context(), &models.UpsertRequest{Records: []*models.EstateRecord{sample("x")}}); err == nil {
		t.Fatal("got no error of a fault")
	}
	total := e.RequestCount()
	page := see(t, e, "/requests")
	wantAll(t, "requests", page, fmt.Sprintf("%d requests, the newest first", total), `<span class="bad">429</span>`, "a fault: Too Many Requests",
		"POST /v1/estaterecords", "no such path: /v1/estaterecords", `rel="next" href="/requests?page=2"`, `<span class="good">202</span>`)
	if strings.Index(page, "Too Many Requests") > strings.Index(page, "no such path") {
		t.Error("the newest request is not the first")
	}
	last := see(t, e, "/requests?page=99")
	wantAll(t, "last page", last, fmt.Sprintf("of %d", total), `data-key="0"`)

	got := readJSON[requestsData](t, e, "/requests.json")
	if got.Total != total || len(got.Requests) != perPage || got.Requests[0].Status != 429 || got.Requests[0].Reason != "a fault: Too Many Requests" || got.Requests[0].Index != total-1 {
		t.Errorf("got %d requests of %d, the first %+v", len(got.Requests), got.Total, got.Requests[0])
	}
	if text := request(t, e, "/requests.json").Body.String(); strings.Contains(text, "Web server") || strings.Contains(text, "Bearer") {
		t.Error("bodies or headers of requests are shown")
	}
}

// Records are hostile: what looks like HTML, an address or a template is shown as it is.
func TestHostileTextIsEscaped(t *testing.T) {
	const hostile = `"><script>alert(1)</script>'{{.}}<img src=x onerror=alert(2)>`
	e := newEmulator(t, false)
	upsert(t, e, &models.EstateRecord{
		ID: hostile, Type: hostile, Name: hostile, Tags: api.Tags(map[string]string{hostile: hostile}), Metadata: map[string]any{hostile: map[string]any{hostile: hostile}},
	})
	_ = e.GraphQLClient().Do(t.Context(), `mutation a($x: String!) { addPerson(input: {name: $x, email: $x}) { id } }`, map[string]any{"x": hostile}, nil)
	request(t, e, "/nowhere", func(r *http.Request) { r.URL.Path = "/" + hostile })
	query := "?text=%22%3E%3Cscript%3Ealert(1)&type=%22%3E%3Cscript%3E&page=%3Cscript%3E"
	for _, path := range append(strings.Fields(paths), "/records/"+e.Records()[0].NID, "/records/"+e.Records()[0].NID+".json", "/records"+query, "/requests"+query, "/records.json"+query) {
		text := request(t, e, path).Body.String()
		text = strings.Replace(text, `<script src="/live.js" defer></script>`, "", 1)
		for _, tag := range []string{"<script", "<img"} {
			if strings.Contains(text, tag) {
				t.Errorf("%s: there is %s of a record on the page", path, tag)
			}
		}
	}
	wantAll(t, "records", see(t, e, "/records"), "&lt;script&gt;alert(1)&lt;/script&gt;")
}

// Who has seen what is there gets nothing again, and always what is new.
func TestUnchangedPagesAreNotSentAgain(t *testing.T) {
	e := newEmulator(t, false)
	for _, path := range []string{"/", "/records", "/requests"} {
		tag := request(t, e, path).Header().Get("ETag")
		with := func(r *http.Request) { r.Header.Set("If-None-Match", tag) }
		if w := request(t, e, path, with); w.Code != http.StatusNotModified || w.Body.Len() != 0 {
			t.Errorf("%s: got %d with %d bytes, want 304", path, w.Code, w.Body.Len())
		}
		upsert(t, e, sample(path))
		if w := request(t, e, path, with); w.Code != http.StatusOK {
			t.Errorf("%s after an upsert: got %d, want 200", path, w.Code)
		}
		if w := request(t, newEmulator(t, false), path, with); w.Code != http.StatusOK {
			t.Errorf("%s of another emulator: got %d, want 200", path, w.Code)
		}
	}
}
