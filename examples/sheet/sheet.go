// Package sheet holds the sample data of the examples. All vendors, people, machines and
// prices are fictitious.
package sheet

import _ "embed"

// Licences is a sheet of licences, machines and subscriptions, with their costs on each day
// of a week. Two records have two rows each: the later rows change some fields, clear a tag,
// a metadata key and two days, and leave the rest unchanged. Seven rows are invalid, each in
// a different way: a decimal comma, a currency that does not exist, a month in the past, a
// missing type, a name to be cleared, a credit with a minus sign, and an unquoted comma in a
// name.
//
//go:embed licences.csv
var Licences string

// Retired is a list of records of Licences to delete. Two rows are invalid: one has no ID,
// and one has a null where nothing can be cleared.
//
//go:embed retired.csv
var Retired string
