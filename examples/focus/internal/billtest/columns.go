package billtest

import "strings"

// The columns of FOCUS by version, from the specification's repository: specification/columns and
// CHANGELOG.md of https://github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec.
var (
	columns10 = strings.Fields(`AvailabilityZone BilledCost BillingAccountId BillingAccountName BillingCurrency BillingPeriodEnd
		BillingPeriodStart ChargeCategory ChargeClass ChargeDescription ChargeFrequency ChargePeriodEnd ChargePeriodStart
		CommitmentDiscountCategory CommitmentDiscountId CommitmentDiscountName CommitmentDiscountStatus CommitmentDiscountType
		ConsumedQuantity ConsumedUnit ContractedCost ContractedUnitPrice EffectiveCost InvoiceIssuerName ListCost ListUnitPrice
		PricingCategory PricingQuantity PricingUnit ProviderName PublisherName RegionId RegionName ResourceId ResourceName
		ResourceType ServiceCategory ServiceName SkuId SkuPriceId SubAccountId SubAccountName Tags`)
	added11 = strings.Fields(`CapacityReservationId CapacityReservationStatus CommitmentDiscountQuantity CommitmentDiscountUnit
		ServiceSubcategory SkuMeter SkuPriceDetails`)
	added12 = strings.Fields(`BillingAccountType InvoiceId PricingCurrency PricingCurrencyContractedUnitPrice
		PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice SubAccountType`)
)

// Columns are those of a version: 0 for 1.0, 1 for 1.1, 2 for 1.2.
func Columns(version int) []string {
	columns := append([]string(nil), columns10...)
	if version > 0 {
		columns = append(columns, added11...)
	}
	if version > 1 {
		columns = append(columns, added12...)
	}
	return columns
}
