package source

import (
	"bytes"
	"errors"
	"strings"
)

// foreign are the files that people have and this package does not read, by how they begin.
var foreign = []struct{ magic, message string }{
	{"\x09\x08\x10\x00\x00\x06\x05\x00", oldWorkbook},
	{"%PDF-", "this is a PDF document: save the sheet that it was made from as .xlsx or CSV"},
	{"PAR1", "this is a Parquet file: export it as CSV or JSON lines"},
	{"SQLite format 3\x00", "this is a SQLite database: export the table as CSV"},
	{"{\\rtf", "this is a document of a word processor (RTF): save it as plain text"},
	{"BZh", "this is compressed with bzip2: pipe it through bunzip2 -c, with -file -"},
	{"\xfd7zXZ\x00", "this is compressed with xz: pipe it through xz -dc, with -file -"},
	{"\x28\xb5\x2f\xfd", "this is compressed with zstd: pipe it through zstd -dc, with -file -"},
	{"7z\xbc\xaf\x27\x1c", "this is a 7z archive: unpack it first"},
	{"Rar!\x1a\x07", "this is a RAR archive: unpack it first"},
	{"\xff\xfe\x00\x00", "the text is UTF-32: save it as UTF-8"},
	{"\x00\x00\xfe\xff", "the text is UTF-32: save it as UTF-8"},
}

const (
	oldWorkbook = "this is an Excel workbook of the old format (.xls): save it as .xlsx or CSV"
	oleMagic    = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	zipMagic    = "PK\x03\x04"
	emptyZip    = "PK\x05\x06"
)

// refuseForeign names a file that cannot be read by its first bytes, and says what to do.
func refuseForeign(head []byte) error {
	for _, f := range foreign {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			return errors.New(f.message)
		}
	}
	switch {
	case bytes.HasPrefix(head, []byte(oleMagic)):
		return errors.New(oldWorkbook + "; a workbook with a password begins in the same way: save it without one")
	case bytes.HasPrefix(head, []byte(emptyZip)):
		return errors.New("this is a zip archive with nothing in it")
	case len(head) >= 4 && head[0] != 0 && head[1] == 0 && head[2] != 0 && head[3] == 0,
		len(head) >= 4 && head[0] == 0 && head[1] != 0 && head[2] == 0 && head[3] != 0:
		return errors.New("the text looks like UTF-16 without a byte order mark: save it as UTF-8 (in Excel: \"CSV UTF-8\")")
	}
	return refuseMarkup(head)
}

// refuseMarkup names HTML and XML. A web page in place of a file is most often the page that
// asks to sign in.
func refuseMarkup(head []byte) error {
	text := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(string(head), utf8Mark)))
	switch {
	case !strings.HasPrefix(text, "<"):
		return nil
	case strings.Contains(text, "<html"), strings.Contains(text, "<!doctype html"), strings.HasPrefix(text, "<table"):
		return errors.New("this is a web page (HTML): what was saved may be a page to sign in, or a sheet in HTML; open it, and save the sheet as .xlsx or CSV")
	case strings.Contains(text, "office:spreadsheet"), strings.Contains(text, "excel.sheet"):
		return errors.New("this is an Excel workbook of the format of 2003 (XML): save it as .xlsx or CSV")
	}
	return errors.New("this is XML: save the data as .xlsx, CSV or JSON")
}

func (s *stream) isZip() bool { return bytes.HasPrefix(s.head, []byte(zipMagic)) }
