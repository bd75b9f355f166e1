package main

import (
	"math/big"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/focus/internal/billtest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server starts an emulator and sets the environment to it.
func server(t *testing.T) *apitest.Server {
	t.Helper()
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	return s
}

// runFocus runs the program, and checks that it shows no secret and leaves no file behind.
func runFocus(t *testing.T, args ...string) jobtest.Result {
	t.Helper()
	temp := t.TempDir()
	result := jobtest.Run(t, run, "", append([]string{"-temp", temp}, args...)...)
	checkTraces(t, result, temp)
	return result
}

func checkTraces(t *testing.T, result jobtest.Result, temp string) {
	t.Helper()
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("the temporary folder has %v, %v, want nothing", left, err)
	}
	if secret := os.Getenv("KLARITY_CLIENT_SECRET"); secret != "" && strings.Contains(result.Out+result.Err, secret) {
		t.Errorf("the output shows the secret:\n%s%s", result.Out, result.Err)
	}
}

const header = "BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,ServiceName,ResourceId\n"

func table(rows ...string) string { return header + strings.Join(rows, "\n") + "\n" }

// sums are the costs of an estate by type and currency.
func sums(s *apitest.Server) string {
	var b strings.Builder
	for _, total := range s.Totals("") {
		for _, currency := range []string{"EUR", "GBP", "SEK", "USD"} {
			if sum := total.Costs[currency]; sum != "" {
				b.WriteString(total.Type + " " + sum + " " + currency + "\n")
			}
		}
	}
	return b.String()
}

// With nothing set, the made-up bill goes to an emulator inside the program.
func TestSample(t *testing.T) {
	jobtest.Environment(t, nil)
	runFocus(t).Want(t, 0, []string{
		"No credentials are set: this runs on an emulator", "32 rows of 8 resources, from 2026-10-01 to 2026-10-03, in EUR, USD.",
		"1 resource is billed in several currencies", "#EUR", "1 day of a resource is negative and cannot be sent, -1.41 EUR in all",
		"nimbus-cloud       EUR  53.39760364  54.80760364     -1.41           0", "It balances to the last decimal.", "accepted       10", "All records were accepted.",
	}, nil)
}

// The sample has what its README says of it, and each amount is in the estate.
func TestSampleInTheEstate(t *testing.T) {
	s := server(t)
	runFocus(t, "-sample").Want(t, 0, nil, nil)
	want := `fjord-compute-ltd/kubernetes 4.1 EUR
fjord-compute-ltd/kubernetes 36.5 USD
fjord-compute-ltd/object-storage 2.25 USD
nimbus-cloud/managed-database 7.18 EUR
nimbus-cloud/no-resource 47.2116 EUR
nimbus-cloud/queue 0.00000352 EUR
nimbus-cloud/virtual-machines 0.41600012 EUR
oakline/design-studio 37.5 EUR
`
	if got := sums(s); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Any bill is in the estate to the last decimal, and reconciles.
func TestAnyBillInTheEstate(t *testing.T) {
	for seed := range 12 {
		rng := rand.New(rand.NewSource(int64(1000 + seed)))
		rows := billtest.Rows(rng)
		s := server(t)
		args := []string{"-allow-negative"}
		dir := t.TempDir()
		for i, file := range billtest.Files(rng, rows) {
			name := filepath.Join(dir, string(rune('a'+i)))
			if err := os.WriteFile(name, file, 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "-file", name)
		}
		runFocus(t, args...).Want(t, 0, []string{"It balances to the last decimal."}, nil)
		want := map[string]*big.Rat{}
		records := billtest.Records(rows)
		for _, r := range records {
			for day, amount := range r.Days {
				if !r.Negative(day) {
					key := r.Type + " " + r.Currency
					if want[key] == nil {
						want[key] = new(big.Rat)
					}
					want[key].Add(want[key], amount)
				}
			}
		}
		sums := 0
		for _, total := range s.Totals("") {
			for currency, sum := range total.Costs {
				got, ok := new(big.Rat).SetString(sum)
				if w := want[total.Type+" "+currency]; !ok || w == nil || got.Cmp(w) != 0 {
					t.Errorf("%s %s: got %s, want %v", total.Type, currency, sum, w)
				}
				sums++
			}
		}
		if sums != len(want) || s.Len() != len(records) {
			t.Errorf("got %d sums of %d records, want %d of %d", sums, s.Len(), len(want), len(records))
		}
		if t.Failed() {
			t.Fatalf("with seed %d", seed)
		}
	}
}

// What an earlier bill had is replaced, and what has become negative is cleared.
func TestSecondRun(t *testing.T) {
	s := server(t)
	first := jobtest.File(t, "bill.csv", table("5,USD,2026-10-01,AWS,S3,r", "6,USD,2026-10-02,AWS,S3,r"))
	runFocus(t, "-file", first).Want(t, 0, nil, nil)
	second := jobtest.File(t, "bill.csv", table("5,USD,2026-10-01,AWS,S3,r", "-7,USD,2026-10-01,AWS,S3,r", "6.5,USD,2026-10-02,AWS,S3,r"))
	runFocus(t, "-file", second, "-allow-negative").Want(t, 0, nil, nil)
	r, _ := s.Record("aws/s3", "r")
	if len(r.Costs) != 1 || r.Costs[0] != (apitest.Cost{Date: "2026-10-02", Value: "6.5", Currency: "USD"}) {
		t.Errorf("got the costs %v, want 6.5 USD on 2026-10-02", r.Costs)
	}
}

func TestDryRun(t *testing.T) {
	jobtest.Environment(t, nil)
	file := jobtest.File(t, "bill.csv", table("5,USD,2026-10-01,AWS,S3,r"))
	runFocus(t, "-file", file, "-dry-run").Want(t, 0, []string{"Checking 1 record of " + file, "Nothing was sent.", "to be sent", "It balances to the last decimal."}, nil)
}

func TestQuiet(t *testing.T) {
	server(t)
	file := jobtest.File(t, "bill.csv", table("5,USD,2026-10-01,AWS,S3,r", "-7,USD,2026-10-02,AWS,S3,r"))
	if result := runFocus(t, "-file", file, "-quiet", "-allow-negative"); result != (jobtest.Result{}) {
		t.Errorf("got %+v, want status 0 and no output", result)
	}
	result := runFocus(t, "-file", file, "-quiet")
	result.Want(t, 1, nil, []string{"focus: 1 day of a resource is negative and cannot be sent, -7 USD in all"})
	if result.Out != "" {
		t.Errorf("got the output %q", result.Out)
	}
}

func TestHelp(t *testing.T) {
	result := jobtest.Run(t, run, "", "-h")
	result.Want(t, 0, []string{"go run ./examples/focus", "-allow-negative", "-reconciliation FILE", "EffectiveCost", "TMPDIR", "KLARITY_CLIENT_ID", "Exit status"}, nil)
	if result.Err != "" {
		t.Errorf("got errors %q", result.Err)
	}
}

// The parts of a bill are one bill, in any order, also from the standard input.
func TestParts(t *testing.T) {
	s := server(t)
	part := jobtest.File(t, "part.csv", table("1,USD,2026-10-01,AWS,S3,r"))
	zipped := jobtest.File(t, "part.csv.gz", string(billtest.Gzip([]byte(table("2,USD,2026-10-01,AWS,S3,r")), 40)))
	temp := t.TempDir()
	result := jobtest.Run(t, run, table("4,USD,2026-10-01,AWS,S3,r"), "-temp", temp, "-file", part, "-file", "-", "-file", zipped)
	result.Want(t, 0, []string{"Reading " + part + " and 2 more files", "3 rows of 1 resource, on 2026-10-01, in USD."}, nil)
	checkTraces(t, result, temp)
	if got := sums(s); got != "aws/s3 7 USD\n" {
		t.Errorf("got %s", got)
	}
}

func TestPeriodAndCost(t *testing.T) {
	s := server(t)
	file := jobtest.File(t, "bill.csv", "ListCost,"+strings.Replace(table("1,USD,2026-10-01,AWS,S3,r"), "\n1,", "\n3,1,", 1))
	runFocus(t, "-file", file, "-cost", "ListCost", "-period", "previous", "-type", "provider").Want(t, 0, []string{"The bill against the records, ListCost:"}, nil)
	r, ok := s.Record("aws", "r")
	if !ok || r.Costs[0].Value != "3" || r.Metadata["cost_column"] != "ListCost" || !strings.Contains(string(jobtest.Sent(s)[0].Body), `"insertInPeriod":"previous"`) {
		t.Errorf("got %+v", r)
	}
}
