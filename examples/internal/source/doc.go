// Package source reads files of estate records, of locators and of enrichments: CSV, JSON
// lines and JSON. It reads as it is pulled, one item at a time, so that a file of any
// length takes the memory of its longest item.
//
// What is wrong with one item is that item's error and names its line; reading goes on.
// Only what makes the rest unreadable (the stream breaks, or a JSON document loses its
// shape) ends the reading, after one last error that says so.
//
// # CSV
//
// The first line names the columns: id, type, name, validThrough, currency, tag.KEY,
// meta.KEY or meta.KEY.SUB, cost.YYYY-MM-DD for records; nid, id, type, name for locators;
// nid and data.KEY or data.KEY.SUB for enrichments. Cells are separated by commas, or by
// semicolons when the first line says so. An empty cell leaves the field alone, the cell
// null clears it. Every value is text: seats=25 arrives as "25", and the tag value "null"
// can only be written in JSON. Spaces count.
//
// # JSON lines and JSON
//
// Items stand in the API's own shape, one a line, or as the elements of one array, which
// may be wrapped as in a request's body ({"records": [...]}). An unknown field, a field
// that stands twice, and a null where the API knows none are errors. Numbers in metadata
// keep every digit.
package source
