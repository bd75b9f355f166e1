package clarity

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/clarity/internal/models"
)

// show is a row as one line.
func show(m *models.Measurement) string {
	number := func(f *float64) string {
		if f == nil {
			return "null"
		}
		return fmt.Sprint(*f)
	}
	return fmt.Sprintf("%s %s %s %s %s %s", m.DatasourceID, m.Metric, number(m.Value), number(m.Raw), m.Status, m.QcAssessment)
}

// The observed rows are flat. The guide's text has an object for each metric, and calls the
// quality qc; which key the time has in rows of an hour or a day is not known.
func TestRowsInAnyForm(t *testing.T) {
	const want = "D1 pm2_5ConcMass1HourMean 9.42 11.9 calibrated-ready valid"
	flat := `{"datasourceId":"D1","time":"2025-06-07T08:00:00.000Z","metric":"pm2_5ConcMass1HourMean","raw":11.9,"value":9.42,"status":"calibrated-ready","qcAssessment":"valid"}`
	inner := `{"raw":11.9,"value":9.42,"status":"calibrated-ready","qc":"valid"}`
	for name, doc := range map[string]string{
		"flat":                      `{"request":{"org":"o"},"data":[` + flat + `],"locations":[]}`,
		"without locations":         `{"request":{"org":"o"},"data":[` + flat + `]}`,
		"rows alone":                `[` + flat + `]`,
		"one row":                   `{"data":` + flat + `}`,
		"another key":               `{"request":{"org":"o"},"rows":[` + flat + `],"locations":[{"datasourceId":"D1","lat":1,"lon":2}]}`,
		"one row alone":             flat,
		"qc":                        `[` + strings.ReplaceAll(flat, "qcAssessment", "qc") + `]`,
		"start of the period":       `[` + strings.ReplaceAll(flat, `"time"`, `"startOfPeriod"`) + `]`,
		"end of the period":         `[` + strings.ReplaceAll(flat, `"time"`, `"endOfPeriod"`) + `]`,
		"object of the metric":      `{"data":[{"datasourceId":"D1","time":"2025-06-07T08:00:00.000Z","pm2_5ConcMass1HourMean":` + inner + `}]}`,
		"objects in metric":         `{"data":[{"datasourceId":"D1","time":"2025-06-07T08:00:00.000Z","metric":{"pm2_5ConcMass1HourMean":` + inner + `}}]}`,
		"objects, metric being new": `{"data":[{"datasourceId":"D1","time":"2025-06-07T08:00:00.000Z","metric":null,"metrics":{"pm2_5ConcMass1HourMean":` + inner + `}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			m, err := decodeMeasurements(CallMeasurements, document{body: json.RawMessage(doc)})
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Rows) != 1 || show(m.Rows[0]) != want || len(m.Odd) > 0 {
				t.Fatalf("got %d rows, the first %s, odd %q, want %s", len(m.Rows), show(m.Rows[0]), m.Odd, want)
			}
			if got, want := Time(m.Rows[0]), time.Date(2025, 6, 7, 8, 0, 0, 0, time.UTC); !got.Equal(want) {
				t.Errorf("got the time %v, want %v", got, want)
			}
		})
	}
}

func TestTimeIsTheLatestOfThree(t *testing.T) {
	m := &models.Measurement{StartOfPeriod: "2025-06-07T07:00:00Z", EndOfPeriod: "2025-06-07T08:00:00.000Z", Time: "yesterday"}
	if got, want := Time(m), time.Date(2025, 6, 7, 8, 0, 0, 0, time.UTC); !got.Equal(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := Time(&models.Measurement{Time: "2025-06-07T08Z"}); !got.IsZero() {
		t.Errorf("got %v, want no time", got)
	}
}

func TestResponsesWithoutRows(t *testing.T) {
	for _, doc := range []string{`{"request":{}}`, `{"request":{},"data":[]}`, `{"request":{},"rows":[]}`, `{"request":{},"locations":[{"datasourceId":"D1"}]}`, `{"request":{},"data":null}`, `[]`, `{"locations":[]}`} {
		if m, err := decodeMeasurements(CallMeasurements, document{body: json.RawMessage(doc)}); err != nil || len(m.Rows) != 0 || len(m.Odd) > 0 {
			t.Errorf("%s: got %d rows, odd %q, error %v, want no rows", doc, len(m.Rows), m.Odd, err)
		}
	}
	for _, doc := range []string{`{}`, `"text"`, `{"message":"no"}`, `{"request":{},"message":"no"}`} {
		if _, err := decodeMeasurements(CallMeasurements, document{body: json.RawMessage(doc)}); !errors.Is(err, ErrResponse) {
			t.Errorf("%s: got %v, want ErrResponse", doc, err)
		}
	}
}

func TestOddRows(t *testing.T) {
	doc := `{"data":[
		{"datasourceId":"D1","metric":"a","value":null,"raw":null,"status":null,"qcAssessment":null},
		{"datasourceId":"D1","metric":"b","value":"n/a","raw":2},
		{"datasourceId":"D1"}, {"metric":"c"}, null,
		{"datasourceId":"D2","x":{"value":1},"y":{"value":2,"status":"new word"},"z":{"other":1},"value":7,"w":{"raw":"?","status":"s"}}
	],"locations":[{"datasourceId":"D1","lat":52.1,"lon":4.9},{"datasourceId":"D1","lat":null},{"lat":1}]}`
	m, err := decodeMeasurements(CallMeasurements, document{body: json.RawMessage(doc)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range m.Rows {
		got = append(got, strings.TrimSpace(show(row)))
	}
	if want := []string{"D1 a null null", "D1 b null 2", "D2 w null null s", "D2 x 1 null", "D2 y 2 null new word"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	want := []string{"1 item whose value is a string", "1 item without a metric", "2 items without a datasourceId", "1 item whose raw is a string"}
	if !slices.Equal(m.Odd, want) {
		t.Errorf("got odd %q, want %q", m.Odd, want)
	}
	if len(m.Places) != 2 {
		t.Errorf("got %d places, want 2", len(m.Places))
	}
}
