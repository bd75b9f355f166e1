package bill

import (
	"bytes"
	"fmt"
)

// resource is what names a record in a bill: the ID of a resource, or, for what has none, an
// account and the name of a service.
type resource struct {
	id               string
	account, service string // without an ID
}

// resourceOf returns the resource of a row.
func resourceOf(c *columns, cells []string) resource {
	if id := c.cell(cells, resourceID); id != "" {
		return resource{id: id}
	}
	account := c.cell(cells, subAccountID)
	if account == "" {
		account = c.cell(cells, billingAccountID)
	}
	return resource{account: account, service: c.cell(cells, service)}
}

// A key in the store begins with the record: its provider, a letter that tells resources from
// what has none, and the rest, each ended in a way that no key is the beginning of another. What
// follows tells the value: 'e' and 'l' for what the earliest and the latest row say, 's' with the
// currency and the day for a sum. So all that belongs to a record is together.
const (
	withID    = 'r'
	withoutID = 'n'

	kindEarliest = 'e'
	kindLatest   = 'l'
	kindSum      = 's'
)

func appendKey(key []byte, provider string, r resource) []byte {
	key = appendEnded(key, provider)
	if r.id != "" {
		return appendEnded(append(key, withID), r.id)
	}
	key = appendEnded(append(key, withoutID), r.account)
	return appendEnded(key, r.service)
}

// appendEnded appends a text and an end that cannot be in it: 0 and 1, where a 0 in the text is
// followed by 255.
func appendEnded(key []byte, text string) []byte {
	for i := range len(text) {
		if key = append(key, text[i]); text[i] == 0 {
			key = append(key, 255)
		}
	}
	return append(key, 0, 1)
}

// cutEnded cuts what appendEnded has appended.
func cutEnded(key []byte) (text string, rest []byte, ok bool) {
	end := bytes.Index(key, []byte{0, 1})
	if end < 0 {
		return "", key, false
	}
	return string(bytes.ReplaceAll(key[:end], []byte{0, 255}, []byte{0})), key[end+2:], true
}

// readKey splits a key into what names the record and what follows.
func readKey(key []byte) (provider string, r resource, rest []byte, err error) {
	provider, rest, ok := cutEnded(key)
	if ok && len(rest) > 0 && rest[0] == withID {
		r.id, rest, ok = cutEnded(rest[1:])
	} else if ok && len(rest) > 0 {
		var ok2 bool
		r.account, rest, ok = cutEnded(rest[1:])
		r.service, rest, ok2 = cutEnded(rest)
		ok = ok && ok2
	}
	if !ok || len(rest) == 0 {
		return "", r, nil, fmt.Errorf("the store has a key that was not written to it: %x", key)
	}
	return provider, r, rest, nil
}
