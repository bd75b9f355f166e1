// Package source reads files of estate records, of locators and of enrichments: CSV, Excel
// workbooks, JSON lines and JSON. It reads one item at a time, on demand, so that a file of any
// length needs only the memory of its longest item. What else is held is bounded: half a
// million keys, to notice those that occur twice (8 MiB), and the texts of a workbook (128 MiB).
//
// An invalid item is one error, with its position, and reading continues. Reading ends early
// only if the rest cannot be read, because the stream fails, a text is not UTF-8, a workbook is
// damaged, or a JSON document has a syntax error; the last error then says so.
//
// # What a file is
//
// The content tells: the format, whether it is compressed (gzip), and by a byte order mark the
// encoding. What cannot be read is an error that names it and says what to do. Options are for
// what the content does not tell. None is guessed, and one that is not about the format is an
// error.
//
// # CSV
//
// The first line names the columns: id, type, name, validThrough, currency, tag.KEY,
// meta.KEY or meta.KEY.SUB, cost.YYYY-MM-DD for records; nid, id, type, name for locators;
// nid and data.KEY or data.KEY.SUB for enrichments. The case of headings does not matter, but
// for the keys in them, nor do spaces around them. Cells are separated by what the line sep=
// names, otherwise by commas, semicolons, tabs or bars, whichever gives the required columns.
// An empty cell leaves the field unchanged, the cell null clears it. Every value is a string:
// seats=25 is sent as "25", and the tag value "null" can only be written in JSON. Spaces in
// cells are significant.
//
// Of a file that can be read twice, all of the text is checked before the first item is given
// away. Of a pipe, a row that is not UTF-8 ends the reading.
//
// # Workbooks
//
// A sheet of a workbook has the form of CSV. Cells count by their values: numbers with 15
// digits, dates as YYYY-MM-DD, formulas by the result that is stored with them.
//
// # JSON lines and JSON
//
// Items have the API's own form: one per line, or the elements of one array, which may be
// inside an object as in a request's body ({"records": [...]}), or one object after the other
// over several lines each. An unknown field, a duplicate field, and a null where the API does
// not accept one are errors. Numbers in metadata keep every digit.
package source
