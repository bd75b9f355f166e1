package job_test

import (
	"context"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/models"
)

// An interrupt says what is waited for, and nothing else.
func TestInterruptSaysWhatItWaitsFor(t *testing.T) {
	for _, tt := range []struct{ flag, want string }{
		{"-grace=0", "not waiting for responses"},
		{"-grace=20ms", "waiting up to 20 ms for responses"},
		{"-dry-run", "nothing was sent"},
	} {
		t.Run(tt.flag, func(t *testing.T) {
			s := apitest.NewServer(t)
			jobtest.Environment(t, s)
			ctx, cancel := context.WithCancel(t.Context())
			s.Intercept(func(*apitest.Request) *apitest.Fault {
				cancel()
				return &apitest.Fault{Hang: true}
			})
			interrupt := program(func(*models.EstateRecord) { cancel() }) // of a dry run
			result := jobtest.RunWith(ctx, interrupt, strings.NewReader(""), "-file", jobtest.File(t, "in.csv", good), tt.flag)
			result.Want(t, 1, nil, []string{"program: context canceled: " + tt.want})
		})
	}
}
