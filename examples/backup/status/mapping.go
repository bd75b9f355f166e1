package status

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// Row is a row of a map: the backups of a host, of a path, or of a path on a host, and the record
// that they belong to.
type Row struct {
	Host string // "" for any; upper and lower case are the same
	// Path is a path that restic backs up, as it stands in the snapshot, or the name of borg's
	// archives; * in it stands for any characters. "" is all that the host has and no row with a
	// path names.
	Path string
	NID  string // Klarity's own ID of the record
	Line int    // in its file
}

// Map says which backups belong to which record.
type Map struct {
	rows     []*Row
	exact    map[place]*Row    // rows without *
	patterns map[string][]rule // rows with *, by host; the longest first
}

// place is what a row without * names.
type place struct{ host, path string }

// rule is a row with *.
type rule struct {
	row   *Row
	parts []string // of its path, around the *: at least two
}

// NewMap makes a map of the rows of a file. It is an error if there are none, if one has neither
// host nor path, if two have the same host and path, or the same nid, or if a nid is none by the
// rules of Klarity's contract.
func NewMap(rows []Row) (*Map, error) {
	m := &Map{exact: map[place]*Row{}, patterns: map[string][]rule{}}
	places, owners := map[place]int{}, map[string]int{}
	for i := range rows {
		row := rows[i]
		if strings.HasSuffix(row.Path, "/") { // restic's paths do not, but for the root
			row.Path = cmp.Or(strings.TrimRight(row.Path, "/"), "/")
		}
		at, nid := place{strings.ToLower(row.Host), row.Path}, strings.ToLower(row.NID)
		err := checkNID(row.NID)
		switch {
		case row.Host == "" && row.Path == "":
			err = errors.New("host and path are missing: one of them must be there")
		case err != nil:
		case owners[nid] > 0:
			err = fmt.Errorf("the nid %s came before, in line %d: a record has one row", row.NID, owners[nid])
		case places[at] > 0:
			err = fmt.Errorf("host %q and path %q came before, in line %d: they have one record", row.Host, row.Path, places[at])
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", row.Line, err)
		}
		places[at], owners[nid] = row.Line, row.Line
		m.rows = append(m.rows, &row)
		if parts := strings.Split(row.Path, "*"); len(parts) > 1 {
			m.patterns[at.host] = append(m.patterns[at.host], rule{&row, parts})
		} else {
			m.exact[at] = &row
		}
	}
	if len(m.rows) == 0 {
		return nil, errors.New("there are no rows in it")
	}
	for _, rules := range m.patterns {
		slices.SortStableFunc(rules, func(a, b rule) int { return len(b.row.Path) - len(a.row.Path) })
	}
	return m, nil
}

// checkNID checks a nid as the SDK would.
func checkNID(nid string) error {
	err := api.CheckEnrichment(&models.Enrichment{Record: models.EnrichedRecord{NID: strfmt.UUID(nid)}, Data: map[string]any{"probe": true}})
	if record, ok := errors.AsType[*api.RecordError](err); ok {
		err = record.Err
	}
	if field, ok := errors.AsType[*api.FieldError](err); ok {
		named := *field
		named.Field = "nid"
		return &named
	}
	return err
}

// matches reports whether a path is the one of the rule, with any characters in place of each *.
// There may be a million archives and ten thousand rules, so it is no regular expression.
func (r rule) matches(path string) bool {
	last := len(r.parts) - 1
	path, begins := strings.CutPrefix(path, r.parts[0])
	path, ends := strings.CutSuffix(path, r.parts[last])
	if !begins || !ends {
		return false
	}
	for _, part := range r.parts[1:last] {
		_, after, found := strings.Cut(path, part)
		if !found {
			return false
		}
		path = after
	}
	return true
}

// rowsOf returns the rows that a backup belongs to. For each of its paths, or for the name of its
// archive, that is the most specific one: with host and path before one with the path alone, before
// one with the host alone. Of two with a path, one without * goes first, then the longer one. A
// backup of two paths with a row each is a backup of both records.
func (m *Map) rowsOf(b *Backup) (rows []*Row) {
	host := strings.ToLower(b.Host)
	paths := b.Paths
	if len(paths) == 0 {
		paths = []string{b.Archive}
	}
	for _, path := range paths {
		row := m.named(host, path)
		if row == nil {
			row = m.named("", path)
		}
		if row == nil {
			row = m.exact[place{host, ""}]
		}
		if row != nil && !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	return rows
}

// named is the row that names a path of a host, or of any host.
func (m *Map) named(host, path string) *Row {
	if path == "" {
		return nil
	}
	if row := m.exact[place{host, path}]; row != nil {
		return row
	}
	for _, rule := range m.patterns[host] {
		if rule.matches(path) {
			return rule.row
		}
	}
	return nil
}
