package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"

	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/examples/focus/ledger"
)

// outputs are the files that this program writes besides those of all programs. They are opened
// before anything is read, after the others, and keep what an earlier run has written until there
// is something new.
type outputs struct{ negative, reconciliation *os.File }

func (f *outputs) open(o *options) (err error) {
	if f.negative, err = o.openOutput("-negative", o.negative); err != nil {
		return err
	}
	f.reconciliation, err = o.openOutput("-reconciliation", o.reconciliation, output{"-negative", o.negative})
	return err
}

// output is a flag and the file that it names; "" for none.
type output struct{ flag, name string }

// openOutput opens a file, unless it is one that is read or that another flag names. To open it
// changes nothing that is in it.
func (o *options) openOutput(flag, name string, others ...output) (*os.File, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o666) //nolint:gosec // the umask decides, as in os.Create
	if err != nil {
		return nil, fmt.Errorf("%s: %w", flag, err)
	}
	info, err := file.Stat()
	if err == nil {
		for _, input := range o.Inputs {
			if other, err := os.Stat(input); err == nil && os.SameFile(info, other) {
				return nil, errors.Join(fmt.Errorf("%s %s is a file that is read", flag, name), file.Close())
			}
		}
		for _, output := range append(others, output{"-report", o.Report}, output{"-html", o.HTML}, output{"-failed", o.FailedItems}) {
			if other, err := os.Stat(output.name); err == nil && info.Mode().IsRegular() && os.SameFile(info, other) {
				return nil, errors.Join(fmt.Errorf("%s %s is the file of %s, too", flag, name, output.flag), file.Close())
			}
		}
	}
	return file, err
}

// writeNegative writes the days that cannot be sent.
func (f *outputs) writeNegative(ctx context.Context, b *bill.Bill) error {
	if f.negative == nil {
		return nil
	}
	return writeTable(f.negative, []string{"provider", "type", "id", "day", "currency", "amount"}, func(write func(...string)) error {
		for n, err := range b.Negative(ctx) {
			if err != nil {
				return err
			}
			write(n.Provider, n.Type, n.ID, n.Day, n.Currency, n.Amount)
		}
		return nil
	})
}

// writeReconciliation writes a line for each provider, currency and day.
func (f *outputs) writeReconciliation(days []ledger.Line) error {
	if f.reconciliation == nil {
		return nil
	}
	header := []string{"provider", "currency", "day", "file", "sent", "negative", "not_sent", "difference"}
	err := writeTable(f.reconciliation, header, func(write func(...string)) error {
		for i := range days {
			d := &days[i]
			write(d.Provider, d.Currency, d.Day, bill.AmountText(&d.File), bill.AmountText(&d.Sent), bill.AmountText(&d.Negative),
				bill.AmountText(&d.NotSent), bill.AmountText(&d.Difference))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("-reconciliation %s is not complete: %w", f.reconciliation.Name(), err)
	}
	return nil
}

// writeTable replaces what is in a file by a CSV.
func writeTable(file *os.File, header []string, rows func(write func(...string)) error) error {
	if info, err := file.Stat(); err != nil {
		return err
	} else if info.Mode().IsRegular() {
		if err := file.Truncate(0); err != nil {
			return err
		}
	}
	w := csv.NewWriter(file)
	write := func(cells ...string) { _ = w.Write(cells) } // Error has it
	write(header...)
	err := rows(write)
	w.Flush()
	return errors.Join(err, w.Error())
}

func (f *outputs) close() error {
	var err error
	for _, file := range []*os.File{f.negative, f.reconciliation} {
		if file != nil {
			err = errors.Join(err, file.Close())
		}
	}
	return err
}
