package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/models"
)

// options are the flags of this program, beside the ones that all programs share.
type options struct {
	*job.Flags
	files          []string
	sample         bool
	cost           bill.Cost
	typeBy         bill.TypeBy
	period         models.InsertInPeriod
	temp           string
	allowNegative  bool
	negative       string
	reconciliation string
	buffer         int // bytes; of tests
}

const environment = `  TMPDIR                                     where the sums are kept while the program runs
`

func newOptions() *options {
	o := &options{
		Flags: job.NewSourceFlags("focus", about, "upload -file"),
		cost:  bill.BilledCost, typeBy: bill.ByService, period: models.InsertInPeriodCurrent,
	}
	o.Environment = environment
	o.Func("file", "read the bill, or a part of it, from `FILE`; may be given several times; - is the standard input", func(s string) error {
		if s == "" {
			return errors.New("names no file")
		}
		o.files = append(o.files, s)
		o.File = o.files[0] // what the rules of all programs are about
		return nil
	})
	o.BoolVar(&o.sample, "sample", false, "read the made-up bill inside this program")
	job.OneOf(o.Flags, &o.cost, "cost", "take the amounts from the `COLUMN` BilledCost (the default), EffectiveCost, ListCost or ContractedCost",
		bill.BilledCost, bill.EffectiveCost, bill.ListCost, bill.ContractedCost)
	job.OneOf(o.Flags, &o.typeBy, "type", "the type of a record names the provider and the `PART` service (the default) or resource-type, or it is the provider\nalone. Choose once: another type is another record in Klarity, and costs would count twice",
		bill.ByService, bill.ByResourceType, bill.ByProvider)
	job.OneOf(o.Flags, &o.period, "period", "write to the billing `PERIOD` current (the default) or previous",
		models.InsertInPeriodCurrent, models.InsertInPeriodPrevious)
	o.StringVar(&o.temp, "temp", "", "keep the sums in the folder `DIR` while the program runs (default TMPDIR, or that of the system)")
	o.BoolVar(&o.allowNegative, "allow-negative", false, "negative days do not make the exit status 1")
	o.StringVar(&o.negative, "negative", "", "write the negative days to `FILE`, a CSV")
	o.StringVar(&o.reconciliation, "reconciliation", "", "write the reconciliation by provider, currency and day to `FILE`, a CSV")
	return o
}

// settle checks what the flags and the environment say together.
func (o *options) settle() error {
	origin := job.Origin{
		Missing: "-file", Sample: "made-up costs", SampleFlag: "-sample", SampleAsked: o.sample,
	}
	if len(o.files) > 0 {
		origin.Set = "-file"
	} else {
		o.allowNegative = true // somebody has looked at the sample
	}
	if err := o.CheckOrigin(origin); err != nil {
		return err
	}
	isSet := map[string]bool{}
	o.Visit(func(f *flag.Flag) { isSet[f.Name] = true })
	switch {
	case isSet["negative"] && o.negative == "", isSet["reconciliation"] && o.reconciliation == "":
		return errors.New("-negative or -reconciliation names no file")
	case o.negative == "-", o.reconciliation == "-":
		return errors.New("-negative and -reconciliation write files: for the standard output name /dev/stdout")
	}
	return o.checkFiles()
}

// checkFiles checks that no file is read twice, which would count its costs twice.
func (o *options) checkFiles() error {
	var read []os.FileInfo
	for i, name := range o.files {
		if name == "-" {
			if slices.Contains(o.files[:i], name) {
				return errors.New("-file - is there twice: the standard input can be read once")
			}
			continue
		}
		if strings.Contains(name, "://") {
			return errors.New("-file names a URL, and only files are read: download it, or pipe it into -file -")
		}
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("-file: %w", err)
		}
		for j, earlier := range read {
			if os.SameFile(info, earlier) {
				return fmt.Errorf("-file %s is the file of -file %s: its costs would count twice", console.Printable(name), console.Printable(o.Inputs[j]))
			}
		}
		o.Inputs, read = append(o.Inputs, name), append(read, info)
	}
	return nil
}
