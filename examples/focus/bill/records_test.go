package bill_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/models"
)

// list is a line for each record: type, ID, name, currency and costs.
func list(t *testing.T, b *bill.Bill) string {
	t.Helper()
	var lines []string
	for _, r := range records(t, b) {
		lines = append(lines, fmt.Sprintf("%s %s (%s) %s %s", r.Type, r.ID, r.Name, r.Costs.Currency, costs(r)))
	}
	return strings.Join(lines, "\n")
}

func wantList(t *testing.T, b *bill.Bill, want ...string) {
	t.Helper()
	if got := list(t, b); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// Hours are added up by UTC day, whatever the zone of the row.
func TestHoursMakeDays(t *testing.T) {
	wantList(t, read(t, bill.Options{}, table(
		"0.1,USD,2026-10-01T00:00:00Z,AWS,S3,r,,,,,", "0.2,USD,2026-10-01 23:59:59,AWS,S3,r,,,,,", "0.4,USD,2026-10-02T01:00:00+02:00,AWS,S3,r,,,,,", "0.8,USD,2026-10-02,AWS,S3,r,,,,,",
	)), "aws/s3 r () USD 2026-10-01=0.7 2026-10-02=0.8")
}

// Credits are netted per day. A day that stays negative is cleared; one that is zero is sent.
func TestNegativeDays(t *testing.T) {
	b := read(t, bill.Options{}, table(
		"1,USD,2026-10-01,AWS,S3,a,,,,,", "-0.25,USD,2026-10-01,AWS,S3,a,,,,,", "1,USD,2026-10-02,AWS,S3,a,,,,,", "-1.0,USD,2026-10-02,AWS,S3,a,,,,,",
		"1,USD,2026-10-03,AWS,S3,a,,,,,", "-1.00000000001,USD,2026-10-03,AWS,S3,a,,,,,", "-5,EUR,2026-10-04,AWS,S3,only,,,,,",
	))
	wantList(t, b, "aws/s3 a () USD 2026-10-01=0.75 2026-10-02=0 2026-10-03=null", "aws/s3 only () EUR 2026-10-04=null")
	s := b.Summary()
	want := []bill.NegativeDay{{"aws", "aws/s3", "a", "2026-10-03", "USD", "-0.00000000001"}, {"aws", "aws/s3", "only", "2026-10-04", "EUR", "-5"}}
	var all []bill.NegativeDay
	for n, err := range b.Negative(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	if s.NegativeDays != 2 || !slices.Equal(s.FirstNegative, want) || !slices.Equal(all, want) {
		t.Errorf("got %+v and %v, want %v", s, all, want)
	}
}

// A resource in several currencies is a record for each; that with the highest sum keeps the ID.
func TestSeveralCurrencies(t *testing.T) {
	b := read(t, bill.Options{}, table(
		"1,EUR,2026-10-01,AWS,S3,r,,,,,", "3,USD,2026-10-01,AWS,S3,r,,,,,", "2.5,GBP,2026-10-01,AWS,S3,r,,,,,", "0.5,GBP,2026-10-02,AWS,S3,r,,,,,",
		"1,EUR,2026-10-01,AWS,S3,,,,a,,", "2,USD,2026-10-01,AWS,S3,,,,a,,", "9,USD,2026-10-01,AWS,S3,x#EUR,,,,,",
	))
	wantList(t, b,
		"aws/no-resource a/S3 (S3 without a resource, a) USD 2026-10-01=2",
		"aws/no-resource a/S3#EUR (S3 without a resource, a (EUR)) EUR 2026-10-01=1",
		"aws/s3 r () GBP 2026-10-01=2.5 2026-10-02=0.5", "aws/s3 r#EUR () EUR 2026-10-01=1", "aws/s3 r#USD () USD 2026-10-01=3",
		"aws/s3 x#EUR~0a899245aa2978bf () USD 2026-10-01=9")
	if s := b.Summary(); s.Split != 2 || s.FirstSplit[1].Currency != "GBP" || !slices.Equal(s.FirstSplit[1].Currencies, []string{"EUR", "USD"}) || s.Records != 6 || s.Resources != 2 || s.WithoutResource != 2 || s.Shortened != 1 {
		t.Errorf("got %+v", s)
	}
}

// The type is that of the earliest row, so that it stays the same as the file of a month grows; name,
// tags and metadata are those of the latest.
func TestEarliestTypeLatestName(t *testing.T) {
	rows := []string{
		`1,USD,2026-10-02T00:00:00Z,AWS,Zebra,r,first,Bucket,s,b,"{""v"":1}"`, `1,USD,2026-10-02T00:00:00Z,AWS,Lion,r,second,Disk,s,b,`, `1,USD,2026-10-02,AWS,,r,none,,,,`,
		`1,USD,2026-10-03T05:00:00Z,AWS,Ant,r,third,Bucket,s,b,"{""v"":2}"`, `1,USD,2026-10-03T05:00:00Z,AWS,Ant,r,last,Bucket,s,b,"{""v"":3}"`,
	}
	for _, test := range []struct {
		by   bill.TypeBy
		want string
	}{{bill.ByService, "aws/lion"}, {bill.ByResourceType, "aws/bucket"}, {bill.ByProvider, "aws"}} {
		for i := range 6 {
			r := records(t, read(t, bill.Options{Type: test.by, Buffer: i % 2}, table(rows...)))[0]
			if r.Type != test.want || r.Name != "third" || *r.Tags["v"] != "2" || r.Metadata["service"] != "Ant" {
				t.Errorf("%s: got %s, %s, %s, %v, want the type %s and the rest of the third row", test.by, r.Type, r.Name, *r.Tags["v"], r.Metadata, test.want)
			}
			rows = append(rows[2:], rows[:2]...)
		}
	}
	grown := records(t, read(t, bill.Options{}, table(append(rows, "1,USD,2026-10-20,AWS,Aardvark,r,,,,,")...)))[0]
	if grown.Type != "aws/lion" {
		t.Errorf("got the type %s of the grown file, want aws/lion", grown.Type)
	}
}

// A service without a name, which Microsoft's exports have in purchases and credits, is no error.
// https://github.com/microsoft/finops-toolkit/issues/1569
func TestWithoutService(t *testing.T) {
	wantList(t, read(t, bill.Options{}, table("1,USD,2026-10-01,Microsoft,NULL,r,,,,,", "2,USD,2026-10-01,Microsoft,,,,,,acc,", "4,USD,2026-10-01,Microsoft,No Resource,x,,,,,", "8,USD,2026-10-01,Microsoft,,,,,,,")),
		"microsoft/no-resource / (Costs without a resource) USD 2026-10-01=8",
		"microsoft/no-resource acc/ (Costs without a resource, acc) USD 2026-10-01=2", "microsoft/no-service r () USD 2026-10-01=1",
		"microsoft/service-no-resource x () USD 2026-10-01=4")
}

// The tags of a row are not those of all costs of an account and a service.
func TestTagsWithoutResource(t *testing.T) {
	r := records(t, read(t, bill.Options{}, table(`1,USD,2026-10-01,AWS,S3,,,,a,,"{""k"":""v""}"`)))[0]
	if len(r.Tags) > 0 || r.Metadata["sub_account_id"] != "a" {
		t.Errorf("got the tags %v and the metadata %v, want no tags", r.Tags, r.Metadata)
	}
}

// Two names with one slug are one provider.
func TestProvidersWithOneSlug(t *testing.T) {
	wantList(t, read(t, bill.Options{}, table("1,USD,2026-10-01,AWS,S3,r,,,,,", "2,USD,2026-10-01,aws!,S3,r,,,,,", "4,USD,2026-10-01,Azure,S3,r,,,,,")),
		"aws/s3 r () USD 2026-10-01=3", "azure/s3 r () USD 2026-10-01=4")
}

// A record has at most 1000 days; the others follow in another one with the same key.
func TestManyDays(t *testing.T) {
	var rows []string
	start := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 2001 {
		rows = append(rows, "1,USD,"+start.AddDate(0, 0, i).Format(time.DateOnly)+",AWS,S3,r,,,,,")
	}
	b := read(t, bill.Options{Buffer: 10_000}, table(rows...))
	all := records(t, b)
	var n []int
	seen := map[string]bool{}
	for _, r := range all {
		n = append(n, len(r.Costs.Values))
		for _, c := range r.Costs.Values {
			seen[c.Date.String()] = true
		}
		if r.ID != "r" || r.Type != "aws/s3" || r.Name != "" {
			t.Errorf("got %s %s %s", r.Type, r.ID, r.Name)
		}
	}
	if !slices.Equal(n, []int{1000, 1000, 1}) || len(seen) != 2001 || b.Summary().Records != 3 {
		t.Errorf("got %v days in the records, %d different ones", n, len(seen))
	}
}

// All columns that become metadata.
func TestMetadata(t *testing.T) {
	const columns = "BilledCost,EffectiveCost,BillingCurrency,ChargePeriodStart,ProviderName,PublisherName,InvoiceIssuerName,BillingAccountId,BillingAccountName,SubAccountId,SubAccountName," +
		"RegionId,RegionName,AvailabilityZone,ServiceName,ServiceCategory,ServiceSubcategory,ResourceType,CommitmentDiscountId,ResourceId,x_Other\n"
	const row = "1,2,USD,2026-10-01,AWS,Publisher,Issuer,ba,Billing,sa,Sub,r-1,Region,az,S3,Storage,Objects,Bucket,cd,%s,other\n"
	want := map[string]string{
		"provider": "AWS", "publisher": "Publisher", "invoice_issuer": "Issuer", "billing_account_id": "ba", "billing_account_name": "Billing", "sub_account_id": "sa", "sub_account_name": "Sub",
		"region": "r-1", "region_name": "Region", "availability_zone": "az", "service": "S3", "service_category": "Storage", "service_subcategory": "Objects", "resource_type": "Bucket",
		"commitment_discount_id": "cd", "cost_column": "EffectiveCost",
	}
	long := strings.Repeat("x", 300)
	all := records(t, read(t, bill.Options{Cost: bill.EffectiveCost}, columns+fmt.Sprintf(row+row+row, "id", long, "")))
	metadata := func(id string) map[string]any {
		for _, r := range all {
			if strings.HasPrefix(r.ID, id) {
				return r.Metadata
			}
		}
		t.Fatalf("no record %s", id)
		return nil
	}
	compare := func(id string) {
		t.Helper()
		if got := fmt.Sprint(metadata(id)); got != fmt.Sprint(want) {
			t.Errorf("%s: got %s, want %v", id, got, want)
		}
	}
	compare("id")
	want["resource_id"] = long
	compare("xxx")
	for _, key := range []string{"resource_id", "region", "region_name", "availability_zone", "service_subcategory", "resource_type", "commitment_discount_id"} {
		delete(want, key) // they differ from row to row
	}
	compare("sa/S3")
	if got := *all[1].Costs.Values[0].Value; got != "2" {
		t.Errorf("got the cost %s, want that of EffectiveCost", got)
	}
}

// The caller may keep and change what it gets, and begin again.
func TestRecordsAgain(t *testing.T) {
	b := read(t, bill.Options{}, table(`1,USD,2026-10-01,AWS,S3,a,,,,,"{""k"":""v""}"`, "1,USD,2026-10-01,AWS,S3,b,,,,,"))
	want := asJSON(t, b)
	for r := range b.Records() {
		r.ID, r.Tags["k"], r.Metadata["provider"], r.Costs.Values[0] = "x", nil, 1, models.CostElement{}
		break
	}
	if got := asJSON(t, b); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Oracle's reports call the provider, the publisher, the issuer and the region by shorter names. A
// column with the name of the specification goes before one with the short name.
func TestShortNamesOfColumns(t *testing.T) {
	const short = "BilledCost,BillingCurrency,ChargePeriodStart,InvoiceIssuer,Provider,Publisher,Region,ServiceName,ResourceId,Tags,oci_ReferenceNumber\n"
	b := read(t, bill.Options{}, short+"0.25,EUR,2026-10-01T22:00Z,Issuer,Oracle,Publisher,eu-frankfurt-1,COMPUTE,ocid1.instance.x,{},1\n",
		strings.Replace(short, "ServiceName", "ProviderName,ServiceName", 1)+"0.5,EUR,2026-10-01T23:00Z,Issuer,not this,Publisher,eu-frankfurt-1,Oracle,COMPUTE,ocid1.instance.x,{},2\n")
	wantList(t, b, "oracle/compute ocid1.instance.x () EUR 2026-10-01=0.75")
	r := records(t, b)[0]
	for key, want := range map[string]string{"provider": "Oracle", "publisher": "Publisher", "invoice_issuer": "Issuer", "region": "eu-frankfurt-1"} {
		if r.Metadata[key] != want {
			t.Errorf("%s: got %v, want %s", key, r.Metadata[key], want)
		}
	}
}

// A latest row without a name, as those of credits have none, does not take the name away.
func TestNameIsKept(t *testing.T) {
	wantList(t, read(t, bill.Options{}, table("5,USD,2026-10-01,AWS,S3,r,web-1,,,,", "1,EUR,2026-10-01,AWS,S3,r,web-1,,,,")),
		"aws/s3 r (web-1) USD 2026-10-01=5", "aws/s3 r#EUR (web-1 (EUR)) EUR 2026-10-01=1")
	wantList(t, read(t, bill.Options{}, table("5,USD,2026-10-01,AWS,S3,r,web-1,,,,", "1,EUR,2026-10-02,AWS,S3,r,,,,,")),
		"aws/s3 r () USD 2026-10-01=5", "aws/s3 r#EUR () EUR 2026-10-02=1")
}

// A correction of an earlier bill must not take the place of the days of that bill: it counts for
// the first day of the billing period in which it is charged, and decides about nothing else.
func TestCorrectionsOfAnEarlierBill(t *testing.T) {
	const columns = "BillingPeriodStart,BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,ServiceName,ResourceId\n"
	b := read(t, bill.Options{}, columns+
		"2026-11-01T00:00:00Z,5,USD,2026-11-01T03:00:00Z,AWS,S3,r\n"+
		"2026-11-01T00:00:00Z,-2,USD,2026-10-15T03:00:00Z,AWS,S3,r\n"+
		"2026-11-01T00:00:00Z,-3,USD,2026-10-31T23:59:59Z,AWS,S3,only\n"+
		"2026-11-01T00:00:00Z,7,USD,2026-11-02,AWS,S3,only\n"+
		"NULL,11,USD,2026-10-31,AWS,S3,r\n")
	wantList(t, b, "aws/s3 only () USD 2026-11-01=null 2026-11-02=7", "aws/s3 r () USD 2026-10-31=11 2026-11-01=3")
	var totals []string
	for _, total := range b.Totals() {
		totals = append(totals, total.Day+"="+bill.AmountText(&total.File))
	}
	if got, want := strings.Join(totals, " "), "2026-10-31=11 2026-11-01=0 2026-11-02=7"; got != want || b.Summary().Earlier != 2 {
		t.Errorf("got the totals %s, and %d earlier rows, want %s, and 2", got, b.Summary().Earlier, want)
	}
	if err := readError(t, bill.Options{}, columns+"November,5,USD,2026-11-01T03:00:00Z,AWS,S3,r\n"); !strings.Contains(err.Error(), `column BillingPeriodStart: "November" is not a time`) {
		t.Errorf("got %v", err)
	}
}
