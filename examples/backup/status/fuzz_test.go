package status

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// whole checks what a parser has said about a document that it accepts: it is one JSON document,
// and no backup lacks what others rely on.
func whole(t *testing.T, text string, backups []Backup) {
	t.Helper()
	if !json.Valid([]byte(text)) {
		t.Errorf("%q is accepted and no JSON document", text)
	}
	for _, b := range backups {
		if b.ID == "" || (len(b.Paths) == 0) == (b.Archive == "") {
			t.Errorf("%q: got %+v", text, b)
		}
		if b.Took != nil && *b.Took < 0 {
			t.Errorf("%q: got the duration %v", text, *b.Took)
		}
	}
}

func FuzzReadRestic(f *testing.F) {
	for _, text := range []string{"[]", "null", "[" + oldSnapshot + "]", "[" + newSnapshot + "," + oldSnapshot + "]", `[{"snapshots":[]}]`, "[" + oldSnapshot + "] x", `{"total_size":1}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		backups, err := read(text)
		if err == nil {
			whole(t, text, backups)
		}
		_, _ = ReadResticStats(strings.NewReader(text))
		c := NewCatalog(mapOf(t, "web-1||"+nidA, "|/srv/*|"+nidB), now)
		for _, b := range backups {
			c.Add(nas, b)
		}
		for e, err := range Enrichments(c.Statuses(policy), policy) {
			if _, jsonErr := json.Marshal(e); err != nil || jsonErr != nil {
				t.Errorf("%q: got %v, %v", text, err, jsonErr)
			}
		}
	})
}

func FuzzReadBorg(f *testing.F) {
	for _, text := range []string{"{}", borgList, borgInfo, `{"archives":null}`, borgInfo + "{}", `{"archives":[],"archives":[]}`, `{"repository":{"location":7}}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var backups []Backup
		_, err := ReadBorg(strings.NewReader(text), time.UTC, func(b Backup) { backups = append(backups, b) })
		if err == nil {
			whole(t, text, backups)
		}
	})
}

// A path with * is what the regular expression with .* is.
func FuzzMatches(f *testing.F) {
	f.Add("*\xf0", "\x9f\x92\xa9")
	for _, pattern := range []string{"a*b", "*a*b*c", "aba*ba", "*", "**", "a.*"} {
		f.Add(pattern, "xaxbxc")
		f.Add(pattern, "ab")
		f.Add(pattern, "aba")
	}
	f.Fuzz(func(t *testing.T, pattern, path string) {
		parts := strings.Split(pattern, "*")
		if len(parts) < 2 || !utf8.ValidString(pattern) || !utf8.ValidString(path) { // a map and JSON have neither
			return
		}
		want := regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`).MatchString(path)
		if got := (rule{parts: parts}).matches(path); got != want {
			t.Errorf("%q and %q: got %v, want %v", pattern, path, got, want)
		}
	})
}
