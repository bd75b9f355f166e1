package source

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/models"
)

// readAll returns what a reader yields: items as JSON, errors as their texts.
func readAll[T any](r *Reader[T]) []string {
	var got []string
	for item, err := range r.All() {
		switch {
		case (item == nil) == (err == nil):
			got = append(got, "neither an item nor an error, or both")
		case err != nil:
			got = append(got, err.Error())
		default:
			b, err := json.Marshal(item)
			if err != nil {
				b = []byte(err.Error())
			}
			got = append(got, string(b))
		}
	}
	return got
}

func records(in io.Reader, f Format) (*Reader[models.EstateRecord], error) {
	return Records(in, Options{Format: f}, models.InsertInPeriodCurrent)
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("%d: got nothing\n   want %s", i, want[i])
		case i >= len(want):
			t.Errorf("%d: got %s\n   want nothing", i, got[i])
		case got[i] != want[i]:
			t.Errorf("%d: got %s\n   want %s", i, got[i], want[i])
		}
	}
}

func joinLines(lines ...string) string { return strings.Join(lines, "\n") + "\n" }
