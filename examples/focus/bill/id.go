package bill

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"unicode/utf8"
)

// The lengths of the contract, in characters, which the checks of the SDK count as code points.
const (
	maxText  = 255
	maxTags  = 1000
	maxDays  = 1000
	maxBytes = 1_000_000 // of metadata, and of tags, as JSON
)

// hashDigits is how many hexadecimal digits of a hash stand in a shortened text.
const hashDigits = 16

// room is what is kept free at the end of an ID for "#EUR".
const room = 4

// reserved are the ends of IDs that are made here: of shortened ones, and of those for another
// currency.
var reserved = regexp.MustCompile(`(~[0-9a-f]{16}|#[A-Z]{3})$`)

// recordID is the ID of a resource as the ID of a record. Most are taken as they are. One that is
// too long is cut and ends in a tilde and the beginning of its SHA-256, and so is one that already
// ends like that or like a currency: no two resources have one ID.
func recordID(id string, suffix bool) string {
	limit := maxText
	if suffix {
		limit -= room
	}
	if utf8.RuneCountInString(id) <= limit && !reserved.MatchString(id) {
		return id
	}
	return hashed(id, id)
}

// hashed is a text that stands for another one, which the hash is made of.
func hashed(text, of string) string {
	return cut(text, maxText-room-1-hashDigits) + "~" + hash(of)
}

func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])[:hashDigits]
}

// cut returns the first n characters of a text.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}
