package source

import (
	"strconv"
	"strings"
)

// dateStyles says of each style of a workbook whether its numbers are dates or times.
type dateStyles []bool

func readDateStyles(p parts, name string) (dateStyles, error) {
	if name == "" {
		return nil, nil
	}
	var doc struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Styles []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := p.unmarshal(name, &doc); err != nil {
		return nil, err
	}
	custom := make(map[int]bool, len(doc.Formats))
	for _, f := range doc.Formats {
		custom[f.ID] = isDateFormat(f.Code)
	}
	styles := make(dateStyles, len(doc.Styles))
	for i, s := range doc.Styles {
		isDate, ok := custom[s.Format]
		styles[i] = ok && isDate || !ok && isBuiltInDate(s.Format)
	}
	return styles, nil
}

// of reports whether a cell with this style is a date or a time.
func (d dateStyles) of(style string) bool {
	i, err := strconv.Atoi(style)
	return err == nil && i >= 0 && i < len(d) && d[i]
}

// isBuiltInDate reports whether a number format that has no code in the file is one of a date
// or a time: those of ECMA-376, part 1, 18.8.30, with its East Asian ones. 46 is a duration.
func isBuiltInDate(id int) bool {
	return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id == 45 || id == 47 || id >= 50 && id <= 58
}

// isDateFormat reports whether a number format, such as dd.mm.yyyy, is one of a date or a
// time. A duration, such as [h]:mm, is a number.
func isDateFormat(code string) bool {
	code, _, _ = strings.Cut(code, ";") // the format of positive numbers
	letters := false
	for i := 0; i < len(code); i++ {
		switch c := code[i] | 0x20; {
		case code[i] == '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return letters
			}
			i += end + 1
		case code[i] == '\\', code[i] == '_', code[i] == '*':
			i++ // the next character is shown, left free or repeated
		case code[i] == '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return letters
			}
			if strings.Trim(strings.ToLower(code[i+1:i+end]), "hms") == "" {
				return false
			}
			i += end
		case c == 'y', c == 'm', c == 'd', c == 'h', c == 's':
			letters = true
		}
	}
	return letters && !strings.EqualFold(code, "general")
}
