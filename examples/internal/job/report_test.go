package job

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A report that is begun again does not keep the failure of the first time.
func TestReportBeginsAgain(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report")
	r, err := openReport(name, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	r.failLocked(errors.New("no space left on device"))
	if err := r.reset(); err != nil {
		t.Fatal(err)
	}
	r.add(entry{Outcome: "accepted"}, "")
	if err := r.close(); err != nil {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(name); err != nil || len(text) == 0 {
		t.Errorf("got %q, %v", text, err)
	}
}
