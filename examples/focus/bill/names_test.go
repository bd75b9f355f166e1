package bill

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSlugs(t *testing.T) {
	for name, want := range map[string]string{
		"AWS": "aws", "Amazon Simple Queue Service": "amazon-simple-queue-service", "Amazon Web Services, Inc.": "amazon-web-services-inc", " -- S3 (v2) ": "s3-v2",
		"Größe/Öl": "größe-öl", "云服务 1": "云服务-1", "...": "", "": "",
		strings.Repeat("a b", 60): strings.TrimSuffix("a-"+strings.Repeat("ba-", 60), "-")[:103] + "-" + hash("a-"+strings.Repeat("ba-", 59)+"b"),
	} {
		if got := slug(name); got != want || utf8.RuneCountInString(got) > maxSlug {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

// No two resources, in any currencies, have one ID; and all fit.
func TestIDsAreDifferent(t *testing.T) {
	long := strings.Repeat("ü", 250)
	texts := []string{"a", "a#EUR", "a#EURO", "a~0123456789abcdef", long, long + "x", long + "12345", long + "123456", long + "123457", long + long, long + "1#EUR", hashed("a#EUR", "a#EUR"), hashed(long, long)}
	seen := map[string]string{}
	add := func(id, what string) {
		if other, found := seen[id]; found && other != what {
			t.Errorf("%q is the ID of %q and %q", id, other, what)
		}
		seen[id] = what
		if n := utf8.RuneCountInString(id); n > maxText || n == 0 {
			t.Errorf("got an ID of %d characters for %q", n, what)
		}
	}
	for _, text := range texts {
		r := resource{id: text}
		add(r.recordID(false), text+" alone")
		add(r.recordID(true)+"#EUR", text+" in EUR")
		add(r.recordID(true)+"#USD", text+" in USD")
	}
	if got := recordID("a#EURO", false); got != "a#EURO" {
		t.Errorf("got %q, want the ID as it is", got)
	}
	seen = map[string]string{}
	for _, r := range []resource{
		{account: "a", service: "b"}, {account: "a/b", service: "c"}, {account: "a", service: "b/c"}, {account: "a/b/c"}, {service: "a/b"}, {service: "b"}, {account: "b"},
		{account: "a", service: "b/c#EUR"}, {account: long, service: long}, {account: long, service: long + "x"},
	} {
		add(r.recordID(false), r.account+"\x00"+r.service)
		add(r.recordID(true)+"#EUR", r.account+"\x00"+r.service+" in EUR")
	}
}

// What names a record can be read from its key, and the keys of no two records begin alike.
func TestKeys(t *testing.T) {
	resources := []resource{
		{id: "a"}, {id: "a\x00"}, {id: "a\x00\x01"}, {id: "a\x00\x01b"}, {id: "\xff\x00\xff"}, {account: "a", service: "b"}, {account: "a\x00", service: "\x00\x01b"}, {account: "", service: "a"}, {service: ""},
	}
	for i, want := range resources {
		key := appendKey(nil, "aws", want)
		provider, got, rest, err := readKey(append(append([]byte{}, key...), "rest"...))
		if err != nil || provider != "aws" || got != want || string(rest) != "rest" {
			t.Errorf("%q: got %q, %q, %q, %v", want, provider, got, rest, err)
		}
		for j, other := range resources {
			if i != j && strings.HasPrefix(string(appendKey(nil, "aws", other)), string(key)) {
				t.Errorf("the key of %q begins with that of %q", other, want)
			}
		}
	}
	for _, broken := range []string{"", "aws", "aws\x00\x01", "aws\x00\x01r", "aws\x00\x01ra", "aws\x00\x01ra\x00\x01", "aws\x00\x01na\x00\x01b"} {
		if _, _, _, err := readKey([]byte(broken)); err == nil {
			t.Errorf("%q: got no error", broken)
		}
	}
}
