package main

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

func TestFailAndLatencyAreParsed(t *testing.T) {
	for _, test := range []struct{ flag, value, want string }{ // a want of "" is the value itself
		{"fail", "429:10%", ""},
		{"fail", "429:10%,503:2%", ""},
		{"fail", " 429:10% , 500:0.5%", "429:10%,500:0.5%"},
		{"fail", "400:50%,599:50%", ""},
		{"fail", "", `"" is not STATUS:SHARE%, such as 429:10%`},
		{"fail", "429", `"429" is not STATUS:SHARE%`},
		{"fail", "429:10", `"429:10" is not STATUS:SHARE%`},
		{"fail", "429:10%,", `"" is not STATUS:SHARE%`},
		{"fail", "200:10%", `"200" is not a status between 400 and 599`},
		{"fail", "x:10%", `"x" is not a status between 400 and 599`},
		{"fail", "429:0%", `"0%" is not a share above 0% and up to 100%`},
		{"fail", "429:-1%", `"-1%" is not a share`},
		{"fail", "429:NaN%", `"NaN%" is not a share`},
		{"fail", "429:101%", `"101%" is not a share`},
		{"fail", "429:60%,503:60%", "the shares add up to 120%, more than 100%"},
		{"fail", "429:1%,429:2%", "429 occurs twice"},
		{"latency", "200ms", ""},
		{"latency", "100ms-2s", ""},
		{"latency", "0s-1s", ""},
		{"latency", "", "is not a duration such as 200ms, or a range such as 100ms-2s"},
		{"latency", "200", `"200" is not a duration such as 200ms`},
		{"latency", "-1s", "is not a duration"},
		{"latency", "2s-1s", "1s is less than 2s"},
		{"latency", "1s-2s-3s", "is not a duration"},
		{"latency", "11m", "11m is more than 10m0s"},
	} {
		var fail failures
		var slow latency
		got := ""
		if test.flag == "fail" {
			if err := fail.Set(test.value); err != nil {
				got = err.Error()
			} else {
				got = fail.String()
			}
		} else if err := slow.Set(test.value); err != nil {
			got = err.Error()
		} else {
			got = slow.String()
		}
		if test.want == "" && got != test.value || !strings.Contains(got, test.want) {
			t.Errorf("-%s %q: got %q, want %q", test.flag, test.value, got, test.want)
		}
	}
}

// A wrong value is wrong usage, and the reason is printed.
func TestWrongFlagsAreUsageErrors(t *testing.T) {
	jobtest.Environment(t, nil)
	for _, args := range [][]string{{"-fail", "429"}, {"-latency", "x"}, {"-seed", "x"}, {"-save", t.TempDir()}, {"-save", t.TempDir() + "/no/such"}} {
		jobtest.Run(t, run, "", args...).Want(t, 2, nil, []string{"emulator: ", args[0]})
	}
}

// The shares are those that were asked for, and the same seed chooses the same requests.
func TestSharesOfRequestsFail(t *testing.T) {
	const n = 20_000
	choose := func(seed uint64) (statuses []int, delays time.Duration) {
		hook := disturb(failures{{429, 10}, {503, 2}}, latency{100 * time.Millisecond, 300 * time.Millisecond}, seed)
		for range n {
			fault := hook(nil)
			if fault.Delay < 100*time.Millisecond || fault.Delay > 300*time.Millisecond {
				t.Fatalf("got a delay of %s", fault.Delay)
			}
			statuses = append(statuses, fault.Status)
			delays += fault.Delay
		}
		return statuses, delays
	}
	statuses, delays := choose(1)
	count := make(map[int]int)
	for _, s := range statuses {
		count[s]++
	}
	for status, share := range map[int]float64{429: 0.10, 503: 0.02, 0: 0.88} {
		if got := float64(count[status]) / n; math.Abs(got-share) > 0.01 {
			t.Errorf("status %d: got a share of %.3f, want %.2f", status, got, share)
		}
	}
	if mean := delays / n; mean < 190*time.Millisecond || mean > 210*time.Millisecond {
		t.Errorf("got delays of %s on average, want 200 ms", mean)
	}
	again, _ := choose(1)
	other, _ := choose(2)
	same, differ := true, false
	for i := range statuses {
		same, differ = same && statuses[i] == again[i], differ || statuses[i] != other[i]
	}
	if !same || !differ {
		t.Errorf("the same seed chooses the same requests: %t; another one others: %t; want both", same, differ)
	}
}

// Both APIs fail, the identity service does not, and what failed has changed nothing.
func TestBothAPIsFail(t *testing.T) {
	e := apitest.New()
	hook := disturb(failures{{503, 100}}, latency{}, 1)
	e.Intercept(hook)
	e.InterceptGraphQL(hook)
	client := e.Client()
	if _, err := client.Token(t.Context()); err != nil {
		t.Errorf("token: %v", err)
	}
	if fault := hook(nil); fault.Delay != 0 || fault.Status != 503 {
		t.Errorf("got %+v", fault)
	}
	_, err := client.UpsertOnce(t.Context(), upsertOf("1"))
	if err == nil || !strings.Contains(err.Error(), "503") || e.Len() != 0 {
		t.Errorf("upsert: got %v with %d records, want a 503 without any", err, e.Len())
	}
}
