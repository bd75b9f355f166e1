package wire

import (
	"math/rand/v2"
	"testing"
	"time"
)

func checkDate(t *testing.T, e *Encoder, day time.Time) {
	t.Helper()
	got, err := e.AppendDate(nil, day)
	if err != nil {
		t.Fatalf("AppendDate(%v): got error %v, want none", day, err)
	}
	if want := `"` + day.Format(time.DateOnly) + `"`; string(got) != want {
		t.Fatalf("AppendDate(%v): got %s, want %s", day, got, want)
	}
}

func TestDateIsWrittenAsTimeFormatsIt(t *testing.T) {
	var e Encoder
	last := 0
	check := func(day time.Time) {
		t.Helper()
		checkDate(t, &e, day)
		if e.Day() <= last {
			t.Fatalf("Day after %v: got %d, want more than %d of an earlier day", day, e.Day(), last)
		}
		last = e.Day()
	}
	for year := range 10000 { // where months begin and end
		for month := time.January; month <= time.December; month++ {
			check(time.Date(year, month, 1, 0, 0, 0, 0, time.UTC))
			check(time.Date(year, month+1, 0, 23, 59, 59, 999999999, time.UTC))
		}
	}
	last = 0
	for day := time.Date(1999, 12, 1, 12, 0, 0, 0, time.UTC); day.Year() < 2030; day = day.AddDate(0, 0, 1) {
		check(day)
	}
}

// The month of the previous date is cached, if that was in UTC. It must not be used for a date
// in another month or location.
func TestDatesInAnyOrder(t *testing.T) {
	var e Encoder
	random := rand.New(rand.NewPCG(3, 4))
	zones := []*time.Location{time.UTC, time.UTC, time.UTC, time.FixedZone("", 14*3600), time.FixedZone("", -12*3600)}
	base := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	for range 100_000 {
		at := time.Unix(base+random.Int64N(120*secondsPerDay), random.Int64N(1e9)).In(zones[random.IntN(len(zones))])
		checkDate(t, &e, at)
	}
}

func TestDateIsThatOfItsLocation(t *testing.T) {
	var e Encoder
	at := time.Date(2022, 12, 31, 23, 30, 0, 0, time.UTC)
	for zone, want := range map[string]string{"UTC": `"2022-12-31"`, "UTC+2": `"2023-01-01"`, "UTC-3": `"2022-12-31"`} {
		offset := map[string]int{"UTC": 0, "UTC+2": 2, "UTC-3": -3}[zone]
		got, err := e.AppendDate(nil, at.In(time.FixedZone(zone, offset*3600)))
		if err != nil {
			t.Errorf("%s: got error %v, want none", zone, err)
		}
		if string(got) != want {
			t.Errorf("%s: got %s, want %s", zone, got, want)
		}
	}
}

func TestDateOfAYearWithoutFourDigits(t *testing.T) {
	var e Encoder
	for _, year := range []int{-1, 10000, -9999, 1 << 30} {
		day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		got, err := e.AppendDate([]byte("x"), day)
		if err == nil {
			t.Errorf("AppendDate, year %d: got no error, want one", year)
		}
		if string(got) != "x" {
			t.Errorf("AppendDate, year %d: got %q, want the buffer as it was, %q", year, got, "x")
		}
		if got, want := string(e.AppendPlainDate(nil, day)), `"`+day.Format(time.DateOnly)+`"`; got != want {
			t.Errorf("AppendPlainDate, year %d: got %s, want %s", year, got, want)
		}
	}
}

func TestFindSameDay(t *testing.T) {
	for days, want := range map[string][2]int{
		"":        {-1, -1},
		"a":       {-1, -1},
		"cba":     {-1, -1},
		"aa":      {0, 1},
		"cabc":    {0, 3},
		"cbacb":   {0, 3}, // b again at 4
		"abcabcc": {0, 3},
		"zyxwvuu": {5, 6},
	} {
		var e Encoder
		i, j, found := e.FindSameDay(len(days), func(i int) time.Time {
			return time.Date(2022, 1, int(days[i]-'a')+1, i, 0, 0, 0, time.UTC) // hours differ
		})
		if !found {
			i, j = -1, -1
		}
		if got := [2]int{i, j}; got != want {
			t.Errorf("%q: got %v, want %v", days, got, want)
		}
	}
}

func TestSameDayNamesBoth(t *testing.T) {
	err := SameDay("values", "date", 3, 7, time.Date(2022, 5, 1, 0, 0, 0, 0, time.UTC)).Under("costs")
	want := `costs.values[7].date: must be another day than that of any other item; is "2022-05-01" like values[3]`
	if got := err.Error(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
