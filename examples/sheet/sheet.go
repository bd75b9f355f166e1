// Package sheet holds the sample data of the examples. All of it is invented: vendors,
// people, machines and prices.
package sheet

import _ "embed"

// Licences is a sheet of licences, machines and subscriptions, with what they cost on each
// day of a week. Two records stand in it twice: their later rows change some fields, clear
// a tag, a metadata key and two days, and leave the rest alone. Seven rows are wrong, each
// in its own way: a decimal comma, a currency that is none, a month that is over, a missing
// type, a name that was to be cleared, a credit with a minus sign, and a comma in a name
// without quotes.
//
//go:embed licences.csv
var Licences string

// Retired is a list of records of Licences to delete. Two rows are wrong: one has no ID,
// one says null where nothing can be cleared.
//
//go:embed retired.csv
var Retired string
