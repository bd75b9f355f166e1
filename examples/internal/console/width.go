package console

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// columns measures text. It does not ask the environment: a program's output must not change
// with the locale of whoever runs it.
var columns = &runewidth.Condition{StrictEmojiNeutral: true}

// Width returns how many columns a terminal needs for s: two for an ideograph or an emoji, none
// for a combining accent.
func Width(s string) int { return columns.StringWidth(s) }

// CutMiddle returns s in at most width columns. Text that is longer loses its middle, because
// types and IDs often differ at their ends only.
func CutMiddle(s string, width int) string {
	if Width(s) <= width {
		return s
	}
	if width < 3 {
		return columns.Truncate(s, max(width, 0), "")
	}
	tail := (width - 1) / 2
	return columns.Truncate(s, width-1-tail, "") + "…" + columns.TruncatePrefix(s, tail, "")
}

// Fold breaks text into indented lines of at most width columns. Unlike [Console.Wrap], it breaks
// words that are longer than a line.
func Fold(indent, text string, width int) string {
	room := max(width-Width(indent), 2)
	var lines []string
	line, used := "", 0
	for _, word := range strings.Fields(text) {
		n := Width(word)
		switch {
		case used > 0 && used+1+n <= room:
			line, used = line+" "+word, used+1+n
			continue
		case used > 0:
			lines = append(lines, line)
		}
		parts := strings.Split(columns.Wrap(word, room), "\n")
		lines = append(lines, parts[:len(parts)-1]...)
		line = parts[len(parts)-1]
		used = Width(line)
	}
	lines = append(lines, line)
	return indent + strings.Join(lines, "\n"+indent)
}

// Line returns how many columns a line may have: most, or what is left on a narrower terminal
// without its last column, after which some begin a new line.
func (c *Console) Line(most int) int {
	if w := c.Width(); w > 0 {
		return min(w-1, most)
	}
	return most
}
