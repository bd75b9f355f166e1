package inventory

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cockroachdb/apd/v3"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/table"
	"github.com/klarity-go/klarity/models"
)

// Prices say what a unit of a virtual machine costs a day. Its methods do not change it.
type Prices struct {
	Currency string
	// vcpu is the price of a virtual CPU, gb that of 2^30 bytes of memory, tb that of 2^40 bytes of
	// disks: vSphere shows sizes in powers of 1024.
	vcpu, gb, tb apd.Decimal
}

var priceColumns = []string{"unit", "currency", "price"}

var units = []string{"vcpu", "gb", "tb"}

// ReadPrices reads a CSV file with the columns unit, currency and price, and a row for each of the
// units vcpu, gb and tb, all in one currency. A price is 0 or more, with a point and without
// thousands marks. Its errors name the line, and not the file.
func ReadPrices(name string) (*Prices, error) {
	return pricesOf(table.Read(name, priceColumns...))
}

// ParsePrices is ReadPrices for a file that was read already.
func ParsePrices(content []byte) (*Prices, error) {
	return pricesOf(table.Parse(content, priceColumns...))
}

func pricesOf(rows []table.Row, err error) (*Prices, error) {
	if err != nil {
		return nil, err
	}
	p := &Prices{}
	lines := map[string]int{}
	for _, row := range rows {
		unit, currency := strings.ToLower(row.Cells["unit"]), row.Cells["currency"]
		if err := p.set(unit, currency, row.Cells["price"]); err != nil {
			return nil, fmt.Errorf("line %d: %w", row.Line, err)
		}
		if before := lines[unit]; before > 0 {
			return nil, fmt.Errorf("line %d: the unit %s has a price already, on line %d", row.Line, unit, before)
		}
		lines[unit] = row.Line
	}
	for _, unit := range units {
		if lines[unit] == 0 {
			return nil, fmt.Errorf("the unit %s has no price: there must be a row for each of %s; a price may be 0", unit, strings.Join(units, ", "))
		}
	}
	return p, nil
}

// set takes a row.
func (p *Prices) set(unit, currency, price string) error {
	if !slices.Contains(units, unit) {
		return fmt.Errorf("the unit is %q, must be one of %s", unit, strings.Join(units, ", "))
	}
	if p.Currency != "" && currency != p.Currency {
		return fmt.Errorf("the currency is %q, and %q before: all prices must be in one", currency, p.Currency)
	}
	// What the SDK takes as a currency and as an amount is what can be sent.
	probe := &models.EstateRecord{ID: "probe", Type: TypeVM, Costs: &models.Costs{
		Currency: currency, Values: []models.CostElement{api.Cost(time.Now(), price)},
	}}
	if price == "" {
		return fmt.Errorf("the price is missing")
	}
	if err := api.CheckRecord(probe, models.InsertInPeriodCurrent); err != nil {
		if e, ok := errors.AsType[*api.FieldError](err); ok {
			named := *e
			named.Field = map[string]string{"costs.currency": "currency", "costs.values[0].value": "price"}[e.Field]
			return &named
		}
		return err
	}
	amount, _, err := apd.NewFromString(price)
	if err != nil {
		return fmt.Errorf("the price is %q, which is no amount", price)
	}
	p.Currency = currency
	switch unit {
	case "vcpu":
		p.vcpu = *amount
	case "gb":
		p.gb = *amount
	case "tb":
		p.tb = *amount
	}
	return nil
}

// perDay is what a machine costs a day, digit by digit. A part of a unit is a fraction with a power
// of two below the line, so that it has an end in decimals: nothing is rounded.
func (p *Prices) perDay(vcpus, memoryMB, diskBytes int64) (string, error) {
	sum := new(apd.Decimal)
	for _, part := range []struct {
		price  *apd.Decimal
		amount int64
		bits   uint // the unit is 2^bits of the amount
	}{{&p.vcpu, vcpus, 0}, {&p.gb, memoryMB, 10}, {&p.tb, diskBytes, 40}} {
		product := new(apd.Decimal)
		if _, err := apd.BaseContext.Mul(product, part.price, fraction(part.amount, part.bits)); err != nil {
			return "", err
		}
		if _, err := apd.BaseContext.Add(sum, sum, product); err != nil {
			return "", err
		}
	}
	sum.Reduce(sum)
	return sum.Text('f'), nil
}

// fraction is amount / 2^bits, as amount × 5^bits / 10^bits.
func fraction(amount int64, bits uint) *apd.Decimal {
	five := apd.NewBigInt(5)
	power := new(apd.BigInt).Exp(five, apd.NewBigInt(int64(bits)), nil)
	return apd.NewWithBigInt(power.Mul(power, apd.NewBigInt(amount)), -int32(bits))
}

// costs are the costs of a machine, or nil without prices, and where something that they depend on
// could not be read. Only a machine that is powered on pays for its CPUs and memory; storage is
// taken up by all, templates too.
//
// Storage is the capacity of the virtual disks: what was ordered, whatever part of it the guest
// uses today. What is committed changes with each write and snapshot, so that a day would have
// another cost each time that it is sent.
func (p *pass) costs(vm machine) *models.Costs {
	prices := p.cfg.Prices
	if prices == nil {
		return nil
	}
	for _, path := range []string{"runtime.powerState", "config.hardware.numCPU", "config.hardware.memoryMB", "config.hardware.device"} {
		if vm.missing[path] {
			p.counts.priceless++
			return nil
		}
	}
	var vcpus, memory int64
	if vm.Runtime.PowerState == "poweredOn" {
		vcpus, memory = int64(vm.config.Hardware.NumCPU), int64(vm.config.Hardware.MemoryMB)
	}
	_, disks := disksOf(vm.config.Hardware.Device)
	amount, err := prices.perDay(vcpus, memory, disks)
	if err != nil {
		p.counts.priceless++
		return nil
	}
	costs := &models.Costs{Currency: prices.Currency}
	for day := p.firstDay(vm.config.CreateDate); !day.After(p.cfg.To); day = day.AddDate(0, 0, 1) {
		costs.Values = append(costs.Values, api.Cost(day, amount))
	}
	return costs
}

// firstDay is the first day with a cost: From, or the day on which the machine was created if that
// is later, but not after To, which a clock that is wrong could make it.
func (p *pass) firstDay(created *time.Time) time.Time {
	if created == nil || created.IsZero() {
		return p.cfg.From
	}
	day := created.UTC().Truncate(24 * time.Hour)
	switch {
	case day.Before(p.cfg.From):
		return p.cfg.From
	case day.After(p.cfg.To):
		return p.cfg.To
	}
	return day
}

// Month is the days that costs are sent for: those of the month of now so far, in UTC, or only the
// last of them.
func Month(now time.Time, today bool) (from, to time.Time) {
	year, month, day := now.UTC().Date()
	to = time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if today {
		return to, to
	}
	return time.Date(year, month, 1, 0, 0, 0, 0, time.UTC), to
}
