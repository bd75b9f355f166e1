package bill

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// someRows are rows of n resources.
func someRows(n int) string {
	var b strings.Builder
	b.WriteString("BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,ServiceName,ResourceId\n")
	for i := range n {
		fmt.Fprintf(&b, "1,USD,2026-10-01,AWS,S3,resource %d\n", i)
	}
	return b.String()
}

func wantGone(t *testing.T, dir string) {
	t.Helper()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("the temporary folder has %v, %v, want nothing", left, err)
	}
}

// A disk that is full ends the reading soon, with an error that says where, whichever write it is
// that fails.
func TestFullDisk(t *testing.T) {
	if os.Getenv("FOCUS_FULL_DISK") == "" {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestFullDisk$", "-test.timeout", "60s") // this test
		child.Env = append(os.Environ(), "FOCUS_FULL_DISK=1")
		if output, err := child.CombinedOutput(); err != nil {
			t.Errorf("%v: %s", err, output)
		}
		return
	}
	failures := 0
	for after := int64(0); after < 60; after++ {
		dir := t.TempDir()
		var writes atomic.Int64
		full := errorfs.InjectorFunc(func(op errorfs.Op) error {
			switch op.Kind {
			case errorfs.OpFileWrite, errorfs.OpFileSync, errorfs.OpCreate, errorfs.OpFileSyncData:
				if writes.Add(1) > after {
					return syscall.ENOSPC
				}
			}
			return nil
		})
		o := Options{TempDir: dir, Buffer: 2000, fs: errorfs.Wrap(vfs.Default, full)}
		b, err := Read(t.Context(), o, Input{"bill.csv", strings.NewReader(someRows(100))})
		switch {
		case err == nil:
			_ = b.Close()
		case !strings.Contains(err.Error(), syscall.ENOSPC.Error()) || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "-temp"):
			t.Errorf("after %d writes: got %v", after, err)
		default:
			failures++
		}
		wantGone(t, dir)
	}
	if failures < 20 {
		t.Errorf("got %d failures, want more: the disk was not full", failures)
	}
}

func TestFolderThatCannotBeWritten(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "missing")} {
		_, err := Read(t.Context(), Options{TempDir: dir}, Input{"bill.csv", strings.NewReader(someRows(1))})
		if err == nil || !strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "-temp") {
			t.Errorf("%s: got %v", dir, err)
		}
	}
}

// An interrupt ends the reading, wherever it is, and leaves nothing behind.
func TestInterruptedReading(t *testing.T) {
	cause := errors.New("interrupted")
	for _, at := range []int{1, 5000, 20_000} {
		dir := t.TempDir()
		ctx, cancel := context.WithCancelCause(t.Context())
		o := Options{TempDir: dir, Buffer: 10_000, Progress: func(rows int, _ int64) {
			if rows >= at {
				cancel(cause)
			}
		}}
		_, err := Read(ctx, o, Input{"bill.csv", strings.NewReader(someRows(20_000))})
		if !errors.Is(err, cause) {
			t.Errorf("at %d: got %v", at, err)
		}
		wantGone(t, dir)
	}
}

// So does one while the sums are counted: there is no bill then that could be closed again.
func TestInterruptedSummary(t *testing.T) {
	dir := t.TempDir()
	b, err := Read(endedContext{t.Context()}, Options{TempDir: dir}, Input{"bill.csv", strings.NewReader(someRows(10))})
	if b != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v, want no bill, and %v alone", b, err, context.Canceled)
	}
	wantGone(t, dir)
}

// endedContext is seen to have ended only where somebody asks: not by what waits for it.
type endedContext struct{ context.Context }

// Err implements [context.Context].
func (endedContext) Err() error { return context.Canceled }

// And so does one while the negative days are listed, of which there may be none in a large bill.
func TestInterruptedNegative(t *testing.T) {
	b, err := Read(t.Context(), Options{TempDir: t.TempDir()}, Input{"bill.csv", strings.NewReader(someRows(10))})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	cause := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	var got []error
	for _, err := range b.Negative(ctx) {
		got = append(got, err)
	}
	if len(got) != 1 || !errors.Is(got[0], cause) {
		t.Errorf("got %v, want %v alone", got, cause)
	}
}

// A reader that fails is an error of its file.
func TestReaderThatFails(t *testing.T) {
	dir := t.TempDir()
	broken := errors.New("input/output error")
	_, err := Read(t.Context(), Options{TempDir: dir}, Input{"bill.csv", io.MultiReader(strings.NewReader(someRows(10)), failing{broken})})
	if e, ok := errors.AsType[*FileError](err); !ok || e.Name != "bill.csv" || !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	wantGone(t, dir)
}

// A store that cannot be read any more ends the records, and the negative days, with an error that
// says where: half of a bill must not look like all of it.
func TestStoreThatCannotBeRead(t *testing.T) {
	var broken atomic.Bool
	unreadable := errorfs.InjectorFunc(func(op errorfs.Op) error {
		if broken.Load() && op.Kind == errorfs.OpFileReadAt {
			return syscall.EIO
		}
		return nil
	})
	const rows = 40_000
	var text strings.Builder
	text.WriteString("BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,ServiceName,ResourceId,Tags\n")
	for i := range rows { // more than the database caches
		fmt.Fprintf(&text, "-1,USD,2026-10-01,AWS,S3,%x%d,\n", sha256.Sum256([]byte{byte(i), byte(i >> 8)}), i)
	}
	dir := t.TempDir()
	b, err := Read(t.Context(), Options{TempDir: dir, fs: errorfs.Wrap(vfs.Default, unreadable)}, Input{"bill.csv", strings.NewReader(text.String())})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	broken.Store(true)
	check := func(what string, n int, last error) {
		if n == rows || !errors.Is(last, syscall.EIO) || !strings.Contains(last.Error(), dir) {
			t.Errorf("%s: got %d, and then %v, want fewer than %d, and then %v in %s", what, n, last, rows, syscall.EIO, dir)
		}
	}
	n, last := 0, error(nil)
	for r, err := range b.Records() {
		if last = err; r != nil {
			n++
		}
	}
	check("records", n, last)
	n, last = 0, nil
	for _, err := range b.Negative(t.Context()) {
		if last = err; err == nil {
			n++
		}
	}
	check("negative days", n, last)
}

// A record whose sums are lost ends the records with an error.
func TestStoreThatHasLostSums(t *testing.T) {
	for name, lost := range map[string]string{"in the middle": "a", "at the end": "z"} {
		b, err := Read(t.Context(), Options{TempDir: t.TempDir()},
			Input{"bill.csv", strings.NewReader("BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,ServiceName,ResourceId\n1,USD,2026-10-01,AWS,S3,m\n")})
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		key := append(appendKey(nil, "aws", resource{id: lost}), kindEarliest)
		if err := b.store.db.Set(key, appendStart([]byte{kindEarliest}, 0), pebble.NoSync); err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range b.Records() {
			last = err
		}
		if want := fmt.Sprintf("the store has lost the sums of a resource of aws: %q", lost); last == nil || !strings.Contains(last.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, last, want)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// The memory does not grow with the rows, nor with the resources.
func TestMemoryIsBounded(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 200,000 rows")
	}
	const rows = 200_000
	r, w := io.Pipe()
	go func() {
		_, err := io.WriteString(w, "BilledCost,BillingCurrency,ChargePeriodStart,ProviderName,ServiceName,ResourceId,Tags\n")
		for i := 0; i < rows && err == nil; i++ {
			_, err = fmt.Fprintf(w, "0.00000000001,USD,2026-10-%02d,AWS,S3,%0300d,\n", 1+i%30, i)
		}
		w.CloseWithError(err)
	}()
	var peak uint64
	o := Options{TempDir: t.TempDir(), Buffer: 4 << 20, Progress: func(rows int, _ int64) {
		if rows%(50*reportEvery) == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}}
	b, err := Read(t.Context(), o, Input{"bill.csv", r})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if peak == 0 || peak > 25<<20 { // the rows have 65 MB
		t.Errorf("got %d MiB of live memory, want at most 25", peak>>20)
	}
	if s := b.Summary(); s.Resources != rows {
		t.Errorf("got %d resources", s.Resources)
	}
	t.Logf("%d MiB of live memory at most", peak>>20)
}
