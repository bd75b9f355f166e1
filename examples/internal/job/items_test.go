package job_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/models"
)

// yields is a program whose records come from an iterator. It calls done, if not nil, with the ID
// and the outcome of each.
func yields(records iter.Seq2[*models.EstateRecord, error], done func(id string, o api.Outcome)) jobtest.Program {
	return reads(func(context.Context) iter.Seq2[*models.EstateRecord, error] { return records }, done)
}

// reads is yields for an iterator that is made with the context of the run.
func reads(source func(context.Context) iter.Seq2[*models.EstateRecord, error], done func(id string, o api.Outcome)) jobtest.Program {
	return func(ctx context.Context, args []string, std job.Streams) int {
		flags := job.NewSourceFlags("program", "", "upload -file")
		if status, done := flags.Parse(args, std); done {
			return status
		}
		op := job.Upserts(period)
		op.Items = func(ctx context.Context, _ *job.Target) (*job.Input, iter.Seq2[*models.EstateRecord, error], error) {
			return &job.Input{Name: "the source"}, source(ctx), nil
		}
		if done != nil {
			op.Done = func(r *models.EstateRecord, o api.Outcome) { done(r.ID, o) }
		}
		return job.Run(ctx, std, flags, op)
	}
}

func seq(yielded ...any) iter.Seq2[*models.EstateRecord, error] {
	return func(yield func(*models.EstateRecord, error) bool) {
		for _, y := range yielded {
			err, _ := y.(error)
			record, _ := y.(*models.EstateRecord)
			if !yield(record, err) {
				return
			}
		}
	}
}

func vm(id string) *models.EstateRecord { return &models.EstateRecord{ID: id, Type: "vm"} }

// What was refused is sent again by upload: nothing of the record is lost.
func TestFailedItemsOfASource(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	s.Script(apitest.Status(http.StatusBadRequest), apitest.Status(http.StatusBadRequest), apitest.Status(http.StatusBadRequest)) // of both, and of each
	record, day := vm("a<b>"), time.Date(2026, time.November, 1, 0, 0, 0, 0, time.UTC)
	record.Name, record.Tags = "München", map[string]*string{"team": api.Tag("web"), "old": nil}
	record.Metadata = map[string]any{"cpus": 4, "gone": nil}
	record.Costs = &models.Costs{Currency: "EUR", Values: []models.CostElement{api.ClearedCost(day), api.Cost(day.AddDate(0, 0, 1), "0.10")}}
	failed := filepath.Join(t.TempDir(), "failed.jsonl")
	jobtest.Run(t, yields(seq(record, vm("b")), nil), "", "-failed", failed).Want(t, 1, []string{"rejected        2"}, nil)
	jobtest.Run(t, upload, "", "-file", failed).Want(t, 0, nil, nil)
	if s.Len() != 2 {
		t.Errorf("got %d records, want 2", s.Len())
	}
	want := apitest.New()
	if _, err := want.Client().UpsertAll(t.Context(), []*models.EstateRecord{record}); err != nil {
		t.Fatal(err)
	}
	got, ok := s.Record("vm", "a<b>")
	if expected, _ := want.Record("vm", "a<b>"); !ok || !sameRecord(got, expected) {
		t.Errorf("got %+v, want %+v", got, expected)
	}
	jobtest.Run(t, yields(seq(record), nil), "", "-failed", failed).Want(t, 0, nil, nil)
	if exists(failed) {
		t.Error("all was accepted, and the file of -failed is there")
	}
}

// sameRecord reports whether two records are equal but for their nid, which each emulator makes.
func sameRecord(a, b apitest.Record) bool {
	a.NID = b.NID
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// Done is told of each item with its outcome, in order, in a dry run, too.
func TestDoneIsToldOfEachItem(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	source := seq(vm("a"), vm(""), errors.New("a machine that cannot be read"), vm("c"))
	for _, args := range [][]string{nil, {"-dry-run"}, {"-quiet"}} {
		var got []string
		program := yields(source, func(id string, o api.Outcome) { got = append(got, id+" "+o.String()) })
		jobtest.Run(t, program, "", args...).Want(t, 1, nil, []string{"record 3: invalid", "a machine that cannot be read"})
		if want := []string{"a accepted", " invalid", "c accepted"}; !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", args, got, want)
		}
	}
}

// A source that breaks off sends what came before, and says that there is more.
func TestSourceThatEndsEarly(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	source := seq(vm("a"), vm("b"), job.Ended(errors.New("the connection to the vCenter is lost")), vm("c"))
	jobtest.Run(t, yields(source, nil), "").Want(t, 1,
		[]string{"accepted        2", "The run did not reach the end of its input"},
		[]string{"program: the rest was not read: the connection to the vCenter is lost"})
	if s.Len() != 2 {
		t.Errorf("got %d records, want 2", s.Len())
	}
	s = apitest.NewServer(t)
	jobtest.Environment(t, s)
	jobtest.Run(t, yields(source, nil), "", "-strict").Want(t, 1, nil, []string{"the rest was not read"})
	if s.Len() != 0 {
		t.Errorf("-strict: got %d records, want none", s.Len())
	}
}

// A source that waits for another system ends when nothing is sent any more, here since the API
// takes no token.
func TestSourceEndsWithTheRun(t *testing.T) {
	s := apitest.NewServer(t)
	jobtest.Environment(t, s)
	s.Intercept(func(*apitest.Request) *apitest.Fault { return &apitest.Fault{Status: http.StatusUnauthorized} })
	program := reads(func(ctx context.Context) iter.Seq2[*models.EstateRecord, error] {
		return func(yield func(*models.EstateRecord, error) bool) {
			for i := range 1000 { // a batch
				if !yield(vm(strconv.Itoa(i)), nil) {
					return
				}
			}
			<-ctx.Done() // a request to a system that does not respond
			yield(nil, ctx.Err())
		}
	}, nil)
	jobtest.Run(t, program, "").Want(t, 1, []string{"failed      1,000"}, []string{"ended early, the rest of the input was not read"})
}

// A source that shows nothing may have failed.
func TestSourceWithoutRecords(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	jobtest.Run(t, yields(seq(), nil), "").Want(t, 1, nil, []string{"the source has 0 records, fewer than 1"})
	jobtest.Run(t, yields(seq(), nil), "", "-min-records", "0").Want(t, 0, nil, nil)
}

// None of the files that a run writes may be one that it reads.
func TestInputsAreNotWritten(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	file := jobtest.File(t, "prices.csv", "unit,price\n")
	program := func(ctx context.Context, args []string, std job.Streams) int {
		flags := job.NewSourceFlags("program", "", "upload -file")
		if status, done := flags.Parse(args, std); done {
			return status
		}
		flags.Inputs = []string{"", file}
		return job.Run(ctx, std, flags, job.Operation[models.EstateRecord]{
			Items: func(context.Context, *job.Target) (*job.Input, iter.Seq2[*models.EstateRecord, error], error) {
				return nil, nil, io.ErrUnexpectedEOF
			},
		})
	}
	for _, flag := range []string{"-report", "-html", "-failed"} {
		jobtest.Run(t, program, "", flag, file).Want(t, 2, nil, []string{flag + " " + file + " is a file that is read"})
	}
	if got := jobtest.Read(t, file); got != "unit,price\n" {
		t.Errorf("got the file %q, want it unchanged", got)
	}
}
