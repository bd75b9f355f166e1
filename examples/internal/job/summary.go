package job

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/overview"
)

// summarize prints the outcomes, the errors and the conclusion of a run.
func (r *run[T]) summarize(ctx context.Context, rep api.Report, took time.Duration, sendErr error) {
	quiet := r.flags.Quiet
	if !quiet {
		r.printCounts(rep, took)
		if len(r.problems.list) > 0 || len(r.input.Missing) > 0 {
			console.Fprintln(r.errs)
		}
	}
	r.problems.write(r.errs, r.flags.Report == "")
	r.warn()
	if !r.complete {
		switch {
		case ctx.Err() != nil:
			r.complain("interrupted after %s; the rest of the input was not read", console.Counted(rep.Inputs, "record"))
		case r.ended != nil:
			r.complain("the rest was not read: %s", r.ended)
		case sendErr != nil:
			r.complain("ended early, the rest of the input was not read: %s", sendErr)
		}
	}
	if r.sent > 0 {
		r.complain("whether Klarity has taken %s that %s sent is unknown: send the input again, which does no harm",
			console.Counted(r.sent, "record"), wasOrWere(r.sent))
	}
	if r.unsent > 0 {
		r.complain("%s %s never sent", console.Counted(r.unsent, "record"), wasOrWere(r.unsent))
	}
	if r.complete && rep.Inputs < r.minRecords() {
		r.complain("%s has %s, fewer than %d: what writes it may have failed (-min-records)",
			r.input.Name, console.Counted(rep.Inputs, "record"), r.minRecords())
	}
	for _, missing := range r.input.Missing {
		r.complain("%s", missing)
	}
	if quiet {
		return
	}
	if r.operation.Record != nil && rep.Accepted > 0 {
		console.Fprintln(r.out)
		r.overview.WriteText(r.out)
	}
	if r.target != nil && r.target.Emulator != nil {
		console.Fprintln(r.out)
		WriteEstate(r.out, r.target.Emulator.Emulator)
	}
	console.Fprintln(r.out)
	console.Fprintln(r.out, r.conclusion(rep))
}

func (r *run[T]) complain(format string, args ...any) {
	complain(r.errs, r.flags.Name(), format, args...)
}

// printCounts prints how many items have each outcome, and how much was sent.
func (r *run[T]) printCounts(rep api.Report, took time.Duration) {
	accepted := "accepted"
	if r.target == nil {
		accepted = overview.Valid
	}
	c := r.out
	console.Fprintln(c)
	t := console.NewTable("outcome", "#records", "")
	t.Row(accepted, console.Count(rep.Accepted), "")
	for _, o := range []struct {
		outcome api.Outcome
		n       int
		meaning string
	}{
		{api.Invalid, rep.Invalid, "not sent: refused by the checks of the SDK"},
		{api.Rejected, rep.Rejected, "refused by the API"},
		{api.Failed, rep.Failed, "not delivered, or it is unknown whether they were"},
		{api.Canceled, rep.Canceled, "interrupted before there was a response"},
	} {
		if o.n > 0 {
			t.Row(o.outcome.String(), console.Count(o.n), o.meaning)
		}
	}
	t.Row("total", console.Count(rep.Inputs), "")
	t.Write(c)
	console.Fprintln(c)
	if r.target == nil {
		fmt.Fprintf(c, "Nothing was sent. Checked in %s.\n", console.Duration(took))
		return
	}
	fmt.Fprintf(c, "%s, %s, %s sent in %s.\n", console.Counted(rep.Requests, "request"), console.Counted(rep.Retries, "retry", "retries"),
		console.Bytes(rep.Bytes), console.Duration(took))
}

// conclusion returns a sentence about the outcome of the run and the exit status.
func (r *run[T]) conclusion(rep api.Report) string {
	notAccepted := rep.Inputs - rep.Accepted
	switch {
	case rep.Inputs < r.minRecords() && r.complete:
		return r.out.Yellow("There are too few records, so the exit status is 1.")
	case notAccepted == 0 && !r.complete:
		return r.out.Yellow("The run did not reach the end of its input, so the exit status is 1.")
	case notAccepted == 0 && len(r.input.Missing) > 0 && r.target == nil:
		return r.out.Yellow("All records are valid, but what they are made of is incomplete, so the exit status is 1.")
	case notAccepted == 0 && len(r.input.Missing) > 0:
		return r.out.Yellow("All records were accepted, but what they are made of is incomplete, so the exit status is 1.")
	case rep.Inputs == 0:
		return fmt.Sprintf("There are no records in %s.", r.input.Name)
	case notAccepted == 0 && r.target == nil:
		return r.out.Green("All records are valid.")
	case notAccepted == 0:
		return r.out.Green("All records were accepted.")
	}
	verb := "were not accepted"
	if r.target == nil {
		verb = "are not valid"
	}
	if notAccepted == 1 {
		verb = strings.NewReplacer("were", "was", "are", "is").Replace(verb)
	}
	text := fmt.Sprintf("%s of %s %s, so the exit status is 1.", console.Count(notAccepted), console.Counted(rep.Inputs, "record"), verb)
	text = r.out.Yellow(text)
	if r.input.ErrorNote != "" && notAccepted == rep.Invalid {
		text += "\n" + r.out.Wrap("", r.input.ErrorNote)
	}
	return text
}

// minRecords is how many records the input must have. A program that fails before it has
// written anything looks like an empty input.
func (r *run[T]) minRecords() int {
	switch {
	case r.flags.MinRecords > 0:
		return r.flags.MinRecords
	case r.flags.MinRecords < 0 && r.flags.File == "-":
		return 1
	}
	return 0
}

func wasOrWere(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
