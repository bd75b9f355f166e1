package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/claritytest"
	"github.com/klarity-go/klarity/examples/internal/job"
)

// options are the flags of this program, beside the ones that all programs share.
type options struct {
	*job.Flags
	idPrefix       string
	nodes          bool
	accessories    bool
	statusMetadata bool
	nidFile        string
	costFile       string
	costDay        time.Time
	patience       time.Duration
	fake           bool
	fakeForm       claritytest.Form
	faults         claritytest.Faults

	usesFake bool
	nids     nids   // by the ID of a record; nil without -nids
	prices   prices // nil without -cost
}

func newOptions() *options {
	o := &options{Flags: job.NewFlagsWithoutFile("clarity", about), fakeForm: claritytest.Documented}
	o.Environment = environment
	o.StringVar(&o.idPrefix, "id-prefix", "", "put `TEXT` before the ID of each record, such as \"myorg/\" where several Orgs share one estate")
	o.BoolVar(&o.nodes, "nodes", false, "upload the nodes that feed no datasource, too, as records of the type "+typeUnassignedNode)
	o.BoolVar(&o.accessories, "accessories", false, "upload the accessory modules, too, as records of the type "+typeAccessory+" (one more call)")
	o.BoolVar(&o.statusMetadata, "status-metadata", false, "put the latest status into the metadata of each record that -nids does not name (two more calls)")
	o.StringVar(&o.nidFile, "nids", "", "send the latest status as an enrichment of the records that `FILE` names, a CSV with the columns id and nid (two more calls)")
	o.StringVar(&o.costFile, "cost", "", "add the cost of a day, from the prices in `FILE`, a CSV with the columns model, subscription, currency and price")
	o.Func("cost-day", "the `DAY` of that cost, YYYY-MM-DD (default today, in UTC)", func(s string) (err error) {
		if o.costDay, err = time.Parse(time.DateOnly, s); err != nil {
			return errors.New("must be a day, as YYYY-MM-DD")
		}
		return nil
	})
	o.DurationVar(&o.patience, "clarity-patience", clarity.DefaultPatience, "wait out an outage of Clarity for this `TIME`")
	o.BoolVar(&o.fake, "fake", false, "read the made-up devices of a fake Clarity server inside this program")
	job.OneOf(o.Flags, &o.fakeForm, "fake-form", "the fake server's `FORM` where Clarity's guide is ambiguous: documented (the default) or alternative",
		claritytest.Documented, claritytest.Alternative)
	o.Func("fail", "make the fake server fail: `ENDPOINT:FAULT`, such as nodes:403, status:html or measurements:503x2 (twice), with commas between several", func(s string) (err error) {
		o.faults, err = claritytest.ParseFaults(s)
		return err
	})
	return o
}

// settle decides what the run talks to, and reads the files that the flags name. A run that has
// lost half of its configuration must not appear to succeed: made-up devices go to an emulator,
// and real ones to Klarity, unless a flag says otherwise.
func (o *options) settle() error {
	isSet := map[string]bool{}
	o.Visit(func(f *flag.Flag) { isSet[f.Name] = true })
	klarity := firstSet(api.EnvClientID, api.EnvClientSecret, api.EnvAPIURL, api.EnvTokenURL, api.EnvAudience)
	source := firstSet(clarity.EnvAPIKey, clarity.EnvOrg, clarity.EnvAPIURL)
	switch {
	case o.fake && source != "":
		return fmt.Errorf("-fake and %s exclude each other: leave one of them out", source)
	case source != "" && os.Getenv(clarity.EnvAPIKey) == "":
		return fmt.Errorf("%s is set, %s is not: set it too, or unset both for made-up devices", source, clarity.EnvAPIKey)
	case source != "" && os.Getenv(clarity.EnvOrg) == "":
		return fmt.Errorf("%s is set, %s is not: set it to the Org ID, which the Dashboard shows under the user icon", source, clarity.EnvOrg)
	case source != "" && firstSet(api.EnvClientID, api.EnvClientSecret) == "" && !o.Emulator && !o.DryRun:
		return fmt.Errorf("%s is set, %s and %s are not, so nothing would reach Klarity: set them, or add -emulator or -dry-run",
			source, api.EnvClientID, api.EnvClientSecret)
	case source == "" && klarity != "" && !o.fake && !o.Emulator:
		return fmt.Errorf("%s is set, %s and %s are not, and made-up devices do not belong in Klarity: set them; for a Klarity on this machine there is -fake",
			klarity, clarity.EnvAPIKey, clarity.EnvOrg)
	case source == "" && klarity != "" && !o.Emulator && !o.DryRun && !job.IsLocal(os.Getenv(api.EnvAPIURL)):
		return fmt.Errorf("-fake: made-up devices are sent to this machine only: set %s to an address of it", api.EnvAPIURL)
	case source == "" && o.Quiet && !o.fake:
		return fmt.Errorf("%s and %s are not set, and -quiet is for jobs: set them, or add -fake for made-up devices", clarity.EnvAPIKey, clarity.EnvOrg)
	}
	o.usesFake = source == ""
	switch {
	case !o.usesFake && (isSet["fail"] || isSet["fake-form"]):
		return fmt.Errorf("-fail and -fake-form are about the fake server, and %s is set", source)
	case o.patience <= 0:
		return fmt.Errorf("-clarity-patience is %v, must be more than 0", o.patience)
	case isSet["cost-day"] && o.costFile == "":
		return errors.New("-cost-day is about the prices of -cost: name their file")
	case isSet["nids"] && o.nidFile == "", isSet["cost"] && o.costFile == "":
		return errors.New("-nids or -cost names no file")
	case !o.usesFake:
		if _, err := clarity.New(o.config()); err != nil {
			return err
		}
	}
	return o.load()
}

// load reads the files that the flags name. None of them may be the report, which would replace
// it.
func (o *options) load() (err error) {
	for _, name := range []string{o.nidFile, o.costFile} {
		if name != "" && o.Report != "" && sameFile(name, o.Report) {
			return fmt.Errorf("-report %s is a file that is read", o.Report)
		}
	}
	if o.nidFile != "" {
		if o.nids, err = readNIDs(o.nidFile); err != nil {
			return fmt.Errorf("-nids %s: %w", o.nidFile, err)
		}
	}
	if o.costFile != "" {
		if o.costDay.IsZero() {
			o.costDay = time.Now().UTC()
		}
		if o.prices, err = readPrices(o.costFile); err != nil {
			return fmt.Errorf("-cost %s: %w", o.costFile, err)
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	second, err2 := os.Stat(b)
	return cmp.Or(err, err2) == nil && os.SameFile(first, second)
}

// firstSet is the first of the environment variables that is set, or "".
func firstSet(names ...string) string {
	for _, name := range names {
		if os.Getenv(name) != "" {
			return name
		}
	}
	return ""
}
