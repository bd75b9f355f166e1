package tool

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klarity-go/klarity/examples/backup/status"
)

// secrets hides what must not be shown in the words of a tool.
type secrets struct {
	location string   // of the repository, with all that is secret in it
	values   []string // the longest first: one may be the beginning of another
	replacer *strings.Replacer
	words    []*regexp.Regexp // of the short ones
}

// secretName matches the names of variables whose values are secret: passwords, keys and tokens of
// the tools and of the clouds that they store in. The values of those that plainName matches are no
// secrets: the names of files, numbers of open ones, programs that ask for a password, and yes or no.
var (
	secretName = regexp.MustCompile(`(?i)PASS|SECRET|TOKEN|(^|_)KEY($|_)|_PAT$|CREDENTIAL|_SAS$`)
	plainName  = regexp.MustCompile(`(?i)_(FILE|FD)$|ASKPASS$|^BORG_DISPLAY_PASSPHRASE$`)
)

// userInfo is the user and password of a URL.
var userInfo = regexp.MustCompile(`://[^/\s"']*@`)

// newSecrets collects the values of an environment, and what is secret in a repository's location.
func newSecrets(environment []string, location string) *secrets {
	var values []string
	add := func(value string) {
		if value = strings.TrimSpace(value); value != "" && value != "***" {
			values = append(values, value)
		}
	}
	for _, variable := range environment {
		if name, value, _ := strings.Cut(variable, "="); secretName.MatchString(name) && !plainName.MatchString(name) {
			add(value)
		}
	}
	for _, part := range secretParts(location) {
		add(part)
		if decoded, err := url.PathUnescape(part); err == nil {
			add(decoded)
		}
	}
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	s := &secrets{location: location, values: values}
	var pairs []string
	for _, value := range values {
		if len(value) < shortSecret && utf8.ValidString(value) {
			s.words = append(s.words, word(value))
		} else {
			pairs = append(pairs, value, "***")
		}
	}
	s.replacer = strings.NewReplacer(pairs...)
	return s
}

// secretParts are the parts of a repository's location that are secret by themselves.
func secretParts(location string) (parts []string) {
	if strings.HasPrefix(location, "rclone:") {
		for _, part := range strings.Split(location, ",")[1:] { // parameters of a remote: pass=x
			_, value, _ := strings.Cut(part, "=")
			value, _, _ = strings.Cut(value, ":")
			parts = append(parts, value, strings.Trim(value, `"'`))
		}
	}
	scheme, rest, isURL := strings.Cut(location, "://")
	if !isURL {
		return parts
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, password, _ := strings.Cut(rest[:at], ":")
		parts = append(parts, password)
		if scheme != "ssh" && scheme != "sftp" { // there it is such as "borg", which borg's words are full of
			parts = append(parts, user)
		}
	}
	if _, query, ok := strings.Cut(rest, "?"); ok {
		for _, parameter := range strings.Split(query, "&") {
			_, value, _ := strings.Cut(parameter, "=")
			parts = append(parts, value)
		}
	}
	return parts
}

// shortSecret is the length below which a secret is hidden only where it is a word by itself: to
// replace each e in a text makes it unreadable, and tells the secret.
const shortSecret = 4

// word is the regular expression of a short secret.
func word(value string) *regexp.Regexp {
	text := regexp.QuoteMeta(value)
	if isWord(value[0]) {
		text = `\b` + text
	}
	if isWord(value[len(value)-1]) {
		text += `\b`
	}
	return regexp.MustCompile(text)
}

// isWord reports whether \b sees a byte as a part of a word.
func isWord(b byte) bool {
	return b == '_' || '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

// hide replaces secrets by asterisks.
func (s *secrets) hide(text string) string {
	if s.location != "" {
		text = strings.ReplaceAll(text, s.location, status.Location(s.location))
	}
	text = s.replacer.Replace(text)
	for _, word := range s.words {
		text = word.ReplaceAllString(text, "***")
	}
	return userInfo.ReplaceAllString(text, "://")
}

// cutEnd removes the end of a secret from the beginning of a text whose beginning is lost.
func (s *secrets) cutEnd(text string) string {
	for _, value := range s.values {
		for i := 1; i < len(value); i++ {
			if rest, ok := strings.CutPrefix(text, value[i:]); ok {
				return rest
			}
		}
	}
	return text
}
