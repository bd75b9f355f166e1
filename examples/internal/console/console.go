// Package console writes for people: a progress bar, tables, and a little colour, each only
// where the stream can show it.
package console

import (
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// Console is a stream and what it can show. The zero width means that it is no terminal:
// then nothing is redrawn, coloured or fitted.
type Console struct {
	io.Writer
	width  func() int
	colour bool
}

// On looks at the stream and the environment: NO_COLOR switches colours off, and the
// terminal type "dumb" everything.
func New(w io.Writer, getenv func(string) string) *Console {
	c := &Console{Writer: w, width: func() int { return 0 }}
	f, ok := w.(*os.File)
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

// Terminal reports whether people look at the stream while it is written.
func (c *Console) Terminal() bool { return c.width() > 0 }

// Width returns the terminal's columns, which change with its window; 0 if it is none.
func (c *Console) Width() int { return c.width() }

func (c *Console) Bold(s string) string   { return c.paint("1", s) }
func (c *Console) Faint(s string) string  { return c.paint("2", s) }
func (c *Console) Red(s string) string    { return c.paint("31", s) }
func (c *Console) Green(s string) string  { return c.paint("32", s) }
func (c *Console) Yellow(s string) string { return c.paint("33", s) }

func (c *Console) paint(code, s string) string {
	if !c.colour || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// Printable replaces what would move a terminal's cursor or colour its text: names come
// from files and servers.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s)
}

// Wrap breaks a text into lines that fit the terminal, each indented. A word that is
// longer than a line stays whole, so that it can be copied.
func (c *Console) Wrap(indent, text string) string {
	width := c.Width() - 1
	if width <= len(indent)+20 {
		return indent + text
	}
	var b strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		n := utf8.RuneCountInString(word)
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
