package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/focus/ledger"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/models"
)

// The exit status is 1 for negative days, which are listed and written, and 0 once they are allowed.
func TestNegative(t *testing.T) {
	server(t)
	rows := []string{"9,USD,2026-10-01,AWS,S3,a"}
	for i := range 25 {
		rows = append(rows, "-1.5,USD,2026-10-02,AWS,S3,r"+string(rune('a'+i)))
	}
	file, dir := jobtest.File(t, "bill.csv", table(rows...)), t.TempDir()
	negative, reconciliation := filepath.Join(dir, "negative.csv"), filepath.Join(dir, "reconciliation.csv")
	for _, name := range []string{negative, reconciliation} { // what an earlier run has written is replaced
		if err := os.WriteFile(name, bytes.Repeat([]byte("earlier\n"), 1000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	result := runFocus(t, "-file", file, "-negative", negative, "-reconciliation", reconciliation)
	result.Want(t, 1, []string{"25 days of resources are negative and cannot be sent, -37.5 USD in all", "aws       ra  2026-10-02    -1.5  USD", "… and 5 more", "It balances"},
		[]string{"say so with -allow-negative"})
	want := "provider,type,id,day,currency,amount\naws,aws/s3,ra,2026-10-02,USD,-1.5\n"
	if text := jobtest.Read(t, negative); !strings.HasPrefix(text, want) || strings.Count(text, "\n") != 26 {
		t.Errorf("got %s", text)
	}
	want = "provider,currency,day,file,sent,negative,not_sent,difference\naws,USD,2026-10-01,9,9,0,0,0\naws,USD,2026-10-02,-37.5,0,-37.5,0,0\n"
	if text := jobtest.Read(t, reconciliation); text != want {
		t.Errorf("got %s, want %s", text, want)
	}
	runFocus(t, "-file", file, "-allow-negative").Want(t, 0, nil, nil)
}

// A record that Klarity does not take is not sent in the reconciliation either, and can be sent again.
func TestNotAccepted(t *testing.T) {
	s := server(t)
	s.Intercept(func(r *apitest.Request) *apitest.Fault {
		if bytes.Contains(r.Body, []byte(`"id":"bad"`)) {
			return &apitest.Fault{Status: http.StatusBadRequest, Body: `{"error":"no"}`}
		}
		return nil
	})
	file := jobtest.File(t, "bill.csv", table("1,USD,2026-10-01,AWS,S3,good", "2.5,USD,2026-10-01,AWS,S3,bad", "4,BTC,2026-10-01,AWS,S3,coin"))
	failed := filepath.Join(t.TempDir(), "failed.jsonl")
	runFocus(t, "-file", file, "-failed", failed).Want(t, 1, []string{
		"provider       bill  sent  not sent  difference", "aws       BTC   4       0       4             0", "aws       USD   3.5     1       2.5           0", "It balances to the last decimal, with what was not sent.",
	}, []string{"BTC"})
	var ids []string
	for line := range strings.Lines(jobtest.Read(t, failed)) {
		var r struct{ ID string }
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, r.ID)
	}
	if strings.Join(ids, " ") != "bad coin" {
		t.Errorf("-failed has %v, want bad and coin", ids)
	}
}

// With -strict nothing is sent if a record is not valid, and each is sent once if all are.
func TestStrict(t *testing.T) {
	s := server(t)
	bad := jobtest.File(t, "bill.csv", table("1,USD,2026-10-01,AWS,S3,good", "4,BTC,2026-10-01,AWS,S3,coin"))
	runFocus(t, "-file", bad, "-strict").Want(t, 1, []string{"to be sent", "It balances"}, nil)
	if n := len(jobtest.Sent(s)); n > 0 {
		t.Errorf("got %d requests", n)
	}
	good := jobtest.File(t, "bill.csv", table("1,USD,2026-10-01,AWS,S3,good", "4,EUR,2026-10-01,AWS,S3,coin"))
	runFocus(t, "-file", good, "-strict").Want(t, 0, []string{"aws       EUR     4     4           0", "aws       USD     1     1           0"}, nil)
	if n := len(jobtest.Sent(s)); n != 1 {
		t.Errorf("got %d requests, want 1", n)
	}
}

// When the records do not add up to the bill, the exit status is 1, and -quiet does not hide it.
func TestBooksThatDoNotBalance(t *testing.T) {
	for name, test := range map[string]struct {
		add    func(l *ledger.Ledger, r *models.EstateRecord) // what is made of the record of a queue
		status int
		want   []string
	}{
		"as it is": {func(l *ledger.Ledger, r *models.EstateRecord) { l.Add(r, true) }, 0, nil},
		"a hundred-millionth more": {func(l *ledger.Ledger, r *models.EstateRecord) {
			*r.Costs.Values[0].Value = "0.00000013"
			l.Add(r, true)
		}, 1, []string{"DO NOT ADD UP", "-0.00000001"}},
		"lost": {func(*ledger.Ledger, *models.EstateRecord) {}, 1, []string{"DO NOT ADD UP", "0.00000352"}},
		"twice": {func(l *ledger.Ledger, r *models.EstateRecord) {
			l.Add(r, true)
			l.Add(r, true)
		}, 1, []string{"DO NOT ADD UP", "-0.00000352"}},
	} {
		for _, quiet := range []bool{false, true} {
			o := newOptions()
			o.Quiet, o.allowNegative = quiet, true
			var out, errs bytes.Buffer
			b := newBooks(o, job.Streams{Out: &out, Err: &errs})
			b.sample, b.temp = true, t.TempDir()
			in, records, err := b.items(t.Context())
			if err != nil || in == nil {
				t.Fatal(err)
			}
			for r := range records {
				if r.ID == "nim:queue/mail" {
					test.add(b.ledger, r)
					continue
				}
				b.ledger.Add(r, true)
			}
			if status := b.close(); status != test.status {
				t.Errorf("%s: got the status %d, want %d", name, status, test.status)
			}
			for _, want := range test.want {
				if !strings.Contains(errs.String(), want) {
					t.Errorf("%s: the errors do not contain %q:\n%s", name, want, errs.String())
				}
			}
			if test.want == nil && errs.Len() > 0 {
				t.Errorf("%s: got the errors %s, want none", name, errs.String())
			}
		}
	}
}
