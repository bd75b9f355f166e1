package status

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
)

var (
	now    = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	policy = Policy{Now: now, MaxAge: 26 * time.Hour}
	nas    = &Repository{Restic, "nas"}
	cloud  = &Repository{Restic, "cloud"}
	vault  = &Repository{Borg, "vault"}
)

// ago is a backup of h, which began some time ago.
func ago(d time.Duration, paths ...string) Backup {
	return Backup{ID: d.String(), Host: "h", Paths: paths, Begun: now.Add(-d)}
}

// archive is one of borg.
func archive(name string, d time.Duration) Backup {
	return Backup{ID: d.String(), Host: "h", Archive: name, Begun: now.Add(-d)}
}

// entry is a backup in a repository.
type entry struct {
	r *Repository
	b Backup
}

func statusesOf(t testing.TB, p Policy, m *Map, entries ...entry) ([]Status, *Catalog) {
	t.Helper()
	c := NewCatalog(m, now)
	for _, e := range entries {
		c.Add(e.r, e.b)
	}
	return c.Statuses(p), c
}

func TestVerdicts(t *testing.T) {
	const h = time.Hour
	unfinished := archive("a.checkpoint", h)
	unfinished.Unfinished = true
	for name, test := range map[string]struct {
		rows    []string
		retired time.Duration
		entries []entry
		want    string // of each row: the verdict, and the ID of the decisive backup
	}{
		"no backup":         {[]string{"h||" + nidA}, 0, nil, "none"},
		"of another":        {[]string{"g||" + nidA}, 0, []entry{{nas, ago(h, "/")}}, "none"},
		"young":             {[]string{"h||" + nidA}, 0, []entry{{nas, ago(h, "/")}}, "ok 1h0m0s"},
		"just young enough": {[]string{"h||" + nidA}, 0, []entry{{nas, ago(26*h, "/")}}, "ok 26h0m0s"},
		"late":              {[]string{"h||" + nidA}, 0, []entry{{nas, ago(26*h+1, "/")}}, "late 26h0m0.000000001s"},
		"latest first":      {[]string{"h||" + nidA}, 0, []entry{{nas, ago(h, "/")}, {nas, ago(50*h, "/")}}, "ok 1h0m0s"},
		"latest last":       {[]string{"h||" + nidA}, 0, []entry{{nas, ago(50*h, "/")}, {nas, ago(h, "/")}}, "ok 1h0m0s"},
		"two at once":       {[]string{"h||" + nidA}, 0, []entry{{vault, Backup{ID: "first", Host: "h", Archive: "a", Begun: now}}, {vault, Backup{ID: "second", Host: "h", Archive: "b", Begun: now}}}, "ok second"},
		"paths in another order": {[]string{"h||" + nidA}, 0, []entry{
			{nas, ago(50*h, "/a", "/b")}, {nas, ago(h, "/b", "/a")}}, "ok 1h0m0s"},
		"one set of two is late":         {[]string{"h||" + nidA}, 0, []entry{{nas, ago(h, "/a")}, {nas, ago(50*h, "/b")}}, "late 50h0m0s"},
		"one repository of two is late":  {[]string{"h||" + nidA}, 0, []entry{{nas, ago(50*h, "/a")}, {cloud, ago(h, "/a")}}, "late 50h0m0s"},
		"the late one is retired":        {[]string{"h||" + nidA}, 49 * h, []entry{{nas, ago(h, "/a")}, {nas, ago(50*h, "/b")}}, "ok 1h0m0s"},
		"not old enough to be retired":   {[]string{"h||" + nidA}, 50 * h, []entry{{nas, ago(h, "/a")}, {nas, ago(50*h, "/b")}}, "late 50h0m0s"},
		"all are old enough":             {[]string{"h||" + nidA}, 49 * h, []entry{{nas, ago(60*h, "/a")}, {nas, ago(50*h, "/b")}}, "late 50h0m0s"},
		"the only one is not retired":    {[]string{"h||" + nidA}, 49 * h, []entry{{nas, ago(50*h, "/a")}}, "late 50h0m0s"},
		"rows of paths":                  {[]string{"h|/a|" + nidA, "h|/b|" + nidB}, 0, []entry{{nas, ago(h, "/a")}, {nas, ago(50*h, "/b")}}, "ok 1h0m0s, late 50h0m0s"},
		"a backup of two records":        {[]string{"h|/a|" + nidA, "h|/b|" + nidB}, 0, []entry{{nas, ago(h, "/a", "/b")}}, "ok 1h0m0s, ok 1h0m0s"},
		"in the future":                  {[]string{"h||" + nidA}, 0, []entry{{nas, ago(-ClockSkew-1, "/")}}, "none"},
		"a little in the future":         {[]string{"h||" + nidA}, 0, []entry{{nas, ago(-ClockSkew, "/")}}, "ok -5m0s"},
		"the future does not hide":       {[]string{"h||" + nidA}, 0, []entry{{nas, ago(-h, "/")}, {nas, ago(50*h, "/")}}, "late 50h0m0s"},
		"unfinished":                     {[]string{"h||" + nidA}, 0, []entry{{vault, unfinished}}, "none"},
		"unfinished does not hide":       {[]string{"h||" + nidA}, 0, []entry{{vault, archive("a", 50*h)}, {vault, unfinished}}, "late 50h0m0s"},
		"archives of a host are one set": {[]string{"h||" + nidA}, 0, []entry{{vault, archive("db-1", 50*h)}, {vault, archive("www-1", h)}}, "ok 1h0m0s"},
		"archives by name": {[]string{"h|db-*|" + nidA, "h||" + nidB}, 0, []entry{
			{vault, archive("db-1", 50*h)}, {vault, archive("www-1", h)}, {vault, archive("db-0", 70*h)}}, "late 50h0m0s, ok 1h0m0s"},
	} {
		p := policy
		p.Retired = test.retired
		statuses, _ := statusesOf(t, p, mapOf(t, test.rows...), test.entries...)
		var got []string
		for _, s := range statuses {
			text := string(s.Verdict)
			if s.Decisive != nil {
				text += " " + s.Decisive.Last.ID
			}
			got = append(got, text)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}

// A clock that is behind makes backups look younger than they are.
func TestClockIsWrong(t *testing.T) {
	const h = time.Hour
	of := func(host string, d time.Duration) entry {
		b := ago(d, "/")
		b.Host = host
		return entry{nas, b}
	}
	for name, test := range map[string]struct {
		want    bool
		entries []entry
	}{
		"no backup":               {false, nil},
		"all in the past":         {false, []entry{of("a", h), of("b", 2*h)}},
		"all in the future":       {true, []entry{of("a", -h), of("b", -2*h)}},
		"one, and that is ahead":  {true, []entry{of("a", -h)}},
		"one with an older one":   {false, []entry{of("a", -h), of("a", h)}},
		"one of three":            {false, []entry{of("a", -h), of("b", h), of("c", h)}},
		"two of three":            {true, []entry{of("a", -h), of("A", h), of("b", -h), of("b", h), of("c", h)}},
		"two of four":             {false, []entry{of("a", -h), of("b", -h), of("c", h), of("d", h)}},
		"an unfinished one":       {false, []entry{{vault, Backup{ID: "1", Host: "h", Archive: "a.checkpoint", Begun: now.Add(h), Unfinished: true}}}},
		"one host in two ways":    {false, []entry{of("a", -h), {nas, Backup{ID: "1", Host: "A", Paths: []string{"/y"}, Begun: now.Add(h)}}, of("b", h)}},
		"one host, several times": {false, []entry{of("a", -h), of("A", -h), of("a", -2*h), of("b", h), of("c", h)}},
	} {
		if _, c := statusesOf(t, policy, mapOf(t, "h||"+nidA), test.entries...); c.ClockIsWrong() != test.want {
			t.Errorf("%s: got %v, want %v", name, !test.want, test.want)
		}
	}
}

// The contract's limit is 1 MB.
func TestLongPaths(t *testing.T) {
	var entries []entry
	for i := range maxSets {
		var paths []string
		for j := range 2 * maxPaths {
			paths = append(paths, fmt.Sprintf("/%02d/%02d/%s", i, j, strings.Repeat("x", 5000)))
		}
		entries = append(entries, entry{nas, ago(time.Hour, paths...)})
	}
	text := dataOf(t, policy, entries...)
	if len(text) > 500_000 || !strings.Contains(text, `"paths_total":40`) || !strings.Contains(text, "/07/00/xxx") {
		t.Errorf("got %d bytes, want at most half a megabyte with the first path of each set", len(text))
	}
	if text := dataOf(t, policy, entry{nas, ago(time.Hour, strings.Repeat("x", maxPathBytes+1))}); strings.Contains(text, `"paths":`) || !strings.Contains(text, `"paths_total":1`) {
		t.Errorf("got %.600s, want the number of paths without a path that is too long", text)
	}
}

func TestUnmapped(t *testing.T) {
	g := ago(time.Hour, "/x")
	g.Host = "g"
	_, c := statusesOf(t, policy, mapOf(t, "h|/a|"+nidA), entry{nas, ago(time.Hour, "/a")}, entry{nas, ago(time.Hour, "/b")}, entry{nas, g}, entry{nas, g})
	var got []string
	for _, s := range c.Unmapped() {
		got = append(got, fmt.Sprintf("%s %v %d", s.Host, s.Paths, s.Backups))
	}
	if want := "h [/b] 1, g [/x] 2"; strings.Join(got, ", ") != want {
		t.Errorf("got %q, want %s", got, want)
	}
}

// dataOf is the data of the enrichment of the first row, as JSON.
func dataOf(t *testing.T, p Policy, entries ...entry) string {
	t.Helper()
	statuses, _ := statusesOf(t, p, mapOf(t, "h||"+nidA, "g||"+nidB), entries...)
	n := 0
	text := ""
	for e, err := range Enrichments(statuses, p) {
		if n++; n == 2 {
			continue
		}
		if err != nil || string(e.Record.NID) != nidA {
			t.Fatalf("got %v, %v", e, err)
		}
		data, err := json.Marshal(e.Data)
		if err != nil {
			t.Fatal(err)
		}
		text = string(data)
	}
	if n != 2 {
		t.Fatalf("got %d enrichments, want 2", n)
	}
	return text
}

func TestEnrichments(t *testing.T) {
	took := 90500 * time.Millisecond
	whole := ago(90*time.Minute, "/b", "/a")
	whole.Took, whole.Ended, whole.Size = &took, whole.Begun.Add(took), Size{RestoreBytes: 5, AddedBytes: 0}
	many := ago(time.Hour)
	for i := range 25 {
		many.Paths = append(many.Paths, fmt.Sprintf("/%02d", i))
	}
	for name, test := range map[string]struct {
		entries []entry
		want    string
	}{
		"none": {nil, `{"backup":{"checked":"2026-11-21T08:00:00Z","max_age_seconds":93600,"verdict":"none"}}`},
		"all that is known": {[]entry{{nas, whole}, {nas, ago(50*time.Hour, "/a", "/b")}},
			`{"backup":{"age_seconds":5400,"backups":2,"checked":"2026-11-21T08:00:00Z","duration_seconds":90.5,"finished":"2026-11-21T06:31:30Z","host":"h","id":"1h30m0s",` +
				`"last_success":"2026-11-21T06:30:00Z","max_age_seconds":93600,"paths":["/a","/b"],"repository":"nas","size":{"added_bytes":0,"restore_bytes":5},"tool":"restic","verdict":"ok"}}`},
		"what is not known is not there": {[]entry{{vault, archive("a-1", 27*time.Hour)}},
			`{"backup":{"age_seconds":97200,"archive":"a-1","backups":1,"checked":"2026-11-21T08:00:00Z","host":"h","id":"27h0m0s",` +
				`"last_success":"2026-11-20T05:00:00Z","max_age_seconds":93600,"repository":"vault","tool":"borg","verdict":"late"}}`},
		"several sets": {[]entry{{nas, ago(time.Hour, "/a")}, {nas, ago(30*time.Hour, "/b")}, {nas, ago(100*time.Hour, "/c")}, {cloud, ago(-time.Hour, "/d")}},
			`{"backup":{"age_seconds":108000,"backups":1,"checked":"2026-11-21T08:00:00Z","host":"h","id":"30h0m0s","last_success":"2026-11-20T02:00:00Z","max_age_seconds":93600,"paths":["/b"],"repository":"nas","sets":[` +
				`{"age_seconds":3600,"backups":1,"host":"h","id":"1h0m0s","last_success":"2026-11-21T07:00:00Z","paths":["/a"],"repository":"nas","tool":"restic","verdict":"ok"},` +
				`{"age_seconds":108000,"backups":1,"host":"h","id":"30h0m0s","last_success":"2026-11-20T02:00:00Z","paths":["/b"],"repository":"nas","tool":"restic","verdict":"late"},` +
				`{"age_seconds":360000,"backups":1,"host":"h","id":"100h0m0s","last_success":"2026-11-17T04:00:00Z","paths":["/c"],"repository":"nas","tool":"restic","verdict":"retired"},` +
				`{"backups":0,"host":"h","in_future":1,"paths":["/d"],"repository":"cloud","tool":"restic","verdict":"none"}],"tool":"restic","verdict":"late"}}`},
		"only the future": {[]entry{{nas, ago(-time.Hour, "/a")}},
			`{"backup":{"checked":"2026-11-21T08:00:00Z","max_age_seconds":93600,"sets":[{"backups":0,"host":"h","in_future":1,"paths":["/a"],"repository":"nas","tool":"restic","verdict":"none"}],"verdict":"none"}}`},
	} {
		p := policy
		p.Retired = 90 * time.Hour
		if got := dataOf(t, p, test.entries...); got != test.want {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got, test.want)
		}
	}
	if got := dataOf(t, policy, entry{nas, many}); !strings.Contains(got, `"/19"],"paths_total":25`) || strings.Contains(got, `"/20"`) {
		t.Errorf("got %s, want 20 of 25 paths", got)
	}
	var sets []entry
	for i := range 70 {
		sets = append(sets, entry{nas, ago(time.Hour, fmt.Sprint("/", i))})
	}
	if got := dataOf(t, policy, sets...); !strings.Contains(got, `"sets_total":70`) || strings.Count(got, `"verdict"`) != 51 {
		t.Errorf("got %s, want 50 of 70 sets", got)
	}
}

// Job keeps what is yielded until its outcome is known.
func TestEachEnrichmentIsNew(t *testing.T) {
	statuses, _ := statusesOf(t, policy, mapOf(t, "h||"+nidA, "g||"+nidB))
	var seen []any
	for range 2 {
		for e := range Enrichments(statuses, policy) {
			for _, other := range seen {
				if other == e {
					t.Fatal("an enrichment was yielded twice")
				}
			}
			seen = append(seen, e)
		}
	}
	for range Enrichments(statuses, policy) {
		break // must not panic
	}
}
