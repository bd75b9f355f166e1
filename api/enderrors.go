package api

import (
	"context"
	"fmt"
	"strings"
)

// contextEnd is the end of the caller's context. It is recognized by its type alone: its
// cause may wrap anything, even an [*Error] of another run.
type contextEnd struct {
	err, cause error
	failure    *Error // the latest one before, which may be why the caller gave up; or nil
}

// contextError is what remains to be said when ctx has ended.
func contextError(ctx context.Context) *contextEnd {
	return &contextEnd{err: ctx.Err(), cause: context.Cause(ctx)}
}

func (c *contextEnd) Error() string {
	text := c.err.Error()
	if c.cause != nil && c.cause != c.err {
		text += ": " + c.cause.Error()
	}
	if c.failure != nil {
		text += "; the latest failure: " + c.failure.Error()
	}
	return text
}

func (c *contextEnd) Unwrap() []error {
	errs := []error{c.err, c.cause}
	if c.failure != nil {
		errs = append(errs, c.failure)
	}
	return errs
}

// endedError is why a record failed that had no request, or no further one, since the run had
// ended.
type endedError struct{ cause error }

func (e *endedError) Error() string { return "the run ended early: " + e.cause.Error() }

func (e *endedError) Unwrap() error { return e.cause }

// runError is what a run returns when not every input was accepted.
type runError struct {
	operation string
	report    Report
	cause     error // why the run ended early, or nil
}

func (e *runError) Error() string {
	var b strings.Builder
	b.WriteString(e.operation)
	if e.cause != nil {
		b.WriteString(" ended early: " + e.cause.Error() + ";")
	}
	fmt.Fprintf(&b, " %v", e.report)
	if f := e.report.first; f != nil {
		b.WriteString("; first: " + f.Err.Error())
	}
	return b.String()
}

func (e *runError) Unwrap() []error {
	var errs []error
	if e.cause != nil {
		errs = append(errs, e.cause)
	}
	if f := e.report.first; f != nil {
		errs = append(errs, f.Err)
	}
	return errs
}
