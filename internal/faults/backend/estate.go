package backend

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

// RecordType is the type of all records of a run.
const RecordType = "vm"

// ParseVersion returns the version that a name carries, which is the position of its item in
// the input; -1 if it carries none.
func ParseVersion(name string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "v"))
	if err != nil {
		return -1
	}
	return n
}

// VersionName is the name that carries a version. Records and locators have it as their name,
// enrichments in their data, as "version".
func VersionName(version int) string { return "v" + strconv.Itoa(version) }

// createInitialEstate creates records, bypassing all proxies and faults, and returns their
// nids.
func createInitialEstate(e *apitest.Emulator, estate map[string]int) (nids map[string]string, err error) {
	var records []*models.EstateRecord
	for id, version := range estate {
		records = append(records, &models.EstateRecord{Type: RecordType, ID: id, Name: VersionName(version)})
	}
	const maxBytes = 1000 // no more than any plan's MaxBody
	if _, err := e.Client().UpsertAll(context.Background(), records, api.BatchBytes(maxBytes)); err != nil {
		return nil, fmt.Errorf("creating the initial estate: %w", err)
	}
	nids = make(map[string]string)
	for _, r := range e.Records() {
		nids[r.ID] = r.NID
	}
	if len(nids) != len(estate) {
		return nil, fmt.Errorf("creating the initial estate: got %d records, want %d", len(nids), len(estate))
	}
	return nids, nil
}

// estateVersions returns the versions of all records and of their enrichments, by ID.
func estateVersions(e *apitest.Emulator) (records, enrichments map[string]int) {
	records, enrichments = make(map[string]int), make(map[string]int)
	for _, r := range e.Records() {
		records[r.ID] = ParseVersion(r.Name)
		if r.Enrichment != nil {
			enrichments[r.ID] = ParseVersion(fmt.Sprint(r.Enrichment["version"]))
		}
	}
	return records, enrichments
}

// recordDetails returns the details of all records at a time; nids are those of the plan's
// initial records.
func recordDetails(e *apitest.Emulator, nids map[string]string, now time.Time) RecordDetails {
	c := RecordDetails{make(map[string][]models.Period), make(map[string]string), make(map[string]int)}
	const month = "2006-01"
	current := now.UTC().Format(month)
	for _, r := range e.Records() {
		c.NIDs[r.ID] = r.NID
		for _, p := range r.Periods {
			period := models.PeriodPrevious
			if p == current {
				period = models.PeriodCurrent
			}
			c.Periods[r.ID] = append(c.Periods[r.ID], period)
		}
	}
	for id, nid := range nids {
		if data, ok := e.Enrichment(nid); ok {
			c.EnrichmentsByNID[id] = ParseVersion(fmt.Sprint(data["version"]))
		}
	}
	return c
}

// item has the fields of a record, a locator or an enrichment that carry its version.
type item struct {
	Name string `json:"name"`
	Tags struct {
		Seen string `json:"seen"`
	} `json:"tags"`
	Metadata object `json:"metadata"`
	Data     object `json:"data"`
}

type object struct {
	Version string   `json:"version"`
	List    []string `json:"list"`
	Nested  struct {
		Version string `json:"version"`
	} `json:"nested"`
}

// parseVersion returns the version that all fields of the item agree on; -1 if they differ.
func (i item) parseVersion() int {
	name := cmp.Or(i.Name, i.Data.Version)
	all := append(append(i.Metadata.List, i.Data.List...), i.Tags.Seen, i.Metadata.Nested.Version, i.Data.Nested.Version)
	for _, other := range all {
		if other != "" && other != name {
			return -1
		}
	}
	return ParseVersion(name)
}

// readRequests returns the emulator's log of the requests of a run. Requests of another run
// can be in it: if that run's proxy was down, this one's may have got its port. Bodies are
// not checked here; the emulator has done that.
func readRequests(e *apitest.Emulator, id int, readAt map[int]time.Time, originalBodies map[int][]byte) []Request {
	var all []Request
	for _, r := range e.Requests() {
		runID, attempt, _ := strings.Cut(r.Header.Get(AttemptHeader), "-")
		if runID != strconv.Itoa(id) {
			continue
		}
		var content struct{ Records, Enrichments []item }
		body, changed := originalBodies[r.Index]
		if !changed {
			body = r.Body
		}
		_ = json.Unmarshal(body, &content) // a truncated body has no records
		req := Request{Attempt: attempt, ReadAt: readAt[r.Index], Status: r.Status, Applied: r.Applied > 0}
		for _, item := range append(content.Records, content.Enrichments...) {
			req.Versions = append(req.Versions, item.parseVersion())
		}
		all = append(all, req)
	}
	return all
}
