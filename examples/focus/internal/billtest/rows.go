// Package billtest makes bills up, and says by another way than package bill what their records
// must be.
package billtest

import (
	"fmt"
	"math/big"
	"math/rand"
	"strings"
	"time"
)

// Row is a row of a bill. Cells are the columns with a text; others are absent.
type Row struct {
	Cells  map[string]string
	Amount *big.Rat
	Day    string

	provider, service, resource, account string
	start                                time.Time
}

// providers have the slug that their names must have. Two names have the same one.
var providers = []struct{ name, slug string }{
	{"AWS", "aws"}, {"aws", "aws"}, {"Microsoft", "microsoft"}, {"Example Web Services, Inc.", "example-web-services-inc"},
	{"Ünï (Cloud) 云", "ünï-cloud-云"},
}

var services = []struct{ name, slug string }{
	{"Virtual Machines", "virtual-machines"}, {"S3", "s3"}, {"No Resource!", "service-no-resource"}, {"", "no-service"},
}

var currencies = []string{"USD", "USD", "USD", "EUR", "EUR", "SEK"}

// Rows makes rows up: hourly and daily ones, credits, refunds, corrections of earlier bills, several providers and currencies,
// resources and what has none.
func Rows(rng *rand.Rand) []Row {
	rows := make([]Row, 1+rng.Intn(250))
	resources := 1 + rng.Intn(20)
	first := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, -rng.Intn(400))
	days := 1 + rng.Intn(40)
	for i := range rows {
		rows[i] = row(rng, resources, first, days)
	}
	return rows
}

func row(rng *rand.Rand, resources int, first time.Time, days int) Row {
	n := rng.Intn(resources)
	r := Row{Cells: map[string]string{}}
	provider := providers[n%len(providers)]
	r.start = first.AddDate(0, 0, rng.Intn(days))
	r.Cells["ChargeFrequency"] = "Recurring"
	if rng.Intn(3) > 0 { // an hourly row
		r.start = r.start.Add(time.Duration(rng.Intn(24)) * time.Hour)
		r.Cells["ChargeFrequency"] = "Usage-Based"
	}
	r.Cells["ChargePeriodStart"] = timeText(rng, r.start)
	month := time.Date(r.start.Year(), r.start.Month(), 1, 0, 0, 0, 0, time.UTC)
	switch rng.Intn(10) {
	case 0: // unknown
	case 1: // a correction on the next bill
		r.start = month.AddDate(0, 1, 0)
		r.Cells["BillingPeriodStart"] = timeText(rng, r.start)
	default:
		r.Cells["BillingPeriodStart"] = timeText(rng, month)
	}
	r.Day = r.start.Format(time.DateOnly)
	service := services[(n+r.start.Hour())%len(services)] // a resource that several bill
	r.provider, r.service = provider.slug, service.slug
	r.Cells["ProviderName"], r.Cells["ServiceName"] = provider.name, service.name
	r.Cells["BillingCurrency"] = currencies[rng.Intn(1+rng.Intn(len(currencies)))]
	r.account = fmt.Sprint("account-", n%3)
	r.Cells["BillingAccountId"] = r.account
	if n%2 == 0 {
		r.account = fmt.Sprint("sub-", n%5)
		r.Cells["SubAccountId"] = r.account
	}
	if n%4 != 3 {
		r.resource = fmt.Sprintf("arn:example/%d \"quoted\", with a comma\nand two lines", n)
		r.Cells["ResourceId"] = r.resource
		r.Cells["ResourceName"] = fmt.Sprintf("%d since %d", n, r.start.Unix())
		r.Cells["Tags"] = fmt.Sprintf(`{"hour":%d,"owner":"team %d","shared":true}`, r.start.Hour(), n)
	}
	r.Cells["RegionId"] = fmt.Sprint("region-", rng.Intn(5)) // differs in rows of one hour
	text := amountText(rng)
	r.Cells["BilledCost"], r.Cells["EffectiveCost"] = text, "999"
	r.Amount, _ = new(big.Rat).SetString(text)
	return r
}

// timeText is one of the forms that exports have.
func timeText(rng *rand.Rand, at time.Time) string {
	forms := []string{
		"2006-01-02T15:04:05Z", "2006-01-02 15:04:05", "2006-01-02T15:04Z", "2006-01-02 15:04:05 UTC", "2006-01-02T15:04:05.000Z",
	}
	switch n := rng.Intn(len(forms) + 2); {
	case n < len(forms):
		return at.Format(forms[n])
	case n == len(forms) && at.Hour() == 0:
		return at.Format(time.DateOnly)
	}
	return at.In(time.FixedZone("", 3600*(rng.Intn(25)-12))).Format(time.RFC3339)
}

// amountText is an amount as it can be written: many are small, some are credits.
func amountText(rng *rand.Rand) string {
	text := ""
	switch rng.Intn(8) {
	case 0:
		text = "0"
	case 1:
		text = fmt.Sprintf("%d.%dE-%d", rng.Intn(10), rng.Intn(1e6), rng.Intn(20))
	case 2:
		text = fmt.Sprintf("%de+%d", 1+rng.Intn(99), rng.Intn(4))
	case 3:
		text = fmt.Sprintf(".%02d", rng.Intn(100))
	default:
		text = fmt.Sprintf("%d.%0*d", rng.Intn(1000), 1+rng.Intn(17), rng.Intn(10))
	}
	if rng.Intn(5) == 0 {
		return "-" + text
	}
	return text
}

// absent is a cell without a text.
func absent(rng *rand.Rand) string {
	if rng.Intn(2) == 0 {
		return ""
	}
	return "NULL"
}

// randomCase writes a column's name in another case.
func randomCase(rng *rand.Rand, name string) string {
	switch rng.Intn(8) {
	case 0:
		return strings.ToLower(name)
	case 1:
		return strings.ToUpper(name)
	}
	return name
}
