package overview

import (
	"strings"

	"github.com/klarity-go/klarity/models"
)

// lacks counts what good records do not have, although a report of costs is better with it.
type lacks struct {
	records             int
	costs, names, owner int
}

func (l *lacks) add(r *models.EstateRecord, hasCosts bool) {
	l.records++
	if !hasCosts {
		l.costs++
	}
	if strings.TrimSpace(r.Name) == "" {
		l.names++
	}
	if !hasOwner(r.Tags) {
		l.owner++
	}
}

// hasOwner reports whether there is an owner: a tag whose key is "owner" in any case, with a
// value that is not blank.
func hasOwner(tags map[string]*string) bool {
	for key, value := range tags {
		if value != nil && strings.EqualFold(key, "owner") && strings.TrimSpace(*value) != "" {
			return true
		}
	}
	return false
}

// lack is how many records do not have something.
type lack struct {
	What    string
	Records int
	Share   string
}

func (l *lacks) list() []lack {
	share := func(n int) string { return decimalOf(n).share(decimalOf(l.records)) }
	return []lack{
		{"a cost", l.costs, share(l.costs)},
		{"a name", l.names, share(l.names)},
		{"an owner tag", l.owner, share(l.owner)},
	}
}

// allText says that no record lacks anything.
func (l *lacks) allText() string {
	return verb(l.records, "The record has", "All records have") + " a cost, a name and an owner tag."
}
