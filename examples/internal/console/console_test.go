package console

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// newTestConsole returns a terminal with a number of columns, and what is written to it.
func newTestConsole(width int, colour bool) (*Console, *bytes.Buffer) {
	var b bytes.Buffer
	return &Console{Writer: &b, width: func() int { return width }, colour: colour}, &b
}

func TestProgressLine(t *testing.T) {
	for _, c := range []struct {
		name         string
		items        int
		bytes, total int64
		took         time.Duration
		width        int
		want         string
	}{
		{"at the start", 0, 0, 1000, 0, 80, "Uploading " + strings.Repeat("─", 40) + "   0 %  0 records"},
		{"in the middle", 12345, 500, 1000, 10 * time.Second, 80, "Uploading " + strings.Repeat("━", 13) + strings.Repeat("─", 14) + "  50 %  12,345 records  1,234/s  10 s left"},
		{"at the end", 1, 1000, 1000, time.Minute, 60, "Uploading " + strings.Repeat("━", 28) + " 100 %  1 record  0/s"},
		{"almost at the end", 9, 999, 1000, 0, 45, "Uploading " + strings.Repeat("━", 16) + strings.Repeat("─", 1) + "  99 %  9 records"},
		{"narrow", 12345, 500, 1000, 10 * time.Second, 40, "Uploading  50 %  12,345 records"}, // the rate does not fit whole
		{"very narrow", 12345, 500, 1000, 10 * time.Second, 12, "Uploading  "},
		{"unknown size", 12345, 500, 0, 90 * time.Second, 80, "Uploading 12,345 records  137/s  1 min 30 s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			con, _ := newTestConsole(c.width, false)
			p := &Progress{c: con, label: "Uploading", total: c.total}
			got := p.line(c.items, c.bytes, c.took, c.width)
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if n := utf8.RuneCountInString(got); n >= c.width {
				t.Errorf("got %d columns, want fewer than %d", n, c.width)
			}
		})
	}
}

func TestProgressIsForTerminalsOnly(t *testing.T) {
	var b bytes.Buffer
	p := NewProgress(New(&b, func(string) string { return "" }), "Uploading", 10)
	p.Done(10)
	p.Stop()
	if b.Len() != 0 {
		t.Errorf("got %q, want nothing", &b)
	}
	con, out := newTestConsole(80, false)
	p = NewProgress(con, "Uploading", 10)
	p.Done(10)
	p.Note(con, "a word")
	p.Stop()
	if got, want := out.String(), "100 %  1 record\x1b[K\n"; !strings.HasSuffix(got, want) {
		t.Errorf("got %q, want %q at the end", got, want)
	}
	if got, want := out.String(), "\r\x1b[Ka word\n"; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}

func TestTable(t *testing.T) {
	table := NewTable("type", "#records", "#cost", "")
	table.Row("licence/öl", "12", "1.50", "EUR")
	table.Row("vm\x1b[2J", "3", "1234", "SEK")
	table.Row("", "", "0.0005", "USD")
	want := "" +
		"  type        records       cost\n" +
		"  licence/öl       12     1.50    EUR\n" +
		"  vm�[2J            3  1234       SEK\n" +
		"                          0.0005  USD\n"
	con, out := newTestConsole(0, false)
	table.Write(con)
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}

	con, out = newTestConsole(34, false)
	table = NewTable("type", "#records")
	table.Row("a/very/long/type/that/does/not/fit", "7")
	table.Write(con)
	for _, line := range strings.Split(out.String(), "\n") {
		if utf8.RuneCountInString(line) >= 34 {
			t.Errorf("got the line %q, want fewer than 34 columns", line)
		}
	}
	if !strings.Contains(out.String(), "…") {
		t.Errorf("got\n%s, want a cut type", out)
	}
}

func TestTableCountsWideCharactersAsWideAsTheyAre(t *testing.T) {
	table := NewTable("name", "#cost", "")
	table.Row("日本語入力", "1.5", "JPY")
	table.Row("cafe\u0301", "20", "EUR") // the accent is a character of its own
	table.Row("🚀 and 👍🏽", "3.25", "USD")
	want := "" +
		"  name         cost\n" +
		"  日本語入力   1.5   JPY\n" +
		"  cafe\u0301        20     EUR\n" +
		"  🚀 and 👍🏽    3.25  USD\n"
	con, out := newTestConsole(0, false)
	table.Write(con)
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}
}

func TestTableThatIsTooWide(t *testing.T) {
	table := func() *Table {
		t := NewTable("type", "#total", "", "from", "note")
		t.Limit, t.Optional = 100, []int{4, 3}
		t.Row("licence/of/a/kind/design", "1,234.5", "EUR", "2026-11-01", "a note")
		t.Strong("total", "1,234.5", "EUR", "", "")
		t.Gap()
		return t
	}
	for _, c := range []struct {
		name  string
		width int
		want  string
	}{
		{"no terminal", 0, "" +
			"  type                        total       from        note\n" +
			"  licence/of/a/kind/design  1,234.5  EUR  2026-11-01  a note\n\n" +
			"  total                     1,234.5  EUR\n"},
		{"text is cut first", 58, "" +
			"  type                     total       from        note\n" +
			"  licence/of…ind/design  1,234.5  EUR  2026-11-01  a note\n\n" +
			"  total                  1,234.5  EUR\n"},
		{"then a column is left out", 53, "" +
			"  type                        total       from\n" +
			"  licence/of/a/kind/design  1,234.5  EUR  2026-11-01\n\n" +
			"  total                     1,234.5  EUR\n"},
		{"and another", 35, "" +
			"  type                  total\n" +
			"  licence/o…d/design  1,234.5  EUR\n\n" +
			"  total               1,234.5  EUR\n"},
		{"then text is cut short", 30, "" +
			"  type             total\n" +
			"  licenc…design  1,234.5  EUR\n\n" +
			"  total          1,234.5  EUR\n"},
		{"then rows are paragraphs", 24, "" +
			"  licence/of/a/kind/des\n  ign\n" +
			"    total 1,234.5 EUR\n\n" +
			"  total\n    total 1,234.5 EUR\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			con, out := newTestConsole(c.width, false)
			table().Write(con)
			if out.String() != c.want {
				t.Errorf("got\n%swant\n%s", out, c.want)
			}
		})
	}
}

func TestTableFitsIfNothingIsCutOrLeftOut(t *testing.T) {
	table := NewTable("type", "#total", "")
	table.Row("licence/office", "1,234.5", "EUR")
	table.Limit, table.Optional = 30, []int{2}
	for columns, want := range map[int]bool{0: true, 100: true, 31: true, 30: false, 10: false} {
		if got := table.Fits(NewTerminal(nil, columns)); got != want {
			t.Errorf("%d columns: got %t, want %t", columns, got, want)
		}
	}
	table.Limit = 29
	if table.Fits(NewTerminal(nil, 100)) {
		t.Error("a table of 30 columns fits 29")
	}
}

func TestCutMiddle(t *testing.T) {
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"licence/office", 14, "licence/office"},
		{"licence/office", 9, "lice…fice"},
		{"licence/office", 8, "lice…ice"},
		{"日本語入力文書", 7, "日…書"},
		{"日本語入力文書", 9, "日本…文書"},
		{"cafe\u0301cafe\u0301", 5, "ca…fe\u0301"},
		{"licence", 2, "li"},
		{"licence", 0, ""},
		{"", 0, ""},
	} {
		got := CutMiddle(c.in, c.width)
		if got != c.want {
			t.Errorf("CutMiddle(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
		if Width(got) > c.width {
			t.Errorf("CutMiddle(%q, %d) = %q has %d columns", c.in, c.width, got, Width(got))
		}
	}
}

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "  "},
		{"one two three", "  one two\n  three"},
		{"a " + strings.Repeat("x", 20) + " b", "  a\n  xxxxxxxxxx\n  xxxxxxxxxx\n  b"},
		{"日本語入力 文書", "  日本語入力\n  文書"},
	} {
		if got := Fold("  ", c.in, 12); got != c.want {
			t.Errorf("Fold(%q)\ngot\n%s\nwant\n%s", c.in, got, c.want)
		}
	}
}

func TestColours(t *testing.T) {
	con, _ := newTestConsole(80, true)
	if got, want := con.Red("x"), "\x1b[31mx\x1b[0m"; got != want {
		t.Errorf("with colours: got %q, want %q", got, want)
	}
	con, _ = newTestConsole(80, false)
	if got := con.Red("x"); got != "x" {
		t.Errorf("without colours: got %q, want %q", got, "x")
	}
}

func TestWrap(t *testing.T) {
	con, _ := newTestConsole(40, false)
	got := con.Wrap("  ", "one two three four five six seven eight "+strings.Repeat("x", 50)+" nine")
	want := "  one two three four five six seven\n  eight\n  " + strings.Repeat("x", 50) + "\n  nine"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	con, _ = newTestConsole(0, false)
	if got, want := con.Wrap("  ", "a  b"), "  a  b"; got != want {
		t.Errorf("no terminal: got %q, want %q", got, want)
	}
}

func TestUnits(t *testing.T) {
	for d, want := range map[time.Duration]string{
		900 * time.Microsecond: "900 µs", 34 * time.Millisecond: "34 ms", 1500 * time.Millisecond: "1.5 s", 9 * time.Second: "9 s",
		59 * time.Second: "59 s", 61 * time.Second: "1 min 01 s", 3700 * time.Second: "1 h 01 min",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%d) = %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 58_700: "58.7 kB", 999_999: "1.0 MB", 548_888_890: "549 MB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for number, want := range map[string]string{"0": "0", "999.5": "999.5", "1234.5": "1,234.5", "1234567": "1,234,567", "1000.123456": "1,000.123456", ".5": ".5"} {
		if got := Grouped(number); got != want {
			t.Errorf("Grouped(%q) = %q, want %q", number, got, want)
		}
	}
}
