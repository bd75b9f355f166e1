package source

import (
	"strings"
	"testing"
)

func TestCellsOfAWorkbook(t *testing.T) {
	texts := `<sst><si><t>shared</t></si><si><r><t>two </t></r><r><t xml:space="preserve">fonts</t></r><rPh><t>aside</t></rPh></si><si><t>a_x000D_b_x005F_x</t></si></sst>`
	for _, c := range []struct{ name, cell, want string }{
		{"a shared text", `<c t="s"><v>0</v></c>`, "shared"},
		{"a text of two fonts", `<c t="s"><v>1</v></c>`, "two fonts"},
		{"an escaped character", `<c t="s"><v>2</v></c>`, "a\rb_x"},
		{"a text that is not there", `<c t="s"><v>3</v></c>`, `error: the workbook is damaged: it has no text with the number "3"`},
		{"an inline text", `<c t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>`, "inline"},
		{"entities", `<c t="str"><v>&lt;a&amp;b&gt;</v></c>`, "<a&b>"},
		{"CDATA", `<c t="str"><v><![CDATA[<x>]]></v></c>`, "<x>"},
		{"true", `<c t="b"><v>1</v></c>`, "TRUE"},
		{"false", `<c t="b"><v>0</v></c>`, "FALSE"},
		{"an error", `<c t="e"><v>#DIV/0!</v></c>`, "error: the cell holds the error #DIV/0!: correct its formula, or clear the cell"},
		{"a formula", `<c><f>1/4</f><v>0.25</v></c>`, "0.25"},
		{"a formula of text", `<c t="str"><f>A1</f><v>x</v></c>`, "x"},
		{"a formula with an empty result", `<c t="str"><f>A1</f><v></v></c>`, ""},
		{"a formula without a result", `<c><f>1+1</f></c>`, "error: the formula has no stored result: open the workbook in Excel, save it, and read it again"},
		{"a number", `<c><v>12.5</v></c>`, "12.5"},
		{"noise", `<c t="n"><v>12.500000000000001</v></c>`, "12.5"},
		{"more noise", `<c><v>0.30000000000000004</v></c>`, "0.3"},
		{"an exponent", `<c><v>1.25E+1</v></c>`, "12.5"},
		{"a small number", `<c><v>1E-7</v></c>`, "0.0000001"},
		{"a large number", `<c><v>1.5E20</v></c>`, "150000000000000000000"},
		{"a number with zeros at its end", `<c><v>7.10</v></c>`, "7.1"},
		{"minus", `<c><v>-3</v></c>`, "-3"},
		{"no number", `<c><v>x</v></c>`, `error: the workbook is damaged: "x" is no number`},
		{"a hexadecimal number", `<c><v>0x1p4</v></c>`, `error: the workbook is damaged: "0x1p4" is no number`},
		{"not a number", `<c><v>NaN</v></c>`, `error: the workbook is damaged: "NaN" is no number`},
		{"a date", `<c s="1"><v>46330</v></c>`, "2026-11-04"},
		{"a date in a format of its own", `<c s="2"><v>46330</v></c>`, "2026-11-04"},
		{"a month", `<c s="3"><v>46327</v></c>`, "2026-11-01"},
		{"a date with a time", `<c s="1"><v>46330.75</v></c>`, "2026-11-04 18:00:00"},
		{"a second before midnight, in binary", `<c s="1"><v>46330.99998842593</v></c>`, "2026-11-04 23:59:59"},
		{"midnight, in binary", `<c s="1"><v>46329.9999999999</v></c>`, "2026-11-04"},
		{"a time", `<c s="1"><v>0.5</v></c>`, "12:00:00"},
		{"a duration is a number", `<c s="4"><v>1.25</v></c>`, "1.25"},
		{"the first day", `<c s="1"><v>1</v></c>`, "1900-01-01"},
		{"the day before the one that was not", `<c s="1"><v>59</v></c>`, "1900-02-28"},
		{"the day that was not", `<c s="1"><v>60</v></c>`, "error: 1900-02-29 is no date: type the cell again"},
		{"the day after it", `<c s="1"><v>61</v></c>`, "1900-03-01"},
		{"the last day", `<c s="1"><v>2958465</v></c>`, "9999-12-31"},
		{"no day", `<c s="1"><v>2958466</v></c>`, "error: the number 2958466 has the format of a date, and is none: format the cell as a number"},
		{"a day before all", `<c s="1"><v>-1</v></c>`, "error: the number -1 has the format of a date, and is none: format the cell as a number"},
		{"a date as text in the file", `<c t="d"><v>2026-11-04T00:00:00</v></c>`, "2026-11-04"},
		{"no date as text", `<c t="d"><v>soon</v></c>`, `error: the workbook is damaged: "soon" is no date`},
		{"no cell", `<c/>`, ""},
		{"an unknown type", `<c t="z"><v>1</v></c>`, `error: the workbook is damaged: a cell of the type "z"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			book := rawBook(t, texts, `<worksheet><sheetData><row>`+text("id", "type", "tag.x")+`</row><row>`+text("a", "vm")+c.cell+`</row></sheetData></worksheet>`)
			r, err := openBook(book, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for item, err := range r.All() {
				got := ""
				if err != nil {
					got = "error: " + strings.TrimPrefix(err.Error(), `Costs!C2: column "tag.x": `)
				} else if tag := item.Tags["x"]; tag != nil {
					got = *tag
				}
				if got != c.want {
					t.Errorf("got  %q\nwant %q", got, c.want)
				}
			}
		})
	}
}

func TestDatesOfAnOldMac(t *testing.T) {
	cell, err := serialDate("44868", true)
	if err != nil || cell.text != "2026-11-04" {
		t.Errorf("got %v, %v, want 2026-11-04", cell, err)
	}
}

func TestDateFormats(t *testing.T) {
	for code, want := range map[string]bool{
		"General": false, "GENERAL": false, "0": false, "0.00E+00": false, "#,##0.00": false, "@": false, "": false,
		"yyyy-mm-dd": true, "dd.mm.yyyy": true, `dd\.mm\.yyyy`: true, "mmm yyyy": true, "D/M/YY": true, "h:mm AM/PM": true, "mm:ss.0": true,
		"[$-409]d/m/yy;@": true, "[h]:mm": false, "[mm]:ss": false, `0" days"`: false, `"day "0`: false, `#,##0\ \d`: false, "0_d": false, "0*d": false,
		"[Red]0;[Blue]dd": false, "[$USD] #,##0": false, `"open`: false, "[open": false, `yyyy"`: true,
	} {
		if got := isDateFormat(code); got != want {
			t.Errorf("isDateFormat(%q) = %v, want %v", code, got, want)
		}
	}
}
