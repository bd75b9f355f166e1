package job

import (
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

// In an outage many requests fail at once, each with another number of records. That is a line for
// each kind of failure, and again after a second.
func TestRetriesAreFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines []string
		log := slog.New(&retryLog{program: "upload", write: func(line string) { lines = append(lines, line) }})
		for range 2 {
			for i := range 1000 {
				for _, status := range []string{"503 Service Unavailable", "429 Too Many Requests"} {
					err := errors.New(fmt.Sprint("upsert of ", i, " records: ", status))
					log.Warn("", "error", err, "try", 1, "wait", time.Second)
				}
			}
			time.Sleep(time.Second)
		}
		want := "upload: upsert of 0 records: 503 Service Unavailable; try 1 failed, next in 1 s"
		if len(lines) != 4 || lines[0] != want {
			t.Errorf("got %d lines, the first is %q, want 4 and %q", len(lines), lines[:min(1, len(lines))], want)
		}
	})
}
