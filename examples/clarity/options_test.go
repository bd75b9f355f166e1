package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/claritytest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

// With half of a configuration nothing is read and nothing sent: a job that has lost a variable
// must not appear to succeed.
func TestHalfAConfigurationIsAWrongUsage(t *testing.T) {
	for _, test := range []struct {
		name         string
		klarity      bool
		clarity      bool
		unset        string
		args         []string
		want         string
		alsoInDryRun bool
	}{
		{name: "Klarity is missing", clarity: true, want: "nothing would reach Klarity"},
		{name: "Clarity is missing", klarity: true, want: "made-up devices do not belong in Klarity", alsoInDryRun: true},
		{name: "no key", klarity: true, clarity: true, unset: clarity.EnvAPIKey, want: "CLARITY_API_KEY is not", alsoInDryRun: true},
		{name: "no org", klarity: true, clarity: true, unset: clarity.EnvOrg, want: "CLARITY_ORG is not", alsoInDryRun: true},
		{name: "no secret", klarity: true, clarity: true, unset: api.EnvClientSecret, want: "KLARITY_CLIENT_SECRET"},
		{name: "a job without anything", args: []string{"-quiet"}, want: "-quiet is for jobs", alsoInDryRun: true},
		{name: "both services and -fake", klarity: true, clarity: true, args: []string{"-fake"}, want: "exclude each other", alsoInDryRun: true},
		{name: "faults of the real service", klarity: true, clarity: true, args: []string{"-fail", "nodes:403"}, want: "are about the fake server", alsoInDryRun: true},
		{name: "form of the real service", klarity: true, clarity: true, args: []string{"-fake-form", "alternative"}, want: "are about the fake server", alsoInDryRun: true},
	} {
		for _, dryRun := range []bool{false, true} {
			if dryRun && !test.alsoInDryRun {
				continue
			}
			t.Run(test.name, func(t *testing.T) {
				k, c := apitest.NewServer(t), claritytest.NewServer(t, claritytest.Documented)
				switch {
				case test.klarity && test.clarity:
					setEnvironment(t, k, c)
				case test.klarity:
					setEnvironment(t, k, nil)
				case test.clarity:
					setEnvironment(t, nil, c)
				default:
					setEnvironment(t, nil, nil)
				}
				if test.unset != "" {
					t.Setenv(test.unset, "")
				}
				args := test.args
				if dryRun {
					args = append(args, "-dry-run")
				}
				result := runClarity(t, args...)
				result.Want(t, 2, nil, []string{"clarity: ", test.want})
				if result.Out != "" || len(jobtest.Sent(k))+len(c.Requests()) > 0 {
					t.Errorf("got the output %q and %d requests, want none", result.Out, len(jobtest.Sent(k))+len(c.Requests()))
				}
			})
		}
	}
}

// An audience, or any other variable without credentials, is no Klarity to send to: the job would
// end in an emulator that nobody sees.
func TestOneVariableOfKlarityIsNotEnough(t *testing.T) {
	for _, name := range []string{api.EnvAudience, api.EnvAPIURL, api.EnvTokenURL, api.EnvClientID, api.EnvClientSecret} {
		c := claritytest.NewServer(t, claritytest.Documented)
		setEnvironment(t, nil, c)
		t.Setenv(name, "https://klarity.example.org")
		for _, args := range [][]string{nil, {"-quiet"}} {
			result := runClarity(t, args...)
			if result.Status != 2 || len(c.Requests()) > 0 {
				t.Errorf("only %s, %q: got status %d and %d requests, want a wrong usage", name, args, result.Status, len(c.Requests()))
			}
		}
	}
}

// The flags that say otherwise.
func TestExplicitFlagsAllowHalfAConfiguration(t *testing.T) {
	c := claritytest.NewServer(t, claritytest.Documented)
	setEnvironment(t, nil, c)
	runClarity(t, "-emulator").Want(t, 0, []string{"This runs on an emulator", "from " + c.URL, "accepted       40"}, nil)

	k := apitest.NewServer(t)
	setEnvironment(t, k, nil)
	runClarity(t, "-fake").Want(t, 0, []string{"The devices are made up", "to " + k.URL, "accepted       40"}, nil)
	if k.Len() != 40 {
		t.Errorf("got %d records in the estate, want 40", k.Len())
	}
}

// Made-up devices go to this machine only, whatever the flags say.
func TestMadeUpDevicesStayHere(t *testing.T) {
	setEnvironment(t, nil, nil)
	t.Setenv(api.EnvClientID, "id")
	t.Setenv(api.EnvClientSecret, "s3cret")
	for _, url := range []string{"", "https://klarity.example.org"} {
		t.Setenv(api.EnvAPIURL, url)
		runClarity(t, "-fake").Want(t, 2, nil, []string{"made-up devices are sent to this machine only"})
	}
}

func TestWrongUsage(t *testing.T) {
	dir := t.TempDir()
	nids := filepath.Join(dir, "nids.csv")
	if err := os.WriteFile(nids, []byte("id,nid\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	prices := filepath.Join(dir, "prices.csv")
	if err := os.WriteFile(prices, []byte("model,subscription,currency,price\n,,EUR,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-fiel"}, "-fiel"},
		{[]string{"devices.csv"}, `unexpected argument "devices.csv"`},
		{[]string{"-file", "devices.csv"}, "-file"},
		{[]string{"-concurrency", "0"}, "at least 1"},
		{[]string{"-fail", "nodes"}, "want ENDPOINT:FAULT"},
		{[]string{"-fake-form", "guide"}, "one of documented, alternative"},
		{[]string{"-clarity-patience", "0s"}, "-clarity-patience is 0s"},
		{[]string{"-cost-day", "2026-11-04"}, "-cost-day is about the prices"},
		{[]string{"-cost-day", "yesterday"}, "must be a day, as YYYY-MM-DD"},
		{[]string{"-nids", ""}, "names no file"},
		{[]string{"-cost", ""}, "names no file"},
		{[]string{"-nids", filepath.Join(dir, "none.csv")}, "no such file"},
		{[]string{"-nids", nids, "-report", nids}, "is a file that is read"},
		{[]string{"-cost", prices, "-html", prices}, "is a file that is read"},
		{[]string{"-report", filepath.Join(nids, "x")}, "not a directory"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			k, c := servers(t)
			if test.args[0] == "-fail" || test.args[0] == "-fake-form" {
				setEnvironment(t, nil, nil)
			}
			jobtest.Run(t, run, "", test.args...).Want(t, 2, nil, []string{"clarity: ", test.want})
			if len(jobtest.Sent(k))+len(c.Requests()) > 0 {
				t.Error("got requests, want none")
			}
		})
	}
	if b, err := os.ReadFile(nids); err != nil || string(b) != "id,nid\n" {
		t.Errorf("got the file %q, %v, want it unchanged", b, err)
	}
}

// A wrong URL or key is told before anything else happens, and not repeated.
func TestInvalidEnvironment(t *testing.T) {
	for name, test := range map[string]struct{ name, value, want string }{
		"plain http":    {clarity.EnvAPIURL, "http://clarity.example.org", "want https"},
		"a password":    {clarity.EnvAPIURL, "https://u:hunter2@clarity.example.org", "user name or password"},
		"key with line": {clarity.EnvAPIKey, "hunter2\n", "white space"},
	} {
		t.Run(name, func(t *testing.T) {
			k, _ := servers(t)
			t.Setenv(test.name, test.value)
			result := runClarity(t)
			result.Want(t, 2, nil, []string{test.want})
			if result.Out != "" || strings.Contains(result.Err, "hunter2") || len(jobtest.Sent(k)) > 0 {
				t.Errorf("got the output %q, errors %q and %d requests", result.Out, result.Err, len(jobtest.Sent(k)))
			}
		})
	}
}
