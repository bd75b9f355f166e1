package bill

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// field is a column that is read.
type field int

const (
	cost field = iota
	currency
	chargeStart
	billingStart
	provider
	service
	resourceID
	resourceName
	resourceType
	subAccountID
	subAccountName
	billingAccountID
	billingAccountName
	publisher
	invoiceIssuer
	regionID
	regionName
	availabilityZone
	serviceCategory
	serviceSubcategory
	commitmentDiscountID
	tagsCell
	fields // how many there are
)

// columnNames are the names of the specification. The one of the cost is that of the options.
var columnNames = [fields]string{
	currency:             "BillingCurrency",
	chargeStart:          "ChargePeriodStart",
	billingStart:         "BillingPeriodStart",
	provider:             "ProviderName",
	service:              "ServiceName",
	resourceID:           "ResourceId",
	resourceName:         "ResourceName",
	resourceType:         "ResourceType",
	subAccountID:         "SubAccountId",
	subAccountName:       "SubAccountName",
	billingAccountID:     "BillingAccountId",
	billingAccountName:   "BillingAccountName",
	publisher:            "PublisherName",
	invoiceIssuer:        "InvoiceIssuerName",
	regionID:             "RegionId",
	regionName:           "RegionName",
	availabilityZone:     "AvailabilityZone",
	serviceCategory:      "ServiceCategory",
	serviceSubcategory:   "ServiceSubcategory",
	commitmentDiscountID: "CommitmentDiscountId",
	tagsCell:             "Tags",
}

// shortNames are what the reports of Oracle call columns, which have the other names in every version
// of the specification that is read here.
var shortNames = map[field]string{
	provider: "Provider", publisher: "Publisher", invoiceIssuer: "InvoiceIssuer", regionID: "Region",
}

// neededColumns must be there. The rest says more about a resource, if it is there.
var neededColumns = []field{cost, currency, chargeStart, provider, service}

// summedColumns decide what an amount is added to, and which one it is.
var summedColumns = []field{cost, currency, chargeStart, billingStart, provider, service, resourceID, resourceType, subAccountID, billingAccountID}

// columns say in which cell of a row a field stands.
type columns struct {
	names   [fields]string
	indexes [fields]int // -1 if it is not in the file
	cells   int         // of a row
}

// readHeader finds the columns. They may be in any order and in any case; others are ignored.
func readHeader(header []string, costColumn Cost) (*columns, error) {
	c := &columns{names: columnNames, cells: len(header)}
	c.names[cost] = string(costColumn)
	for f := range c.indexes {
		c.indexes[f] = -1
	}
	if slices.ContainsFunc(header, func(name string) bool { return strings.ContainsAny(name, "\r\n") }) {
		return nil, errLineEnds
	}
	for f := range c.names {
		found := find(header, c.names[f])
		if short := shortNames[field(f)]; len(found) == 0 && short != "" {
			if found = find(header, short); len(found) > 0 {
				c.names[f] = short // for errors
			}
		}
		if len(found) > 1 {
			return nil, fmt.Errorf("the column %s is there twice", c.names[f])
		}
		if len(found) == 1 {
			c.indexes[f] = found[0]
		}
	}
	var missing []string
	for _, f := range neededColumns {
		if c.indexes[f] < 0 {
			missing = append(missing, c.names[f])
		}
	}
	if len(missing) == 0 {
		return c, nil
	}
	return nil, foreignHeader(header, missing)
}

var errLineEnds = errors.New("a name in its first line has a line break in it: if its lines end in a carriage return alone, save it with other line ends")

// find returns where a column is.
func find(header []string, column string) (indexes []int) {
	for i, name := range header {
		if strings.EqualFold(strings.TrimSpace(name), column) {
			indexes = append(indexes, i)
		}
	}
	return indexes
}

// foreignHeader says what a file is whose header lacks columns, as far as it shows.
func foreignHeader(header, missing []string) error {
	has := func(names ...string) bool {
		for _, name := range names {
			if len(find(header, name)) > 0 {
				return true
			}
		}
		return false
	}
	lacks := "it has no " + strings.Join(missing, ", no ")
	switch {
	case has("lineItem/UsageAccountId", "line_item_usage_account_id", "identity/LineItemId", "identity_line_item_id"):
		return errors.New("this is a Cost and Usage Report of AWS, not FOCUS: make a data export of the table FOCUS 1.0 with AWS columns, or a later one, as CSV")
	case has("CostInBillingCurrency", "PreTaxCost"):
		return errors.New("this is a cost export of Azure in Microsoft's own columns, not FOCUS: choose the export of cost and usage details (FOCUS)")
	case has("ServiceProviderName") && !has("ProviderName"):
		return errors.New("this is FOCUS 1.3 or later, which has ServiceProviderName in place of ProviderName: export 1.0, 1.1 or 1.2")
	case len(header) == 1 && strings.ContainsAny(header[0], ";\t|"):
		return fmt.Errorf("its cells are not separated by commas, as in all exports of FOCUS; %s", lacks)
	case len(missing) == 1 && has("BilledCost", "EffectiveCost", "ListCost", "ContractedCost"):
		return fmt.Errorf("%s among its columns; FOCUS 1.0, 1.1 and 1.2 have it", lacks)
	}
	return fmt.Errorf("this is not FOCUS 1.0, 1.1 or 1.2: %s in its first line", lacks)
}

// cell returns the text of a field, "" if it is absent: not in the file, empty, or the word NULL,
// as a database writes it.
func (c *columns) cell(row []string, f field) string {
	i := c.indexes[f]
	if i < 0 || row[i] == "NULL" {
		return ""
	}
	return row[i]
}

// endsInSummed reports whether the last column of the file decides about an amount.
func (c *columns) endsInSummed() bool {
	for _, f := range summedColumns {
		if c.indexes[f] == c.cells-1 {
			return true
		}
	}
	return false
}
