package source

import (
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// texts are the texts of a workbook, to which its cells refer by number.
type texts struct {
	buf  []byte
	ends []uint32
}

// readTexts reads the part with the texts. They are held in memory, up to a limit of bytes.
func readTexts(p parts, name string, limit int) (*texts, error) {
	t := &texts{}
	if name == "" {
		return t, nil
	}
	r, err := p.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	budget := &budgetReader{Reader: r}
	d := newXML(budget)
	for {
		budget.left = MaxItem
		token, err := d.RawToken()
		if err == io.EOF {
			return t, nil
		}
		if err != nil {
			return nil, errZip(fmt.Errorf("%.100s: %w", name, err))
		}
		if start, ok := token.(xml.StartElement); !ok || start.Name.Local != "si" {
			continue
		}
		if t.buf, err = appendText(d, t.buf, "si"); err != nil {
			return nil, errZip(fmt.Errorf("%.100s: %w", name, err))
		}
		t.ends = append(t.ends, uint32(len(t.buf)))
		if len(t.buf)+4*len(t.ends) > limit {
			return nil, fmt.Errorf("the workbook has more than %d MiB of different texts: save the sheet as CSV", limit>>20)
		}
	}
}

func (t *texts) get(number string) (string, error) {
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(t.ends) {
		return "", fmt.Errorf("the workbook is damaged: it has no text with the number %.20q", number)
	}
	start := uint32(0)
	if i > 0 {
		start = t.ends[i-1]
	}
	return unescapeXString(string(t.buf[start:t.ends[i]])), nil
}

// appendText appends the text inside an element that has begun: that of its parts with
// different fonts, but not the pronunciation that is shown above it.
func appendText(d *xml.Decoder, buf []byte, element string) ([]byte, error) {
	inText, aside := false, 0
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return buf, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			switch token.Name.Local {
			case "t":
				inText = true
			case "rPh":
				aside++
			}
		case xml.CharData:
			if inText && aside == 0 {
				buf = append(buf, token...)
			}
		case xml.EndElement:
			switch token.Name.Local {
			case "t":
				inText = false
			case "rPh":
				aside--
			case element:
				return buf, nil
			}
		}
	}
}

var escapedCharacter = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

// unescapeXString replaces the characters that XML cannot have and Excel writes as _x000D_.
func unescapeXString(s string) string {
	if !strings.Contains(s, "_x") {
		return s
	}
	return escapedCharacter.ReplaceAllStringFunc(s, func(escaped string) string {
		n, err := strconv.ParseUint(escaped[2:6], 16, 16)
		if err != nil || !utf8.ValidRune(rune(n)) {
			return escaped
		}
		return string(rune(n))
	})
}

// newXML returns a decoder that reads r in large pieces.
func newXML(r io.Reader) *xml.Decoder { return xml.NewDecoder(newBuffer(r)) }
