package main

import (
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

func TestQuickstart(t *testing.T) {
	var out, errs strings.Builder
	jobtest.Environment(t, nil)
	if status := run(t.Context(), &out, &errs); status != 0 {
		t.Errorf("without credentials: got exit status %d, want 0: %s", status, &errs)
	}
	for _, want := range []string{"emulator", "3 records: 3 accepted"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("without credentials: got the output %s, want %q in it", &out, want)
		}
	}

	out.Reset()
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	if status := run(t.Context(), &out, &errs); status != 0 || s.Len() != 3 || strings.Contains(out.String(), "emulator") {
		t.Errorf("with a server: got exit status %d, %d records, %s%s, want 0, 3 records and no emulator", status, s.Len(), &out, &errs)
	}

	t.Setenv("KLARITY_CLIENT_SECRET", "")
	if status := run(t.Context(), &out, &errs); status != 2 || !strings.Contains(errs.String(), "KLARITY_CLIENT_SECRET") {
		t.Errorf("without a secret: got exit status %d, %s, want 2 and the name of the variable", status, &errs)
	}

	errs.Reset()
	t.Setenv("KLARITY_CLIENT_SECRET", "s3cret")
	if status := run(t.Context(), &out, &errs); status != 1 || strings.Contains(errs.String(), "s3cret") {
		t.Errorf("with a wrong secret: got exit status %d, %s, want 1 and no secret", status, &errs)
	}
}
