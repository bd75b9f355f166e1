package bill

import (
	"testing"
	"time"
)

func TestStarts(t *testing.T) {
	for text, want := range map[string]string{
		"2024-09-18T22:00:00Z":          "2024-09-18T22:00:00Z",
		"2024-09-18 22:00:00":           "2024-09-18T22:00:00Z",
		"2024-09-18T22:00Z":             "2024-09-18T22:00:00Z",
		"2024-09-18 22:00":              "2024-09-18T22:00:00Z",
		"2024-09-18 22:00:00 UTC":       "2024-09-18T22:00:00Z",
		"2024-09-18T22:00:00.123Z":      "2024-09-18T22:00:00Z",
		"2024-09-18T23:59:59.999999999": "2024-09-18T23:59:59Z",
		"2024-09-18T22:00:00+02:00":     "2024-09-18T20:00:00Z",
		"2024-09-18T00:30:00+0200":      "2024-09-17T22:30:00Z",
		"2024-09-18 22:00:00 -03":       "2024-09-19T01:00:00Z",
		"2024-09-18t22:00:00z":          "2024-09-18T22:00:00Z",
		"2024-09-18":                    "2024-09-18T00:00:00Z",
		"2024-02-29":                    "2024-02-29T00:00:00Z",
		"0001-01-01":                    "0001-01-01T00:00:00Z",
	} {
		unix, err := parseStart(text)
		if got := time.Unix(unix, 0).UTC().Format(time.RFC3339); err != nil || got != want {
			t.Errorf("%q: got %s, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "x", "2024", "2024-9-18", "18.09.2024", "9/18/2024 22:00", "2024-13-01", "2024-00-01", "2023-02-29", "2024-09-31", "0000-01-01",
		"2024-09-18T", "2024-09-18T24:00:00", "2024-09-18T22:60", "2024-09-18T22:00:60", "2024-09-18T22:00:00.", "2024-09-18T22:00:00ZZ",
		"2024-09-18T22:00:00 CET", "2024-09-18T22:00:00+2", "2024-09-18T22:00:00+02:00x", "2024-09-18T22:00:00+99:00", "2024-09-18 22:00:00 ", "2024-09-18Z",
		"0001-01-01T00:00:00+01:00", "9999-12-31T23:00:00-02:00", "1726696800", "2024-09-1８",
	} {
		if unix, err := parseStart(text); err == nil {
			t.Errorf("%q: got %s, want an error", text, time.Unix(unix, 0).UTC())
		}
	}
}

func TestDays(t *testing.T) {
	for text, want := range map[string]string{
		"2026-10-01T00:00:00Z": "2026-10-01", "2026-10-01T23:59:59Z": "2026-10-01", "1969-12-31T23:59:59Z": "1969-12-31", "1970-01-01": "1970-01-01", "0001-01-01": "0001-01-01",
	} {
		unix, err := parseStart(text)
		if got := dayText(dayOf(unix)); err != nil || got != want {
			t.Errorf("%s: got the day %s, %v, want %s", text, got, err, want)
		}
	}
}

// What is taken is what package time takes it for, where that knows the form.
func FuzzStart(f *testing.F) {
	for _, seed := range []string{"2024-09-18T22:00:00Z", "2024-09-18 22:00", "2024-09-18T22:00:00.5+05:30", "2024-09-18", "2024-09-18 22:00:00 UTC", "2024-02-30"} {
		f.Add(seed)
	}
	forms := []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", time.DateOnly}
	f.Fuzz(func(t *testing.T, text string) {
		unix, err := parseStart(text)
		if err != nil {
			return
		}
		if y := time.Unix(unix, 0).UTC().Year(); y < 1 || y > 9999 {
			t.Errorf("%q: got the year %d", text, y)
		}
		for _, form := range forms {
			if want, err := time.Parse(form, text); err == nil && want.Unix() != unix {
				t.Errorf("%q: got %v, want %v", text, time.Unix(unix, 0).UTC(), want)
			}
		}
	})
}
