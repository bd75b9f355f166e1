package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

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

// settle decides what the run talks to, and reads the files that the flags name.
func (o *options) settle() error {
	isSet := map[string]bool{}
	o.Visit(func(f *flag.Flag) { isSet[f.Name] = true })
	source := job.FirstSet(clarity.EnvAPIKey, clarity.EnvOrg, clarity.EnvAPIURL)
	switch {
	case source != "" && os.Getenv(clarity.EnvAPIKey) == "":
		return fmt.Errorf("%s is set, %s is not: set it too, or unset both for made-up devices", source, clarity.EnvAPIKey)
	case source != "" && os.Getenv(clarity.EnvOrg) == "":
		return fmt.Errorf("%s is set, %s is not: set it to the Org ID, which the Dashboard shows under the user icon", source, clarity.EnvOrg)
	}
	err := o.CheckOrigin(job.Origin{
		Set: source, Missing: clarity.EnvAPIKey + " and " + clarity.EnvOrg,
		Sample: "made-up devices", SampleFlag: "-fake", SampleAsked: o.fake,
	})
	if err != nil {
		return err
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

// load reads the files that the flags name.
func (o *options) load() (err error) {
	o.Inputs = []string{o.nidFile, o.costFile}
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
