package apitest

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// Load replaces the estate and the landscape by what Save has written. After an error, which
// names the line, nothing has changed. Credentials, keys and tokens stay as they are.
func (e *Emulator) Load(r io.Reader) error {
	in := loader{lines: bufio.NewReaderSize(r, 1<<20)}
	in.estate.resetLocked() // no other goroutine has it yet
	if err := in.load(); err != nil {
		return fmt.Errorf("apitest: load: line %d: %w", in.line, err)
	}
	e.estate.mu.Lock()
	defer e.estate.mu.Unlock()
	e.landscape.mu.Lock()
	defer e.landscape.mu.Unlock()
	loaded := &in.estate
	e.estate.changes++
	e.estate.records, e.estate.byNID, e.estate.types = loaded.records, loaded.byNID, loaded.types
	e.estate.order, e.estate.strays = loaded.order, loaded.strays
	e.landscape.Landscape = *in.landscape
	e.landscape.keys = e.landscape.keys[:1] // the one of WithAPIKey
	return nil
}

// A loader reads a saved state.
type loader struct {
	lines     *bufio.Reader
	line      int
	estate    estate
	landscape *Landscape
	end       savedEnd // what was read so far
}

func (in *loader) load() error {
	for {
		text, err := in.readLine()
		switch {
		case errors.Is(err, io.EOF):
			return errors.New("the end is missing: the file is incomplete")
		case err != nil:
			return err
		case !utf8.Valid(text):
			return errors.New("not a line of a saved state: not valid UTF-8")
		}
		var line savedLine
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&line); err != nil {
			return fmt.Errorf("not a line of a saved state: %w", err)
		}
		if dec.InputOffset() != int64(len(text)) {
			return errors.New("not a line of a saved state: there is more than one value")
		}
		if line.End != nil {
			return in.checkEnd(line)
		}
		if err := in.add(line); err != nil {
			return err
		}
	}
}

// readLine returns the next line without its end, and io.EOF after the last one.
func (in *loader) readLine() (line []byte, err error) {
	in.line++
	for {
		part, err := in.lines.ReadSlice('\n')
		if len(line)+len(part) > maxLine {
			return nil, fmt.Errorf("longer than the limit of %d bytes", maxLine)
		}
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && len(line) > 0: // the last line may have lost its end
			err = nil
		}
		return bytes.TrimRight(line, "\r\n"), err
	}
}

func (in *loader) add(line savedLine) error {
	first := in.line == 1
	switch {
	case first && (line.Format == nil || line.Format.Name != saveFormat):
		return fmt.Errorf("this is no saved state: its first line does not say %q", saveFormat)
	case first && line.Format.Version != saveVersion:
		return fmt.Errorf("a saved state of version %d, and only %d is known", line.Format.Version, saveVersion)
	case first:
		return nil
	case line.Landscape != nil && in.landscape == nil:
		l := line.Landscape.clone()
		l.identify()
		in.landscape = &l
		return checkAmounts(l)
	case line.Record != nil:
		in.end.Records++
		return in.addRecord(line.Record)
	case line.Enrichment != nil:
		in.end.Enrichments++
		return in.addStray(line.Enrichment)
	}
	return errors.New("not a line of a saved state here")
}

// checkEnd checks that the last line is where it belongs.
func (in *loader) checkEnd(line savedLine) error {
	switch {
	case in.landscape == nil:
		return errors.New("the landscape is missing")
	case *line.End != in.end:
		return fmt.Errorf("there were %d records and %d stray enrichments, and there should be %d and %d: the file is incomplete",
			in.end.Records, in.end.Enrichments, line.End.Records, line.End.Enrichments)
	}
	if more, err := in.readLine(); !errors.Is(err, io.EOF) || len(more) > 0 {
		return errors.New("there is something after the end")
	}
	return nil
}

// addRecord checks what the emulator relies on, and adds a record.
func (in *loader) addRecord(saved *savedRecord) error {
	r := &record{recordKey: recordKey{saved.Type, saved.ID}, nid: parseNID(saved.NID), name: saved.Name}
	switch {
	case r.nid == nid{} || r.nid.String() != saved.NID:
		return fmt.Errorf("nid: %q is not a UUID", truncate(saved.NID))
	case in.estate.byNID[r.nid] != nil:
		return fmt.Errorf("nid: %s occurs twice", saved.NID)
	case r.id == "" || r.typ == "":
		return errors.New("a record must have an id and a type")
	case in.estate.records[r.recordKey] != nil:
		return fmt.Errorf("the record of type %q with id %q occurs twice", truncate(r.typ), truncate(r.id))
	case len(saved.Periods) == 0:
		return errors.New("periods: a record must have one")
	}
	for i, text := range saved.Periods {
		m := parseMonth(text)
		if m == 0 || i > 0 && m <= r.periods[i-1] {
			return fmt.Errorf("periods: %q is not a month, or not in order", truncate(text))
		}
		r.periods = append(r.periods, m)
	}
	r.periods = slices.Clip(r.periods)
	if r.validThrough = parseMonth(saved.ValidThrough); saved.ValidThrough != "" && r.validThrough == 0 {
		return fmt.Errorf("validThrough: %q is not a month", truncate(saved.ValidThrough))
	}
	for _, part := range []struct {
		name   string
		raw    json.RawMessage
		packed *packed
	}{{"metadata", saved.Metadata, &r.metadata}, {"tags", saved.Tags, &r.tags}, {"enrichment", saved.Enrichment, &r.enrichment}} {
		if len(part.raw) == 0 {
			continue
		}
		object, err := decodeObject(part.raw, part.name == "tags")
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		*part.packed = in.estate.packer.pack(object, "")
	}
	var err error
	if r.costs, err = in.packCosts(saved.Costs); err != nil {
		return fmt.Errorf("costs: %w", err)
	}
	in.estate.insertLocked(r)
	return nil
}

func (in *loader) addStray(saved *savedEnrichment) error {
	n := parseNID(saved.NID)
	switch {
	case n.String() != saved.NID:
		return fmt.Errorf("nid: %q is not a UUID", truncate(saved.NID))
	case in.estate.byNID[n] != nil || in.estate.strays[n] != "":
		return fmt.Errorf("nid: %s occurs twice", saved.NID)
	}
	if len(saved.Data) == 0 {
		return errors.New("data: is missing")
	}
	data, err := decodeObject(saved.Data, false)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	in.estate.strays[n] = in.estate.packer.pack(data, "")
	return nil
}

// decodeObject decodes an object of valid JSON; that of tags has texts only.
func decodeObject(raw json.RawMessage, tags bool) (map[string]any, error) {
	if raw[0] != '{' {
		return nil, errors.New("not an object")
	}
	in := parser{data: raw, maxObject: math.MaxInt, keys: make(map[string]string)}
	object := in.value(true).(map[string]any)
	if len(in.violations) > 0 {
		return nil, errors.New(summarize(in.violations))
	}
	for name, v := range object {
		if _, ok := v.(string); tags && !ok {
			return nil, fmt.Errorf("%q is not a text", truncate(name))
		}
	}
	return object, nil
}

var (
	costValue    = regexp.MustCompile(`^\d*(\.\d+)?$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
	amount       = regexp.MustCompile(`^(-?(0|[1-9]\d*)(\.\d+)?)?$`)
)

func (in *loader) packCosts(costs []Cost) (packedCosts, error) {
	days := make([]dayCost, 0, len(costs))
	for i, c := range costs {
		if _, err := time.Parse(time.DateOnly, c.Date); err != nil || i > 0 && c.Date <= costs[i-1].Date {
			return "", fmt.Errorf("%q is not a day, or not in order", truncate(c.Date))
		}
		if !costValue.MatchString(c.Value) || !currencyCode.MatchString(c.Currency) {
			return "", fmt.Errorf("%q %q is not an amount of money", truncate(c.Value), truncate(c.Currency))
		}
		days = append(days, dayCost{dayNumber(c.Date), [3]byte([]byte(c.Currency)), c.Value})
	}
	return in.estate.costPacker.pack(days, ""), nil
}

// checkAmounts checks the sums of money of a landscape, which responses have as numbers.
func checkAmounts(l Landscape) error {
	for _, a := range l.Accounts {
		for _, c := range a.Costs {
			if !amount.MatchString(c.Cost) {
				return fmt.Errorf("landscape: %q of account %s is not an amount of money", truncate(c.Cost), truncate(a.NID))
			}
		}
	}
	for _, a := range l.Applications {
		if !amount.MatchString(a.CurrentMonth) {
			return fmt.Errorf("landscape: %q of application %s is not an amount of money", truncate(a.CurrentMonth), truncate(a.NID))
		}
	}
	return nil
}
