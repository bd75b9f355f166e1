package bill

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"unicode/utf8"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// Records are the records of the bill: one for each resource and currency, and one for each
// provider, account and service that has costs without a resource. The order is that of provider
// and ID. More than 1000 days, which is what a record may have, are followed by further records of the
// same type and ID with the remaining days. An error is one of the store, and the last that comes.
//
// A day that is negative is in its record without a value, which clears what Klarity may have.
// Each call makes new records, which the caller may keep and change.
func (b *Bill) Records() iter.Seq2[*models.EstateRecord, error] {
	return func(yield func(*models.EstateRecord, error) bool) {
		stopped := false
		err := b.groups(context.Background(), func(g *group) bool { // yield ends it soon enough
			for i := range g.currencies {
				for record := range b.records(g, i) {
					if !yield(record, nil) {
						stopped = true
						return false
					}
				}
			}
			return true
		})
		if err != nil && !stopped {
			yield(nil, err)
		}
	}
}

// records are those of a resource in one of its currencies.
func (b *Bill) records(g *group, i int) iter.Seq[*models.EstateRecord] {
	return func(yield func(*models.EstateRecord) bool) {
		for days := g.currencies[i].days; len(days) > 0; {
			n := min(len(days), maxDays)
			record := b.describe(g, i)
			record.Costs = &models.Costs{Currency: g.currencies[i].currency, Values: make([]models.CostElement, 0, n)}
			for j := range days[:n] {
				record.Costs.Values = append(record.Costs.Values, costElement(&days[j]))
			}
			if days = days[n:]; !yield(record) {
				return
			}
		}
	}
}

func costElement(d *daySum) models.CostElement {
	if isNegative(d) {
		return api.ClearedCost(dayTime(d.day))
	}
	return api.Cost(dayTime(d.day), AmountText(&d.amount))
}

// isNegative reports whether a day cannot be sent: the contract knows no sign.
func isNegative(d *daySum) bool { return d.amount.Sign() < 0 }

// The last part of types that no service has.
const (
	noResource = "no-resource"
	noService  = "no-service"
)

// typeOf is the type of a resource's records.
func (b *Bill) typeOf(g *group) string {
	switch {
	case g.resource.id == "":
		return g.provider + "/" + noResource
	case b.options.Type == ByProvider:
		return g.provider
	case g.segment == noResource: // a service with this name
		return g.provider + "/service-" + noResource
	}
	return g.provider + "/" + cmp.Or(g.segment, noService)
}

// idOf is the ID of a resource's record in one of its currencies.
func (b *Bill) idOf(g *group, i int) string {
	suffix := ""
	if i > 0 {
		suffix = "#" + g.currencies[i].currency
	}
	return g.resource.recordID(suffix != "") + suffix
}

// recordID is the ID of the record, but for a currency behind it.
func (r resource) recordID(suffix bool) string {
	if r.id != "" {
		return recordID(r.id, suffix)
	}
	id := r.account + "/" + r.service
	for _, c := range r.account {
		if c == '/' { // where the account ends would not be seen
			return hashed(id, r.account+"\x00"+r.service)
		}
	}
	return recordID(id, suffix)
}

// describe is a record without its costs.
func (b *Bill) describe(g *group, i int) *models.EstateRecord {
	r := &models.EstateRecord{Type: b.typeOf(g), ID: b.idOf(g, i), Name: g.name(), Metadata: map[string]any{}}
	if i > 0 && r.Name != "" {
		end := " (" + g.currencies[i].currency + ")"
		r.Name = cut(r.Name, maxText-len(end)) + end
	}
	for key, f := range metadataFields {
		if text := g.attributes.of(f); text != "" && (g.resource.id != "" || !ofResource[f]) {
			r.Metadata[key] = cut(text, maxMetadata)
		}
	}
	r.Metadata["cost_column"] = string(b.options.Cost)
	if g.resource.id != "" && g.resource.recordID(i > 0) != g.resource.id {
		r.Metadata["resource_id"] = cut(g.resource.id, maxMetadata)
	}
	if g.resource.id == "" {
		return r // the tags of a row are not those of an account
	}
	tags := parseTags(g.attributes.of(tagsCell))
	r.Tags = tags.short
	maps.Copy(r.Metadata, tags.metadata)
	return r
}

// maxMetadata is how long a text in the metadata may be: all of them together, with what
// parseTags adds, stay below the contract's limit whatever is in them.
const maxMetadata = 4096

// metadataFields are the columns that become metadata.
var metadataFields = map[string]field{
	"provider":               provider,
	"publisher":              publisher,
	"invoice_issuer":         invoiceIssuer,
	"billing_account_id":     billingAccountID,
	"billing_account_name":   billingAccountName,
	"sub_account_id":         subAccountID,
	"sub_account_name":       subAccountName,
	"region":                 regionID,
	"region_name":            regionName,
	"availability_zone":      availabilityZone,
	"service":                service,
	"service_category":       serviceCategory,
	"service_subcategory":    serviceSubcategory,
	"resource_type":          resourceType,
	"commitment_discount_id": commitmentDiscountID,
}

// ofResource are those that differ from row to row where there is no resource: a record of an
// account and a service does not have them.
var ofResource = map[field]bool{
	regionID: true, regionName: true, availabilityZone: true, serviceSubcategory: true, resourceType: true, commitmentDiscountID: true,
}

// name is the name of a resource, or says that there is none. A resource whose latest row has no
// name keeps the one that Klarity has, or its ID: that of a credit must not take the place of a name.
func (g *group) name() string {
	if g.resource.id != "" {
		return cut(g.attributes.of(resourceName), maxText)
	}
	name := cmp.Or(g.resource.service, "Costs") + " without a resource"
	account := cmp.Or(g.attributes.of(subAccountName), g.resource.account)
	if account == "" {
		return cut(name, maxText)
	}
	if over := utf8.RuneCountInString(name+account) + len(", ") - maxText; over > 0 {
		account = cut(account, max(0, utf8.RuneCountInString(account)-over))
	}
	return cut(name+", "+account, maxText)
}
