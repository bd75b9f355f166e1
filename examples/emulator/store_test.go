package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/models"
)

func upsertOf(id string) *models.UpsertRequest {
	return &models.UpsertRequest{Records: []*models.EstateRecord{{ID: id, Type: "vm", Tags: api.Tags(map[string]string{"team": "web"})}}}
}

// What was sent is there after a restart, with the same nids, in a file that only its owner
// can read and that has no secret.
func TestStateIsKeptOverARestart(t *testing.T) {
	jobtest.Environment(t, nil)
	t.Setenv("KLARITY_CLIENT_ID", "my-id")
	t.Setenv("KLARITY_CLIENT_SECRET", "s3cret")
	t.Setenv("KLARITY_API_KEY", "my-key/s3cret-too")
	file := filepath.Join(t.TempDir(), "estate.jsonl")
	nids := ""
	for i, id := range []string{"1", "2"} {
		out, errs, stop := start(t, "-addr", "127.0.0.1:0", "-save", file)
		url := exported(t, out.String(), "KLARITY_API_URL")
		client, err := api.New(api.Credentials{ClientID: "my-id", ClientSecret: "s3cret"}, api.WithBaseURL(url), api.WithTokenURL(url+"/oauth/token"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.UpsertOnce(t.Context(), upsertOf(id)); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			landscape, err := graphql.New("my-key/s3cret-too", graphql.WithURL(exported(t, out.String(), "KLARITY_GRAPHQL_URL")))
			if err == nil {
				err = landscape.Do(t.Context(), `mutation { addPerson(input: {name: "Newcomer", email: "n@example.com"}) { id } }`, nil, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if status := stop(); status != 0 {
			t.Fatalf("got exit status %d, want 0: %s", status, errs)
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("got the mode %v, %v, want one that only the owner can read", info.Mode(), err)
		}
		if strings.Contains(string(content), "s3cret") || !strings.Contains(string(content), "Newcomer") {
			t.Errorf("got the file %s, want the landscape and no secret in it", content)
		}
		e := apitest.New()
		if err := e.Load(bytes.NewReader(content)); err != nil {
			t.Fatal(err)
		}
		if e.Len() != i+1 {
			t.Errorf("got %d records, want %d", e.Len(), i+1)
		}
		if r, _ := e.Record("vm", "1"); nids != "" && r.NID != nids {
			t.Errorf("got another nid after a restart")
		} else {
			nids = r.NID
		}
		if i == 1 && !strings.Contains(out.String(), "Records so far: 1.") {
			t.Errorf("the output does not say what was loaded: %s", out)
		}
	}
}

func TestCorruptFileIsAUsageErrorAndIsLeftAlone(t *testing.T) {
	jobtest.Environment(t, nil)
	file := jobtest.File(t, "estate.jsonl", "this is not a state\n")
	jobtest.Run(t, run, "", "-addr", "127.0.0.1:0", "-save", file).Want(t, 2, nil, []string{"-save: " + file, "line 1: not a line of a saved state"})
	if content, err := os.ReadFile(file); err != nil || string(content) != "this is not a state\n" {
		t.Errorf("the file has changed: %q, %v", content, err)
	}
}

func openTestStore(t *testing.T) (*store, *apitest.Emulator) {
	t.Helper()
	e := apitest.New()
	s, err := openStore(filepath.Join(t.TempDir(), "estate.jsonl"), e)
	if err != nil {
		t.Fatal(err)
	}
	return s, e
}

func files(t *testing.T, s *store) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(s.path))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A state is saved at a tick if it has changed, and nothing is left over.
func TestStateIsSavedNowAndThen(t *testing.T) {
	s, e := openTestStore(t)
	if got := files(t, s); len(got) != 0 {
		t.Errorf("got the files %v at first, want none", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ticks, done := make(chan time.Time), make(chan struct{})
	var errs bytes.Buffer
	go func() { defer close(done); s.keep(ctx, ticks, &errs) }()
	read := func() string {
		content, err := os.ReadFile(s.path)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	tick := func() { // the second one is taken when the first has been dealt with
		ticks <- time.Time{}
		ticks <- time.Time{}
	}
	tick()
	if err := apitest.New().Load(strings.NewReader(read())); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path, []byte("untouched"), 0o600); err != nil {
		t.Fatal(err)
	}
	tick()
	if got := read(); got != "untouched" {
		t.Errorf("saved again although nothing has changed: %s", got)
	}
	if _, err := e.Client().UpsertOnce(t.Context(), upsertOf("1")); err != nil {
		t.Fatal(err)
	}
	tick()
	if got := read(); !strings.Contains(got, `"id":"1"`) {
		t.Errorf("not saved after a change: %s", got)
	}
	cancel()
	<-done
	if got := files(t, s); len(got) != 1 || errs.Len() > 0 {
		t.Errorf("got the files %v and %q, want one file and no error", got, &errs)
	}
}

// When a file cannot be written, the old one stays, and it is said once.
func TestFailedSaveKeepsTheOldFile(t *testing.T) {
	s, e := openTestStore(t)
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Client().UpsertOnce(t.Context(), upsertOf("1")); err != nil {
		t.Fatal(err)
	}
	path := s.path
	s.path = filepath.Join(filepath.Dir(path), "no", "such", "folder")
	ctx, cancel := context.WithCancel(t.Context())
	ticks, done := make(chan time.Time), make(chan struct{})
	var errs bytes.Buffer
	go func() { defer close(done); s.keep(ctx, ticks, &errs) }()
	for range 3 {
		ticks <- time.Time{}
	}
	cancel()
	<-done
	if n := strings.Count(errs.String(), "the state is not saved, and will be tried again"); n != 1 {
		t.Errorf("got %q, want it said once", &errs)
	}
	s.path = path
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the old file has changed, or %v", err)
	}
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	if after, _ := os.ReadFile(path); !strings.Contains(string(after), `"id":"1"`) {
		t.Error("what had not been saved is not in the file")
	}
}

// A link to a file stays one.
func TestSaveFollowsALink(t *testing.T) {
	s, _ := openTestStore(t)
	if err := s.save(); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.path, link); err != nil {
		t.Skip(err)
	}
	linked, err := openStore(link, apitest.New())
	if err != nil {
		t.Fatal(err)
	}
	linked.saved = 0
	if err := linked.save(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone, or %v", err)
	}
}
