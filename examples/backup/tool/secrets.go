package tool

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// secrets hides what must not be shown in the words of a tool.
type secrets struct{ replacer *strings.Replacer }

// secretName matches the names of variables whose values are secret: passwords, keys and tokens of
// the tools and of the clouds that they store in.
var secretName = regexp.MustCompile(`(?i)PASS|SECRET|TOKEN|(^|_)KEY($|_)|_PAT$|CREDENTIAL|_SAS$`)

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
		if name, value, _ := strings.Cut(variable, "="); secretName.MatchString(name) {
			add(value)
		}
	}
	if _, rest, isURL := strings.Cut(location, "://"); isURL {
		if at := strings.LastIndexByte(rest, '@'); at >= 0 {
			user, password, _ := strings.Cut(rest[:at], ":")
			for _, part := range []string{rest[:at], password, user} {
				add(part)
				if decoded, err := url.PathUnescape(part); err == nil {
					add(decoded)
				}
			}
		}
	}
	if strings.HasPrefix(location, "rclone:") {
		for _, part := range strings.Split(location, ",")[1:] { // parameters of a remote: pass=x
			_, value, _ := strings.Cut(part, "=")
			value, _, _ = strings.Cut(value, ":")
			add(value)
			add(strings.Trim(value, `"'`))
		}
	}
	// The longest first: one may be the beginning of another.
	slices.SortFunc(values, func(a, b string) int { return len(b) - len(a) })
	var pairs []string
	for _, value := range slices.Compact(values) {
		pairs = append(pairs, value, "***")
	}
	return &secrets{strings.NewReplacer(pairs...)}
}

// hide replaces secrets by asterisks.
func (s *secrets) hide(text string) string {
	return userInfo.ReplaceAllString(s.replacer.Replace(text), "://")
}
