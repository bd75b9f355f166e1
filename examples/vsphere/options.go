package main

import (
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
)

// samplePrices are those of simulated machines. They are made up.
//
//go:embed prices.csv
var samplePrices []byte

// options are the flags of this program, beside the ones that all programs share.
type options struct {
	*job.Flags
	costFile      string
	today         bool
	tagAttributes string
	machines      int

	simulates bool // there is no real vCenter
	config    inventory.Config
}

func newOptions() *options {
	o := &options{Flags: job.NewSourceFlags("vsphere", about, "upload -file")}
	o.Environment = environment
	o.StringVar(&o.costFile, "cost", "", "add costs to machines and templates for each day of this month so far, from the prices in `FILE`, a CSV with the columns unit (vcpu, gb, tb), currency and price (a day)")
	o.BoolVar(&o.today, "today", false, "with -cost: send the cost of today only (in UTC), so that earlier days keep theirs")
	o.StringVar(&o.tagAttributes, "tag-attributes", "", "make tags of the custom attributes with these `NAMES`, too, with commas between several")
	o.IntVar(&o.machines, "simulate", simulated.Machines, "read a simulated vCenter with `N` machines inside this program")
	return o
}

// settle decides what the run talks to, and reads the files that the flags name.
func (o *options) settle() (err error) {
	isSet := map[string]bool{}
	o.Visit(func(f *flag.Flag) { isSet[f.Name] = true })
	source := job.FirstSet(inventory.EnvURL, inventory.EnvUsername, inventory.EnvPassword)
	err = o.CheckOrigin(job.Origin{
		Set: source, Missing: inventory.EnvURL,
		Sample: "simulated machines", SampleFlag: "-simulate", SampleAsked: isSet["simulate"],
	})
	o.simulates = source == ""
	switch {
	case err != nil:
		return err
	case isSet["simulate"] && (o.machines < simulated.MinMachines || o.machines > simulated.MaxMachines):
		return fmt.Errorf("-simulate is %d, must be from %d to %d", o.machines, simulated.MinMachines, simulated.MaxMachines)
	case isSet["cost"] && o.costFile == "":
		return errors.New("-cost names no file")
	case o.today && o.costFile == "" && !o.simulates:
		return errors.New("-today is about the prices of -cost: name their file")
	case !o.simulates:
		if o.config, err = inventory.ConfigFromEnv(os.Getenv); err != nil {
			return err
		}
	}
	for name := range strings.SplitSeq(o.tagAttributes, ",") {
		if name = strings.TrimSpace(name); name != "" {
			o.config.TagAttributes = append(o.config.TagAttributes, name)
		}
	}
	o.Inputs = []string{o.costFile}
	switch {
	case o.costFile == "" && !o.simulates:
		return nil
	case o.costFile == "":
		o.config.Prices, err = inventory.ParsePrices(samplePrices)
	default:
		o.config.Prices, err = inventory.ReadPrices(o.costFile)
	}
	if err != nil {
		return fmt.Errorf("-cost %s: %w", o.costFile, err)
	}
	o.config.From, o.config.To = inventory.Month(time.Now(), o.today)
	return nil
}
