package bill_test

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/models"
)

// A database that breaks cannot be closed, so the test of that runs in a process of its own.
func TestMain(m *testing.M) {
	if os.Getenv("FOCUS_FULL_DISK") != "" {
		os.Exit(m.Run())
	}
	goleak.VerifyTestMain(m)
}

// read reads a bill, which is closed with the test, and checks that it leaves nothing behind.
func read(t *testing.T, o bill.Options, files ...string) *bill.Bill {
	t.Helper()
	o.TempDir = t.TempDir()
	b, err := bill.Read(t.Context(), o, inputs(files...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		wantEmpty(t, o.TempDir)
	})
	return b
}

// readError is the error of a bill that cannot be read.
func readError(t *testing.T, o bill.Options, files ...string) error {
	t.Helper()
	if o.TempDir == "" {
		o.TempDir = t.TempDir()
	}
	b, err := bill.Read(t.Context(), o, inputs(files...)...)
	if err == nil {
		_ = b.Close()
		t.Fatal("got no error")
	}
	wantEmpty(t, o.TempDir)
	return err
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("the temporary folder has %v, %v, want nothing", left, err)
	}
}

func inputs(files ...string) (inputs []bill.Input) {
	for i, file := range files {
		inputs = append(inputs, bill.Input{Name: fmt.Sprintf("part-%d.csv", i), Reader: strings.NewReader(file)})
	}
	return inputs
}

// records are all records of a bill.
func records(t *testing.T, b *bill.Bill) (all []*models.EstateRecord) {
	t.Helper()
	for r, err := range b.Records() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

// asJSON is the text of all records.
func asJSON(t *testing.T, b *bill.Bill) string {
	t.Helper()
	var text bytes.Buffer
	for _, r := range records(t, b) {
		line, err := r.MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	return text.String()
}

// costs are the days of a record: "2026-10-01=1.5 2026-10-02=null".
func costs(r *models.EstateRecord) string {
	var days []string
	for _, c := range r.Costs.Values {
		value := "null"
		if c.Value != nil {
			value = *c.Value
		}
		days = append(days, time.Time(c.Date).Format(time.DateOnly)+"="+value)
	}
	return strings.Join(days, " ")
}

func rat(t *testing.T, text string) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(text)
	if !ok {
		t.Fatalf("%q is no number", text)
	}
	return r
}

// table is a bill with the needed columns and those of a resource. Each row is a line.
const header = "BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,ServiceName,ResourceId,ResourceName,ResourceType,SubAccountId,BillingAccountId,Tags\n"

func table(rows ...string) string { return header + strings.Join(rows, "\n") + "\n" }
