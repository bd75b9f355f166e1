package job

import (
	"fmt"
	"os"

	"github.com/klarity-go/klarity/api"
)

// Origin is where the items of a program with a source of its own come from.
type Origin struct {
	Set     string // the variable or the flag that names the real source; "" for sample data
	Missing string // what names it, for errors: "GOVC_URL"
	Sample  string // what is sent without it: "the simulated machines"

	// SampleFlag is the flag that asks for the sample data, and SampleAsked whether it is given.
	SampleFlag  string
	SampleAsked bool
}

// CheckOrigin returns an error, a wrong usage, if the environment is the half of a configuration: a
// job that has lost a variable must not appear to succeed. Real items go to an emulator only if
// -emulator says so, sample data never leaves this machine, and goes to another process on it, or
// quietly anywhere, only if the flag for it is given.
func (f *Flags) CheckOrigin(o Origin) error {
	klarity := FirstSet(api.EnvClientID, api.EnvClientSecret, api.EnvAPIURL, api.EnvTokenURL, api.EnvAudience)
	switch {
	case o.SampleAsked && o.Set != "":
		return fmt.Errorf("%s and %s exclude each other: leave one of them out", o.SampleFlag, o.Set)
	case o.Set != "" && FirstSet(api.EnvClientID, api.EnvClientSecret) == "" && !f.Emulator && !f.DryRun:
		return fmt.Errorf("%s is set, %s and %s are not, so nothing would reach Klarity: set them, or add -emulator or -dry-run",
			o.Set, api.EnvClientID, api.EnvClientSecret)
	case o.Set == "" && klarity != "" && !o.SampleAsked && !f.Emulator:
		return fmt.Errorf("%s is set, but not %s, and %s do not belong in Klarity: name the real ones; for a Klarity on this machine there is %s",
			klarity, o.Missing, o.Sample, o.SampleFlag)
	case o.Set == "" && klarity != "" && !f.Emulator && !f.DryRun && !IsLocal(os.Getenv(api.EnvAPIURL)):
		return fmt.Errorf("%s: %s are sent to this machine only: set %s to an address of it", o.SampleFlag, o.Sample, api.EnvAPIURL)
	case o.Set == "" && f.Quiet && !o.SampleAsked:
		return fmt.Errorf("-quiet is for jobs: set %s, or add %s for %s", o.Missing, o.SampleFlag, o.Sample)
	}
	return nil
}

// FirstSet is the first of the environment variables that is set, or "".
func FirstSet(names ...string) string {
	for _, name := range names {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}
