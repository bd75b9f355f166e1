package apitest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
)

// A saved state is JSON lines: the format, the landscape, a line for each record and each
// stray enrichment, and their number, which shows that nothing is missing.
const (
	saveFormat  = "klarity-emulator"
	saveVersion = 1
	maxLine     = 256 << 20 // bytes
)

// A savedLine is one line of a saved state; exactly one field is set.
type savedLine struct {
	Format     *savedFormat     `json:"format,omitempty"`
	Landscape  *Landscape       `json:"landscape,omitempty"`
	Record     *savedRecord     `json:"record,omitempty"`
	Enrichment *savedEnrichment `json:"enrichment,omitempty"`
	End        *savedEnd        `json:"end,omitempty"`
}

type savedFormat struct {
	Name    string `json:"name"`
	Version int    `json:"version"`
}

// A savedRecord has the fields of Record. record.appendLocked writes it.
type savedRecord struct {
	NID          string          `json:"nid"`
	Type         string          `json:"type"`
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Metadata     json.RawMessage `json:"metadata"`
	Tags         json.RawMessage `json:"tags"`
	Costs        []Cost          `json:"costs"`
	ValidThrough string          `json:"validThrough"`
	Periods      []string        `json:"periods"`
	Enrichment   json.RawMessage `json:"enrichment"`
}

type savedEnrichment struct {
	NID  string          `json:"nid"`
	Data json.RawMessage `json:"data"`
}

type savedEnd struct {
	Records     int `json:"records"`
	Enrichments int `json:"enrichments"`
}

// Save writes the estate and the landscape in a form that Load reads: one line of JSON for
// each record. Neither credentials nor tokens nor keys are in it, nor the requests so far: a
// key that createAccessKey made is listed, without its secret, and opens nothing after Load.
//
// Requests are processed meanwhile. What they change is in the output in part: to save an
// exact state, close the server first.
func (e *Emulator) Save(w io.Writer) error {
	err := e.save(w)
	if err != nil {
		return fmt.Errorf("apitest: save: %w", err)
	}
	return nil
}

func (e *Emulator) save(w io.Writer) error {
	landscape := e.Landscape()
	lines := json.NewEncoder(w) // it ends each value with a newline
	lines.SetEscapeHTML(false)
	for _, line := range []savedLine{{Format: &savedFormat{saveFormat, saveVersion}}, {Landscape: &landscape}} {
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	end := savedEnd{}
	s := &e.estate
	s.mu.Lock()
	records := s.order.snapshot()
	strays := slices.SortedFunc(maps.Keys(s.strays), nid.compare)
	s.mu.Unlock()
	var buf []byte
	for at := 0; at < len(records); {
		var err error
		if buf, at, err = s.appendRecords(buf[:0], records, at, &end.Records); err != nil {
			return err
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	for at := 0; at < len(strays); {
		buf, at = s.appendStrays(buf[:0], strays, at, &end.Enrichments)
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return lines.Encode(savedLine{End: &end})
}

// saveStep is how many bytes are made, more or less, until requests get their turn.
const saveStep = 1 << 20

// appendRecords appends the lines of some records from the index at on, counts them, and
// returns the index of the next.
func (s *estate) appendRecords(buf []byte, records []*record, at int, n *int) ([]byte, int, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for ; at < len(records) && len(buf) < saveStep; at++ {
		r := records[at]
		if len(r.periods) == 0 {
			continue // deleted meanwhile
		}
		start := len(buf)
		buf = r.appendLocked(buf)
		if size := len(buf) - start; size > maxLine {
			return nil, at, fmt.Errorf("the record of type %q with id %q is %d bytes of JSON, more than the limit of %d", truncate(r.typ), truncate(r.id), size, maxLine)
		}
		*n++
	}
	return buf, at, nil
}

// appendLocked appends the line of a record.
func (r *record) appendLocked(buf []byte) []byte {
	buf = append(append(buf, `{"record":{"nid":"`...), r.nid.String()...)
	buf = appendString(append(buf, `","type":`...), r.typ)
	buf = appendString(append(buf, `,"id":`...), r.id)
	buf = appendString(append(buf, `,"name":`...), r.name)
	for _, object := range []struct {
		field string
		json  packed
	}{{`,"metadata":`, r.metadata}, {`,"tags":`, r.tags}, {`,"enrichment":`, r.enrichment}} {
		if object.json != "" {
			buf = append(append(buf, object.field...), object.json...)
		}
	}
	separator := `,"costs":[`
	for c := range r.costs.all() {
		cost := c.export()
		buf = append(append(append(buf, separator...), `{"date":"`...), cost.Date...)
		buf = append(append(buf, `","value":"`...), cost.Value...)
		buf = append(append(append(buf, `","currency":"`...), cost.Currency...), `"}`...)
		separator = ","
	}
	if r.costs != "" {
		buf = append(buf, ']')
	}
	if r.validThrough != 0 {
		buf = append(append(append(buf, `,"validThrough":"`...), r.validThrough.String()...), '"')
	}
	separator = `,"periods":["`
	for _, m := range r.periods {
		buf = append(append(append(buf, separator...), m.String()...), '"')
		separator = `,"`
	}
	return append(buf, "]}}\n"...)
}

// appendStrays is appendRecords for stray enrichments.
func (s *estate) appendStrays(buf []byte, nids []nid, at int, n *int) ([]byte, int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for ; at < len(nids) && len(buf) < saveStep; at++ {
		data, ok := s.strays[nids[at]]
		if !ok {
			continue // cleared meanwhile
		}
		buf = append(append(buf, `{"enrichment":{"nid":"`...), nids[at].String()...)
		buf = append(append(append(buf, `","data":`...), data...), "}}\n"...)
		*n++
	}
	return buf, at
}
