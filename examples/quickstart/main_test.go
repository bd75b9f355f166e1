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
	if status := run(t.Context(), &out, &errs); status != 0 || !strings.Contains(out.String(), "emulator") || !strings.Contains(out.String(), "3 records: 3 accepted") {
		t.Errorf("without credentials: got exit status %d, %s%s", status, &out, &errs)
	}

	out.Reset()
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	if status := run(t.Context(), &out, &errs); status != 0 || s.Len() != 3 || strings.Contains(out.String(), "emulator") {
		t.Errorf("with a server: got exit status %d, %d records, %s%s", status, s.Len(), &out, &errs)
	}

	t.Setenv("KLARITY_CLIENT_SECRET", "")
	if status := run(t.Context(), &out, &errs); status != 2 || !strings.Contains(errs.String(), "KLARITY_CLIENT_SECRET") {
		t.Errorf("without a secret: got exit status %d, %s", status, &errs)
	}

	errs.Reset()
	t.Setenv("KLARITY_CLIENT_SECRET", "s3cret")
	if status := run(t.Context(), &out, &errs); status != 1 || strings.Contains(errs.String(), "s3cret") {
		t.Errorf("with a wrong secret: got exit status %d, %s", status, &errs)
	}
}
