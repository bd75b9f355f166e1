package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
)

// apply carries out the steps that are missing. What does not depend on a step that failed is
// done all the same, unless nothing more can succeed.
func apply(ctx context.Context, c *graphql.Client, rules *record, steps []*step, out io.Writer) {
	var over error
	for _, s := range steps {
		switch {
		case s.state != missing:
			continue
		case over != nil:
			s.state, s.err = skipped, over
			continue
		case s.above != nil && s.above.id == "":
			s.state, s.err = skipped, fmt.Errorf("%s is not there", s.above.text)
			continue
		}
		s.create(ctx, c, rules)
		if s.err == nil {
			s.state = created
			console.Fprintln(out, fmt.Sprintf("created %s, %s", console.Printable(s.path()), console.Printable(s.id)))
			continue
		}
		s.state = failed
		if endsRun(ctx, s.err) {
			over = errors.New("the run ended before")
		}
	}
}

// endsRun reports whether what comes after an error would fail in the same way.
func endsRun(ctx context.Context, err error) bool {
	var record *recordError
	var e *graphql.Error
	return ctx.Err() != nil || errors.Is(err, graphql.ErrKey) || errors.As(err, &record) || errors.As(err, &e) && e.StatusCode == 0
}

// create sends one operation and keeps the ID of what it created.
func (s *step) create(ctx context.Context, c *graphql.Client, rules *record) {
	switch {
	case s.application != nil:
		a := s.application
		s.id, s.err = c.AddApplication(ctx, graphql.NewApplication{
			Name: a.Name, DisplayName: a.DisplayName, Description: a.Description, OwnerID: s.ownerID,
		})
	case s.environment != nil:
		e := s.environment
		s.id, s.err = c.AddEnvironment(ctx, graphql.NewEnvironment{
			ApplicationNID: s.above.id, Name: e.Name, DisplayName: e.DisplayName, Type: e.Type, OwnerID: s.ownerID,
		})
	default:
		s.createRule(ctx, c, rules)
	}
}

// createRule records the rule before it is sent: a program that is killed meanwhile must not
// create it again.
func (s *step) createRule(ctx context.Context, c *graphql.Client, rules *record) {
	if err := rules.begin(s.above.id, *s.rule); err != nil {
		s.err = &recordError{err}
		return
	}
	s.id, s.err = c.AddDiscoveryRule(ctx, graphql.NewDiscoveryRule{
		EnvironmentID: s.above.id, Name: s.rule.Name, CloudAccounts: s.rule.CloudAccounts,
	})
	if s.id == "" && errors.Is(s.err, graphql.ErrOutcomeUnknown) {
		return // it stays recorded, without an ID
	}
	if err := rules.end(s.id); err != nil && s.err == nil {
		s.err = &recordError{err}
	}
}

// recordError is a record that cannot be written: no further rule may be created.
type recordError struct{ err error }

func (e *recordError) Error() string {
	return "the record of the rules that were created cannot be written, so no further one is created: " + e.err.Error()
}

func (e *recordError) Unwrap() error { return e.err }

// path is a step's text with what it belongs to.
func (s *step) path() string {
	if s.above == nil {
		return s.text
	}
	return s.above.path() + ", " + s.text
}

// writeSummary prints what was done, and what was not, and why.
func writeSummary(out *console.Console, errs io.Writer, steps []*step) {
	n := tally(steps)
	text := fmt.Sprintf("%d created, %d were there", n[created], n[there])
	if bad := n[failed] + n[skipped] + n[unclear] + n[differs]; bad > 0 {
		text += fmt.Sprintf(", %d not done", bad)
	}
	console.Fprintln(out, text+".")
	for _, s := range steps {
		switch s.state {
		case failed:
			what := "not created"
			switch {
			case s.id != "":
				what = "created, with an error"
			case errors.Is(s.err, graphql.ErrOutcomeUnknown):
				what = "may be there"
			}
			fmt.Fprintf(errs, "landscape: %s: %s: %s\n", what, console.Printable(s.path()), console.Printable(s.err.Error()))
			if errors.Is(s.err, graphql.ErrOutcomeUnknown) && s.rule == nil {
				fmt.Fprintln(errs, "landscape: run it again, which looks first")
			}
		case skipped:
			fmt.Fprintf(errs, "landscape: not tried: %s: %s\n", console.Printable(s.path()), console.Printable(s.err.Error()))
		case differs:
			fmt.Fprintf(errs, "landscape: not as planned: %s: %s\n", console.Printable(s.path()), console.Printable(s.note))
		case unclear:
			fmt.Fprintf(errs, "landscape: may be there: %s: %s\n", console.Printable(s.path()), console.Printable(s.note))
		}
	}
	if n[failed]+n[skipped] > 0 {
		fmt.Fprintln(errs, "landscape: run it again to go on: what is there is left alone")
	}
}

// status is the exit status: whether all of the plan is there.
func status(steps []*step) int {
	for _, s := range steps {
		if s.state != there && s.state != created {
			return job.Failed
		}
	}
	return job.Accepted
}
