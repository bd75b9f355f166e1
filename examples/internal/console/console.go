// Package console formats output for people: a progress bar, tables and colours, on streams
// that can show them.
package console

import (
	"io"
	"strings"
	"unicode"

	"golang.org/x/term"
)

// Console is a stream that knows whether it is a terminal. If it is not, nothing is redrawn,
// coloured or fitted to a width.
type Console struct {
	io.Writer
	width  func() int // columns of the terminal, 0 if it is not one
	colour bool
}

// New returns a Console for a stream. In the environment, NO_COLOR disables colours, and
// TERM=dumb disables everything that needs a terminal.
func New(w io.Writer, getenv func(string) string) *Console {
	c := &Console{Writer: w, width: func() int { return 0 }}
	f, ok := w.(interface{ Fd() uintptr }) // a file, or what wraps one
	if !ok || !term.IsTerminal(int(f.Fd())) || getenv("TERM") == "dumb" {
		return c
	}
	c.colour = getenv("NO_COLOR") == ""
	c.width = func() int {
		columns, _, err := term.GetSize(int(f.Fd()))
		if err != nil || columns <= 0 {
			return 80
		}
		return columns
	}
	return c
}

// NewTerminal returns a Console for what a terminal with a number of columns shows in the end, such
// as a test's. It has no colours.
func NewTerminal(w io.Writer, columns int) *Console {
	return &Console{Writer: w, width: func() int { return columns }}
}

// Terminal reports whether the stream is a terminal.
func (c *Console) Terminal() bool { return c.width() > 0 }

// Width returns the current width of the terminal in columns, 0 if it is not a terminal.
func (c *Console) Width() int { return c.width() }

// Bold returns s in bold.
func (c *Console) Bold(s string) string { return c.style("1", s) }

// Faint returns s in a faint style.
func (c *Console) Faint(s string) string { return c.style("2", s) }

// Red returns s in red.
func (c *Console) Red(s string) string { return c.style("31", s) }

// Green returns s in green.
func (c *Console) Green(s string) string { return c.style("32", s) }

// Yellow returns s in yellow.
func (c *Console) Yellow(s string) string { return c.style("33", s) }

// style returns s with an SGR code of ECMA-48, or unchanged where there are no colours.
func (c *Console) style(code, s string) string {
	if !c.colour || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// Printable replaces characters that could move a terminal's cursor or colour its text. Use
// it for text from files and servers.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s)
}

// Wrap breaks text into indented lines that fit the terminal. It does not break a word that
// is longer than a line, so that it can be copied.
func (c *Console) Wrap(indent, text string) string {
	width := c.Width() - 1
	if width <= len(indent)+20 {
		return indent + text
	}
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := Width(word)
		switch {
		case column == 0:
			b.WriteString(indent)
			column = len(indent)
		case column+1+n > width:
			b.WriteString("\n" + indent)
			column = len(indent)
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(word)
		column += n
	}
	return b.String()
}
