// Package overview says what the records of a run add up to: on a terminal or in a log with
// [Overview.WriteText], and as a page that can be mailed with [Overview.WriteHTML].
//
// # What is counted
//
// Totals, the most expensive records, what records lack and duplicates are about the records that
// were accepted, or valid in a dry run. A record with any other outcome counts as an outcome and
// as a refusal with its reason, and nowhere else.
//
// Costs are added exactly, as decimals of any number of digits, and printed with all of them: at
// least two decimals, commas between thousands. A cost of "" is zero. A null clears what is
// stored for its day: it adds nothing, and its day does not count as one with costs. Totals add
// what the input has, duplicates included. Amounts of different currencies are never compared.
//
// A record has an owner if it has a tag whose key is "owner", in any case (Owner, OWNER), with a
// value that is not blank. A record has costs if it has a day with a value, even with a zero.
//
// A duplicate is a record with the type and ID of an earlier one. Klarity merges it into that
// one: a field, tag or day that both have takes the later value.
//
// # What is kept
//
// What is kept does not grow with the input, beyond these bounds:
//
//   - totals by type and currency: 1,000 pairs, and further types of a currency in one row of
//     "other types"; 300 currencies, and the number of the records in others
//   - costs by type, currency and day: 65,536 sums, some 50 bytes each, and what other days cost in
//     one sum for each pair
//   - the ten most expensive records of each currency
//   - a hash of 64 bits for each type and ID, with its place in 32 bits: up to 1,048,576 of them,
//     17 to 35 bytes each in a map, 38 MB at most. Two records have the same hash by chance with a
//     probability of 3 in 100 million for a million records. Later types and IDs are not
//     remembered, and the outputs say so. The first ten duplicates with both places.
//   - refusals: 100 reasons, alike but for quoted text and numbers, each with the first ones; 300
//     rows for the page; the others are counted
//   - a cost of more than 64 characters is not added, but counted
//
// Each text that is kept has 1,024 bytes at most, which no valid type, ID or name exceeds.
package overview
