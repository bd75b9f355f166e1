package bill_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/examples/focus/ledger"
)

// A row that cannot be read is named with its line and column, and there is no bill.
func TestWrongRows(t *testing.T) {
	const good = "1,USD,2026-10-01,AWS,S3,r,,,,,"
	for row, want := range map[string]string{
		"1;5,USD,2026-10-01,AWS,S3,r,,,,,":                  `line 3, column BilledCost: "1;5" is not an amount`,
		`"1,5",USD,2026-10-01,AWS,S3,r,,,,,`:                `line 3, column BilledCost: "1,5" is not an amount such as -1234.5 or 1.2E-7: it has a comma`,
		",USD,2026-10-01,AWS,S3,r,,,,,":                     "line 3, column BilledCost: is empty",
		"NULL,USD,2026-10-01,AWS,S3,r,,,,,":                 "line 3, column BilledCost: is empty",
		"1E99,USD,2026-10-01,AWS,S3,r,,,,,":                 "has more than 60 digits",
		"1,NULL,2026-10-01,AWS,S3,r,,,,,":                   "line 3, column BillingCurrency: is empty",
		"1,$,2026-10-01,AWS,S3,r,,,,,":                      `line 3, column BillingCurrency: "$" is not a currency code`,
		"1,USD,,AWS,S3,r,,,,,":                              "line 3, column ChargePeriodStart: is empty",
		"1,USD,01.10.2026,AWS,S3,r,,,,,":                    `line 3, column ChargePeriodStart: "01.10.2026" is not a time`,
		"1,USD,2026-10-01,NULL,S3,r,,,,,":                   "line 3, column ProviderName: is empty",
		"1,USD,2026-10-01,***,S3,r,,,,,":                    `line 3, column ProviderName: "***" has neither letters nor digits`,
		"1,USD,2026-10-01,AWS,***,r,,,,,":                   `line 3, column ServiceName: "***" has neither`,
		"1,USD,2026-10-01,AWS,S3,\xff,,,,,":                 "line 3, column ResourceId: is not text in UTF-8",
		"1,USD,2026-10-01,AWS,S3,r,,,,":                     "line 3: has 10 cells, the first line has 11",
		"1,USD,2026-10-01,AWS,S3,r,,,,,,":                   "line 3: has 12 cells, the first line has 11",
		`1,USD,2026-10-01,AWS,S3,r"x,,,,,`:                  `line 3: bare " in non-quoted-field`,
		"1,USD,\"2026-10-01\n\",AWS,S3,r,,,,,":              "line 3, column ChargePeriodStart",
		"1,USD,2026-10-01,\"a\n\nb\",S3,r,,,,,\n,,,,,,,,,,": "line 6, column BilledCost: is empty",
	} {
		err := readError(t, bill.Options{}, table(good, row, good))
		rows, ok := errors.AsType[*bill.RowsError](err)
		if !ok || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "part-0.csv, line") || !strings.Contains(err.Error(), "nothing was sent") || rows.Count != 1 {
			t.Errorf("%q: got %v, want an error with %q", row, err, want)
		}
	}
	if err := readError(t, bill.Options{Type: bill.ByResourceType}, table("1,USD,2026-10-01,AWS,S3,r,,***,,,")); !strings.Contains(err.Error(), "column ResourceType") {
		t.Errorf("got %v", err)
	}
}

// Of many wrong rows the first ten are told, and how many there are.
func TestManyWrongRows(t *testing.T) {
	rows := []string{"1,USD,2026-10-01,AWS,S3,r,,,,,"}
	for i := range 5000 {
		rows = append(rows, fmt.Sprintf("x%d,USD,2026-10-01,AWS,S3,r,,,,,", i), "1,USD,2026-10-01,AWS,S3,r,,,,,")
	}
	err := readError(t, bill.Options{Buffer: 1}, table(rows...), table("y,USD,2026-10-01,AWS,S3,r,,,,,"))
	text := err.Error()
	if !strings.HasPrefix(text, "5001 rows cannot be read") || strings.Count(text, "\n") != 11 || !strings.Contains(text, `line 21, column BilledCost: "x9"`) || !strings.HasSuffix(text, "… and 4991 more") {
		t.Errorf("got %s", text)
	}
}

// A last line without a line end is taken if it cannot have lost anything that counts.
func TestLastLine(t *testing.T) {
	const costLast = "BillingCurrency,ChargePeriodStart,ProviderName,ServiceName,BilledCost\n"
	for file, want := range map[string]string{
		strings.TrimSuffix(table("1,USD,2026-10-01,AWS,S3,r,,,,,{}"), "\n"):         "",
		strings.TrimSuffix(table("1,USD,2026-10-01,AWS,S3,r,,,,,"), "\n"):           "",
		table("1,USD,2026-10-01,AWS,S3,r,,,,,") + "1,USD,2026-10-01,AW":             "line 3: has 4 cells, the first line has 11, and no line end: the file is cut off here",
		table("1,USD,2026-10-01,AWS,S3,r,,,,,") + `1,USD,2026-10-01,AWS,S3,"r,,,,,`: `line 3: extraneous or missing " in quoted-field`,
		costLast + "USD,2026-10-01,AWS,S3,12.34":                                    "line 2: is the last one and has no line end: it may be cut off",
		costLast + "USD,2026-10-01,AWS,S3,12.34\n":                                  "",
		"\xef\xbb\xbf" + costLast + "USD,2026-10-01,AWS,S3,12.34":                   "line 2: is the last one and has no line end",
	} {
		if want == "" {
			read(t, bill.Options{}, file)
			continue
		}
		if err := readError(t, bill.Options{}, file); !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", file, err, want)
		}
	}
}

// A file with another number of providers, currencies and days than any bill has ends before it
// fills the memory.
func TestTotalsAreBounded(t *testing.T) {
	var rows strings.Builder
	rows.WriteString(header)
	for i := range 100_002 {
		fmt.Fprintf(&rows, "1,USD,2026-10-01,provider %d,S3,r,,,,,\n", i)
	}
	if err := readError(t, bill.Options{}, rows.String()); !strings.Contains(err.Error(), "more than 100000 different combinations") {
		t.Errorf("got %v", err)
	}
}

// Whatever is read, it is refused, or reconciles.
func FuzzRead(f *testing.F) {
	f.Add("1,USD,2026-10-01,AWS,S3,r,n,t,s,b,{}\n")
	f.Add("-1.2E-7,EUR,2026-10-01T22:00:00+02:00,A,,NULL,,,a/b,,x\n1,usd,2026-10-01,a,S3,,,,,,\n")
	f.Add("1,USD,2026-10-01,AWS,S3,\"r#EUR\",n,t,s,b,\"{\"\"a\"\":null}\"\n2,EUR,2026-10-02,AWS,S3,r#EUR,,,,,\n")
	f.Fuzz(func(t *testing.T, rows string) {
		dir := t.TempDir()
		b, err := bill.Read(t.Context(), bill.Options{Buffer: 100, TempDir: dir}, inputs(header+rows)...)
		if err != nil {
			return
		}
		defer b.Close()
		l := ledger.New(b.Totals())
		for r, err := range b.Records() {
			if err != nil {
				t.Fatal(err)
			}
			l.Add(r, true)
		}
		if !ledger.Holds(l.Days(true)) {
			t.Errorf("%q does not reconcile", rows)
		}
	})
}
