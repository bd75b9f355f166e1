package bill_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/examples/focus/internal/billtest"
)

// Files that are no bill are refused, and the error says what they are.
func TestForeignFiles(t *testing.T) {
	good := table("1,USD,2026-10-01,AWS,S3,,,,,,")
	zipped := string(billtest.Gzip([]byte(strings.Repeat(good, 200)), 10))
	for name, test := range map[string]struct{ file, want string }{
		"empty":           {"", "it is empty"},
		"empty in gzip":   {string(billtest.Gzip(nil, 0)), "it is empty"},
		"Parquet":         {"PAR1\x15\x04\x15", "this is Parquet"},
		"Excel":           {"PK\x03\x04\x14\x00", "an Excel workbook"},
		"zstd":            {"\x28\xb5\x2f\xfd\x04\x00", "zstd"},
		"Parquet in gzip": {string(billtest.Gzip([]byte("PAR1\x15\x04"), 2)), "this is Parquet"},
		"UTF-16":          {"\xff\xfeB\x00i\x00", "UTF-16"},
		"JSON":            {`{"BilledCost":1}`, "this is JSON"},
		"a sign-in page":  {"<!DOCTYPE html><html>", "a page in HTML"},
		"AWS CUR":         {"identity/LineItemId,lineItem/UsageAccountId,lineItem/UnblendedCost\n", "Cost and Usage Report of AWS"},
		"AWS CUR 2":       {"line_item_usage_account_id,line_item_unblended_cost\n", "Cost and Usage Report of AWS"},
		"Azure":           {"InvoiceSectionName,CostInBillingCurrency,BillingCurrency\n", "cost export of Azure"},
		"FOCUS 1.3":       {strings.Replace(good, "ProviderName", "ServiceProviderName", 1), "this is FOCUS 1.3 or later"},
		"semicolons":      {strings.ReplaceAll(good, ",", ";"), "not separated by commas"},
		"something else":  {"name,price\nx,1\n", "this is not FOCUS 1.0, 1.1 or 1.2: it has no BilledCost, no BillingCurrency"},
		"no provider":     {strings.Replace(good, "ProviderName", "Vendor", 1), "it has no ProviderName among its columns"},
		"two providers":   {"provider," + strings.Replace(good, "ProviderName", "Provider", 1), "the column Provider is there twice"},
		"old Mac":         {strings.ReplaceAll(good, "\n", "\r"), "if its lines end in a carriage return alone"},
		"a column twice":  {"billedcost," + good, "the column BilledCost is there twice"},
		"cut-off gzip":    {zipped[:len(zipped)-5], "it is cut off"},
		"cut-off in data": {zipped[:len(zipped)/2], "it is cut off"},
		"damaged gzip":    {zipped[:len(zipped)-6] + "xx" + zipped[len(zipped)-4:], "it is damaged"},
		"gzip and more":   {zipped + "and more than that", "it is damaged"},
		"half a header":   {`BilledCost,"Billing`, "its first line cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			err := readError(t, bill.Options{}, good, test.file)
			if _, ok := errors.AsType[*bill.FileError](err); !ok || !strings.HasPrefix(err.Error(), "part-1.csv: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %q, want an error of part-1.csv with %q", err, test.want)
			}
		})
	}
}

// The other cost columns are named where they are missing.
func TestMissingCostColumn(t *testing.T) {
	err := readError(t, bill.Options{Cost: bill.ListCost}, table("1,USD,2026-10-01,AWS,S3,,,,,,"))
	if !strings.Contains(err.Error(), "it has no ListCost among its columns") {
		t.Errorf("got %q", err)
	}
}

// A quote that is never closed does not read the rest of a file into memory.
func TestQuoteThatIsNeverClosed(t *testing.T) {
	r := &endless{start: table(`1,USD,2026-10-01,AWS,S3,"open,,,,,`)}
	_, err := bill.Read(t.Context(), bill.Options{TempDir: t.TempDir()}, bill.Input{Name: "bill.csv", Reader: r})
	if err == nil || !strings.Contains(err.Error(), "a quote that is opened in it may never be closed") || r.read > 4<<20 {
		t.Errorf("got %v after %d bytes", err, r.read)
	}
}

// endless is a text and then lines without an end.
type endless struct {
	start string
	read  int
}

func (e *endless) Read(p []byte) (int, error) {
	n := copy(p, e.start)
	e.start = e.start[n:]
	if n == 0 {
		n = copy(p, bytes.Repeat([]byte("1,USD,2026-10-01\n"), 200))
	}
	e.read += n
	return n, nil
}

// A large row that is closed is taken.
func TestLargeRow(t *testing.T) {
	b := read(t, bill.Options{}, table(`1,USD,2026-10-01,AWS,S3,r,,,,,"`+strings.Repeat("x", 900_000)+`"`, "1,USD,2026-10-01,AWS,S3,r,,,,,"))
	if got := costs(records(t, b)[0]); got != "2026-10-01=2" {
		t.Errorf("got %s", got)
	}
}

func TestPlainAndGzipAreTheSame(t *testing.T) {
	text := table("1,USD,2026-10-01,AWS,S3,r,,,,,", "2,USD,2026-10-01,AWS,S3,r,,,,,")
	want := asJSON(t, read(t, bill.Options{}, text))
	var one bytes.Buffer
	z := gzip.NewWriter(&one)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	for _, file := range []string{one.String(), string(billtest.Gzip([]byte(text), 3)), "\xef\xbb\xbf" + text, strings.ReplaceAll(text, "\n", "\r\n"), text + "\n\n"} {
		if got := asJSON(t, read(t, bill.Options{}, file)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// A part that is given twice, such as packed and unpacked, would count twice. Parts without rows
// are alike, and do no harm.
func TestSamePartTwice(t *testing.T) {
	part := table("1,USD,2026-10-01,AWS,S3,r,,,,,")
	for name, again := range map[string]string{"copied": part, "packed": string(billtest.Gzip([]byte(part), 10))} {
		err := readError(t, bill.Options{}, part, header, header, again)
		if _, ok := errors.AsType[*bill.FileError](err); !ok || err.Error() != "part-3.csv: it has the same text as part-0.csv: its costs would count twice" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	read(t, bill.Options{}, part, header, header, table("1,USD,2026-10-01,AWS,S3,r,,,,,{}"))
}
