package graphql

// Region is a region of Klarity's, each with an endpoint of its own. No other one is named in
// any public source; an endpoint of yours is set with [WithURL].
type Region string

// The regions. The endpoint of RegionEU is the one of Klarity's documentation
// (docs.klarity.nordcloudapp.com/usage/api-manage). That of RegionUS is used by two public
// programs (github.com/Kacperek0/klarity-connector and
// github.com/andreainnocenti/ibmcloud-klarity-finops), that of RegionUK by the first of them.
const (
	RegionEU Region = "eu" // https://api.cnop-int.nordcloudapp.com/graphql
	RegionUS Region = "us" // https://api.cnop-int.us.nordcloudapp.com/graphql
	RegionUK Region = "uk" // https://api.cnop-int.uk.nordcloudapp.com/graphql
)

var endpoints = map[Region]string{
	RegionEU: "https://api.cnop-int.nordcloudapp.com/graphql",
	RegionUS: "https://api.cnop-int.us.nordcloudapp.com/graphql",
	RegionUK: "https://api.cnop-int.uk.nordcloudapp.com/graphql",
}

// BillingPeriod is a value of the header x-billing-period; see [WithBillingPeriod].
type BillingPeriod string

// The billing periods: the only values of the header that are known.
const (
	BillingPeriodCurrent  BillingPeriod = "current"
	BillingPeriodPrevious BillingPeriod = "previous"
)
