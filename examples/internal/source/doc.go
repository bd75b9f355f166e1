// Package source reads files of estate records, of locators and of enrichments: CSV, JSON
// lines and JSON. It reads one item at a time, on demand, so that a file of any length needs
// only the memory of its longest item.
//
// An invalid item is one error, with its line, and reading continues. Reading ends early
// only if the rest cannot be read, because the stream fails or a JSON document has a syntax
// error; the last error then says so.
//
// # CSV
//
// The first line names the columns: id, type, name, validThrough, currency, tag.KEY,
// meta.KEY or meta.KEY.SUB, cost.YYYY-MM-DD for records; nid, id, type, name for locators;
// nid and data.KEY or data.KEY.SUB for enrichments. Cells are separated by commas, or by
// semicolons if the first line uses them. An empty cell leaves the field unchanged, the cell
// null clears it. Every value is a string: seats=25 is sent as "25", and the tag value "null"
// can only be written in JSON. Spaces are significant.
//
// # JSON lines and JSON
//
// Items have the API's own form: one per line, or the elements of one array, which may be
// inside an object as in a request's body ({"records": [...]}). An unknown field, a
// duplicate field, and a null where the API does not accept one are errors. Numbers in
// metadata keep every digit.
package source
