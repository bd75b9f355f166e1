package job_test

import (
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// With half of a configuration a run is refused, whichever half it is.
func TestOrigin(t *testing.T) {
	const none, local, public = "", "http://127.0.0.1:8080", "https://klarity.example.org"
	for name, test := range map[string]struct {
		set   string // the real source
		asked bool   // -sample
		url   string // of a Klarity with credentials
		args  []string
		want  string // "" for no error
	}{
		"nothing is set":                  {},
		"all is set":                      {set: "GOVC_URL", url: public},
		"no Klarity":                      {set: "GOVC_URL", want: "GOVC_URL is set, KLARITY_CLIENT_ID and KLARITY_CLIENT_SECRET are not"},
		"no Klarity, emulator":            {set: "GOVC_URL", args: []string{"-emulator"}},
		"no Klarity, dry run":             {set: "GOVC_URL", args: []string{"-dry-run"}},
		"no source":                       {url: local, want: "but not GOVC_URL, and simulated machines do not belong in Klarity"},
		"no source, dry run":              {url: local, args: []string{"-dry-run"}, want: "do not belong in Klarity"},
		"no source, emulator":             {url: public, args: []string{"-emulator"}},
		"sample to this machine":          {url: local, asked: true},
		"sample to another":               {url: public, asked: true, want: "-sample: simulated machines are sent to this machine only"},
		"sample to another, in a dry run": {url: public, asked: true, args: []string{"-dry-run"}},
		"sample and source":               {set: "GOVC_URL", url: local, asked: true, want: "-sample and GOVC_URL exclude each other"},
		"quiet without anything":          {args: []string{"-quiet"}, want: "-quiet is for jobs: set GOVC_URL, or add -sample"},
		"quiet sample":                    {asked: true, args: []string{"-quiet"}},
	} {
		t.Run(name, func(t *testing.T) {
			jobtest.Environment(t, nil)
			if test.url != none {
				t.Setenv(api.EnvClientID, "id")
				t.Setenv(api.EnvClientSecret, "hunter2")
				t.Setenv(api.EnvAPIURL, test.url)
			}
			flags := job.NewSourceFlags("program", "", "upload -file")
			if _, done := flags.Parse(test.args, job.Streams{}); done {
				t.Fatal("the flags are wrong")
			}
			err := flags.CheckOrigin(job.Origin{
				Set: test.set, Missing: "GOVC_URL", Sample: "simulated machines", SampleFlag: "-sample", SampleAsked: test.asked,
			})
			switch {
			case test.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2")):
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
