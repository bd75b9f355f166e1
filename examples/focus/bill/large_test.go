package bill_test

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strings"
	"testing"
	"time"
)

var (
	large     = flag.String("large", "", "write a bill as large as those of big organisations to `FILE`, in gzip if its name ends in .gz")
	largeRows = flag.Int("rows", 10_000_000, "its number of `ROWS`")
	resources = flag.Int("resources", 200_000, "its number of resources, which each have the same number of rows, about")
	mixed     = flag.Bool("mixed", false, "its rows are in no order")
)

// TestWriteLarge writes a bill to measure the program with:
//
//	go test ./bill -run TestWriteLarge -args -large /tmp/bill.csv.gz
//	go build -o /tmp/focus . && /usr/bin/time -v /tmp/focus -file /tmp/bill.csv.gz -dry-run -allow-negative
//
// Each row is an hour of a resource in October; without -mixed the rows are in the order of the
// hours, as exports have them, more or less.
func TestWriteLarge(t *testing.T) {
	if *large == "" {
		t.Skip("-large names no file")
	}
	f, err := os.Create(*large)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var w io.Writer = f
	if strings.HasSuffix(*large, ".gz") {
		z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		defer z.Close()
		w = z
	}
	b := bufio.NewWriterSize(w, 1<<20)
	defer b.Flush()
	fmt.Fprintln(b, "AvailabilityZone,BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,"+
		"ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,EffectiveCost,InvoiceIssuerName,ListCost,ProviderName,PublisherName,"+
		"RegionId,RegionName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,SkuId,SubAccountId,SubAccountName,Tags")
	services := []string{"Amazing Compute Service", "Object Storage", "Queues and Topics", "Managed Database", "Load Balancing", "Monitoring"}
	rng := rand.New(rand.NewSource(1))
	start := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	const hours = 31 * 24
	for i := range *largeRows {
		hour, resource := int(int64(i)*hours/int64(*largeRows)), rng.Intn(*resources)
		if *mixed {
			hour = rng.Intn(hours)
		}
		at := start.Add(time.Duration(hour) * time.Hour)
		account, service := resource%97, services[resource%len(services)]
		cost := fmt.Sprintf("%d.%011d", rng.Intn(3), rng.Int63n(100_000_000_000))
		if rng.Intn(500) == 0 {
			cost = "-" + cost
		}
		fmt.Fprintf(b, "north-1%c,%s,100200300400,Harbour Trading,USD,2026-11-01T00:00:00Z,2026-10-01T00:00:00Z,Usage,,\"$0.008 per used unit-hour (or partial hour), region North\",Usage-Based,%s,%s,%s,"+
			"\"Example Web Services, Inc.\",%s,Example Web Services,\"Example Web Services, Inc.\",north-1,North (Harbour),arn:example:compute:north-1:%012d:instance/i-%017x,machine-%d,Instance,Compute,%s,"+
			"SKU%08d,%012d,account %d,\"{\"\"application\"\": \"\"app-%d\"\", \"\"environment\"\": \"\"production\"\", \"\"business_unit\"\": \"\"unit-%d\"\"}\"\n",
			'a'+resource%3, cost, at.Add(time.Hour).Format(time.RFC3339), at.Format(time.RFC3339), cost, cost, account, resource, resource, service, resource%5000, account, account, resource%300, resource%20)
	}
}
