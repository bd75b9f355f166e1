package transport

import (
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Redacted replaces a secret.
const Redacted = "REDACTED"

// Redactor replaces secrets in a text. It is a func, so that formatting a struct that
// holds one shows nothing.
type Redactor func(string) string

// NewRedactor replaces the secret wherever a server, a proxy or a transport repeats it: as
// it is, and as it looks in a URL, in HTML, and in JSON that is quoted in JSON, some levels
// deep.
func NewRedactor(secret string) Redactor {
	if secret == "" {
		return func(s string) string { return s }
	}
	forms := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
		// What is common in base64, as other languages write it in JSON.
		strings.ReplaceAll(secret, "/", `\/`), strings.ReplaceAll(secret, "+", `\u002B`), strings.ReplaceAll(secret, "+", `\u002b`),
	}
	marshaled, plain := secret, secret
	for range 3 {
		quoted, _ := json.Marshal(marshaled) // a string always marshals
		marshaled = string(quoted[1 : len(quoted)-1])
		plain = strconv.Quote(plain)
		plain = plain[1 : len(plain)-1]
		forms = append(forms, marshaled, plain)
	}
	var pairs []string
	for _, form := range slices.Backward(forms) { // the longest form wins
		pairs = append(pairs, form, Redacted)
	}
	return strings.NewReplacer(pairs...).Replace
}

// And also replaces what other replaces.
func (r Redactor) And(other Redactor) Redactor {
	return func(s string) string { return r(other(s)) }
}

// Line sanitizes a server's text: without secrets, also where invisible
// characters took one apart, on one line, and of n bytes or little more.
func (r Redactor) Line(text string, n int) string {
	return truncate(r(oneLine(r(text))), n)
}

// oneLine turns a text into one line of a log or terminal: no control or invisible
// characters, white space folded.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r) || r == utf8.RuneError:
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}

// Head is the beginning of s, at most n bytes, cut between characters.
func Head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// truncate is the head of s with a mark of what is missing.
func truncate(s string, n int) string {
	h := Head(s, n)
	if len(h) < len(s) {
		h = fmt.Sprintf("%s... (%d bytes more)", h, len(s)-len(h))
	}
	return h
}
