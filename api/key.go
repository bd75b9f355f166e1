package api

import (
	"hash/maphash"
	"strconv"
	"strings"

	"github.com/klarity-go/klarity/internal/transport"
	"github.com/klarity-go/klarity/models"
)

// Key names a record: by Type and ID, or by Klarity's own NID, or by both.
type Key struct {
	Type string `json:"type,omitempty"`
	ID   string `json:"id,omitempty"`
	NID  string `json:"nid,omitempty"`
}

// String renders the key for messages, such as `type "vm" id "web-1"`.
func (k Key) String() string {
	switch {
	case k.Type == "" && k.ID == "" && k.NID == "":
		return "without type, id and nid"
	case k.Type == "" && k.ID == "":
		return "nid " + quote(k.NID)
	case k.NID == "":
		return "type " + quote(k.Type) + " id " + quote(k.ID)
	default:
		return "type " + quote(k.Type) + " id " + quote(k.ID) + " nid " + quote(k.NID)
	}
}

// quote quotes s for a message and cuts what is longer than any value the API takes.
func quote(s string) string {
	const most = 255
	if len(s) > most {
		return strconv.Quote(transport.Head(s, most)) + "..."
	}
	return strconv.Quote(s)
}

func recordKey(r *models.EstateRecord) Key {
	if r == nil {
		return Key{}
	}
	return Key{Type: r.Type, ID: r.ID}
}

func locatorKey(l *models.RecordLocator) Key {
	if l == nil {
		return Key{}
	}
	return Key{Type: l.Type, ID: l.ID, NID: string(l.NID)}
}

func enrichmentKey(e *models.Enrichment) Key {
	if e == nil {
		return Key{}
	}
	return Key{NID: string(e.Record.NID)}
}

// names are what makes two records the same: the type and ID, the nid in any spelling, or
// both for a locator that has both.
func (k Key) names() (names [2]Key, n int) {
	if k.NID != "" {
		names[0], n = Key{NID: strings.ToLower(k.NID)}, 1
	}
	if k.NID == "" || k.Type != "" || k.ID != "" {
		names[n] = Key{Type: k.Type, ID: k.ID}
		n++
	}
	return names, n
}

// identities hashes the names. A collision makes one record wait for another for nothing,
// and does no harm.
func (k Key) identities(seed maphash.Seed) (ids [2]uint64, n int) {
	names, n := k.names()
	for i, name := range names[:n] {
		h := maphash.String(seed, name.Type)
		ids[i] = maphash.String(seed, name.ID+name.NID) ^ (h<<1 | h>>63) // one of the two is empty
	}
	return ids, n
}
