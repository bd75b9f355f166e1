package clarity

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/klarity-go/klarity/examples/clarity/internal/models"
)

// Continuation asks for what is newer than a response; see [Client.Newer]. Keep it as secret as
// the measurements: formatting or logging it shows a placeholder.
type Continuation string

// String returns a placeholder.
func (c Continuation) String() string { return Key(c).String() }

// Format implements [fmt.Formatter].
func (c Continuation) Format(s fmt.State, _ rune) { fmt.Fprint(s, c.String()) }

// LogValue implements [slog.LogValuer].
func (c Continuation) LogValue() slog.Value { return slog.StringValue(c.String()) }

// MarshalText implements [encoding.TextMarshaler]. To keep a continuation, convert it to a
// string.
func (c Continuation) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Measurements are recent measurements.
type Measurements struct {
	// Rows have one metric each. Their QC assessment is in QcAssessment, also where the response
	// calls it qc.
	Rows []*models.Measurement
	// Places are where datasources are, several for one that was moved perhaps.
	Places []*models.Place
	// Continuation is empty unless the query asked for one.
	Continuation Continuation
	// Odd says what else there was, as [List] does.
	Odd []string
}

// Time is when a measurement was made, or when the hour or day ended that it is the mean of: the
// latest of the three times that a row may have. It is zero if none can be read.
func Time(m *models.Measurement) time.Time {
	var latest time.Time
	for _, text := range []string{m.Time, m.StartOfPeriod, m.EndOfPeriod} {
		if t, err := time.Parse(time.RFC3339, text); err == nil && t.After(latest) {
			latest = t
		}
	}
	return latest
}

// decodeMeasurements takes a response apart: an object with the rows, under data or another key,
// and perhaps locations and the request, or the rows alone.
func decodeMeasurements(call string, d document) (Measurements, error) {
	m := Measurements{Continuation: Continuation(d.token)}
	var envelope map[string]json.RawMessage
	_ = json.Unmarshal(d.body, &envelope) // the rows alone are no object
	locations, body, noRows := envelope["locations"], d.body, false
	if envelope["data"] == nil && (locations != nil || envelope["request"] != nil) {
		delete(envelope, "locations") // which look like rows
		delete(envelope, "request")
		body, _ = json.Marshal(envelope) // what was unmarshaled marshals
		noRows = len(envelope) == 0
	}
	var rows []json.RawMessage
	if !noRows {
		var err error
		if rows, err = items(body, "data", "datasourceId"); err != nil {
			return Measurements{}, &Error{Call: call, StatusCode: 200, Err: err}
		}
	}
	var odd oddities
	for _, raw := range rows {
		found, phrase := decodeRow(raw)
		odd.add(phrase)
		m.Rows = append(m.Rows, found...)
	}
	var places []json.RawMessage
	if json.Unmarshal(locations, &places) != nil && locations != nil {
		places = []json.RawMessage{locations}
	}
	for _, raw := range places {
		place := new(models.Place)
		odd.add(unmarshal(raw, place))
		if place.DatasourceID != "" {
			m.Places = append(m.Places, place)
		}
	}
	m.Odd = odd.list()
	return m, nil
}

// decodeRow returns the measurements of a row: one, which its metric names, or one for each
// object in it that looks like a measurement, under the metric's name.
func decodeRow(raw json.RawMessage) (found []*models.Measurement, odd string) {
	var row models.Measurement
	odd = unmarshal(raw, &row)
	if row.DatasourceID == "" {
		return nil, "without a datasourceId"
	}
	if row.Metric != "" {
		return []*models.Measurement{settle(row)}, odd
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil, "that cannot be read"
	}
	found, odd = metrics(row, fields, true) // that the metric is an object is this form, and not odd
	if len(found) == 0 {
		return nil, "without a metric"
	}
	return found, odd
}

// metrics finds the objects that look like measurements, among the fields of a row or, if deeper
// is set, of an object in it.
func metrics(row models.Measurement, fields map[string]json.RawMessage, deeper bool) (found []*models.Measurement, odd string) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		var inner map[string]json.RawMessage
		if !bytes.HasPrefix(bytes.TrimSpace(fields[name]), []byte("{")) || json.Unmarshal(fields[name], &inner) != nil {
			continue
		}
		switch {
		case measures(inner):
			m := models.Measurement{Time: row.Time, StartOfPeriod: row.StartOfPeriod, EndOfPeriod: row.EndOfPeriod}
			odd = cmp.Or(odd, unmarshal(fields[name], &m))
			m.DatasourceID, m.Metric = row.DatasourceID, name
			found = append(found, settle(m))
		case deeper:
			further, phrase := metrics(row, inner, false)
			found, odd = append(found, further...), cmp.Or(odd, phrase)
		}
	}
	return found, odd
}

// measures reports whether an object has a field of a measurement.
func measures(fields map[string]json.RawMessage) bool {
	for _, name := range []string{"raw", "value", "status"} {
		if _, ok := fields[name]; ok {
			return true
		}
	}
	return false
}

// settle puts what has two names in one place.
func settle(m models.Measurement) *models.Measurement {
	if m.QcAssessment == "" {
		m.QcAssessment = m.Qc
	}
	return &m
}
