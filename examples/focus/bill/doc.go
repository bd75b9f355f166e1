// Package bill makes estate records of a cloud bill in FOCUS, the format that AWS, Microsoft,
// Google and Oracle export in common: one record for each resource, with its exact cost of each
// UTC day. A bill may be larger than memory: it is summed in an embedded store on disk.
//
// The columns are those of the FinOps Open Cost and Usage Specification 1.0, 1.1 and 1.2,
// https://focus.finops.org and
// https://github.com/FinOps-Open-Cost-and-Usage-Spec/FOCUS_Spec/tree/main/specification/columns.
// Those that are read here are in 1.0 already, but for ServiceSubcategory, which came with 1.1
// (CHANGELOG.md there). 1.2 added seven more, none of them read: BillingAccountType,
// SubAccountType, InvoiceId, PricingCurrency, and three prices in that currency.
package bill
