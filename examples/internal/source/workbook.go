package source

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// An Excel workbook (.xlsx) is a zip archive of XML. It is read with the standard library and
// not with a package for workbooks: those that stream rows return texts without the types of
// the cells, so that #N/A cannot be told from a text, nor a date from a number, and take XML
// that ends too early for the end of the sheet.

// sheet is a sheet as the workbook's list has it.
type sheet struct {
	name   string
	part   string // the name of its XML in the archive
	hidden bool
	chart  bool // a chart, and no table
}

// workbook is a workbook up to its rows.
type workbook struct {
	parts    parts
	sheets   []sheet
	date1904 bool // days are counted from 1904, as on an old Mac
	texts    string
	styles   string
}

// readWorkbook reads the list of sheets.
func readWorkbook(p parts) (*workbook, error) {
	main := "xl/workbook.xml"
	if rels, err := p.relations("_rels/.rels"); err == nil {
		for _, r := range rels {
			if strings.HasSuffix(r.Type, "/officeDocument") {
				main = resolve("", r.Target)
			}
		}
	}
	if p[strings.ToLower(main)] == nil {
		return nil, p.refuse()
	}
	var doc struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name  string `xml:"name,attr"`
			State string `xml:"state,attr"`
			ID    string `xml:"id,attr"` // r:id
		} `xml:"sheets>sheet"`
	}
	if err := p.unmarshal(main, &doc); err != nil {
		return nil, err
	}
	folder, file := path.Split(main)
	rels, err := p.relations(folder + "_rels/" + file + ".rels")
	if err != nil {
		return nil, err
	}
	w := &workbook{parts: p, date1904: isTrue(doc.Properties.Date1904)}
	targets := map[string]relation{}
	for _, r := range rels {
		r.Target = resolve(folder, r.Target)
		targets[r.ID] = r
		switch {
		case strings.HasSuffix(r.Type, "/sharedStrings"):
			w.texts = r.Target
		case strings.HasSuffix(r.Type, "/styles"):
			w.styles = r.Target
		}
	}
	for _, s := range doc.Sheets {
		r := targets[s.ID]
		w.sheets = append(w.sheets, sheet{
			name: s.Name, part: r.Target, hidden: s.State != "" && s.State != "visible",
			chart: !strings.HasSuffix(r.Type, "/worksheet"),
		})
	}
	return w, nil
}

// sheet returns the sheet of that name, whatever its case as in Excel, or the first visible
// one.
func (w *workbook) sheet(name string) (sheet, error) {
	var names []string
	for _, s := range w.sheets {
		if s.chart {
			continue
		}
		if name == "" && !s.hidden || name != "" && strings.EqualFold(s.name, name) {
			return s, nil
		}
		names = append(names, strconv.Quote(s.name))
	}
	switch {
	case len(names) == 0:
		return sheet{}, errors.New("the workbook has no sheet with cells")
	case name == "":
		return sheet{}, fmt.Errorf("all sheets of the workbook are hidden: name one with -sheet, of %s", strings.Join(names[:min(len(names), 20)], ", "))
	}
	return sheet{}, fmt.Errorf("-sheet: the workbook has no sheet %q; it has %s", name, strings.Join(names[:min(len(names), 20)], ", "))
}

// relation says under which name a part refers to another one.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

func (p parts) relations(name string) ([]relation, error) {
	var doc struct {
		Relations []relation `xml:"Relationship"`
	}
	err := p.unmarshal(name, &doc)
	return doc.Relations, err
}

// resolve returns the name of a part to which a part in folder refers.
func resolve(folder, target string) string {
	if after, ok := strings.CutPrefix(target, "/"); ok {
		return path.Clean(after)
	}
	return path.Clean(folder + target)
}

// unmarshal reads a small part.
func (p parts) unmarshal(name string, to any) error {
	r, err := p.open(name)
	if err != nil {
		return err
	}
	defer r.Close()
	if err := xml.NewDecoder(&budgetReader{Reader: r, left: maxPart}).Decode(to); err != nil {
		return errZip(fmt.Errorf("%.100s: %w", name, err))
	}
	return nil
}

// budgetReader ends with an error after a number of bytes.
type budgetReader struct {
	io.Reader
	left int64
	read int64
}

var errTooMuchXML = errors.New("too much XML")

func (b *budgetReader) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooMuchXML
	}
	n, err := b.Reader.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	b.read += int64(n)
	return n, err
}

// isTrue reads a truth value of XML.
func isTrue(s string) bool { return s == "1" || s == "true" || s == "on" }
