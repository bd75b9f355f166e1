package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"

	"github.com/klarity-go/klarity/examples/focus/bill"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
)

// sample is the bill that is read with nothing set. Everything in it is made up.
//
//go:embed sample.csv
var sample []byte

// files are the files of a bill.
type files struct {
	inputs []bill.Input
	name   string        // what they are called together
	size   int64         // bytes; 0 if it is not known
	before []os.FileInfo // of each input, before it was read; nil if it is no regular file
}

func (o *options) open(ctx context.Context, std job.Streams) *files {
	if len(o.files) == 0 {
		in := bill.Input{Name: "sample.csv", Reader: bytes.NewReader(sample)}
		return &files{inputs: []bill.Input{in}, name: "the sample bill (examples/focus/sample.csv)", size: int64(len(sample))}
	}
	f := &files{}
	known := true
	for _, name := range o.files {
		f.inputs = append(f.inputs, bill.Input{Name: label(name), Reader: &lazyFile{ctx: ctx, name: name, std: std}})
		info, err := os.Stat(name)
		if name == "-" || err != nil || !info.Mode().IsRegular() {
			info, known = nil, false
		} else {
			f.size += info.Size()
		}
		f.before = append(f.before, info)
	}
	if !known {
		f.size = 0
	}
	f.name = f.inputs[0].Name
	if n := len(f.inputs); n > 1 {
		f.name = fmt.Sprintf("%s and %s", f.name, console.Counted(n-1, "more file"))
	}
	return f
}

// checkUnchanged returns an error if a file was written to, or replaced, since it was opened: what
// was read of it may be half of a bill, which looks whole where it ends with a line.
func (f *files) checkUnchanged(names []string) error {
	for i, before := range f.before {
		if before == nil {
			continue
		}
		info, err := os.Stat(names[i])
		if err != nil || !os.SameFile(info, before) || info.Size() != before.Size() || !info.ModTime().Equal(before.ModTime()) {
			return fmt.Errorf("%s was changed while the bill was read: it may not be written to its end, so nothing was sent", f.inputs[i].Name)
		}
	}
	return nil
}

// close closes what is still open.
func (f *files) close() {
	for _, in := range f.inputs {
		if file, ok := in.Reader.(io.Closer); ok {
			_ = file.Close()
		}
	}
}

// label is a file's name in messages.
func label(file string) string {
	if file == "-" {
		return "the standard input"
	}
	return console.Printable(file)
}

// lazyFile is a file that is open while it is read: a bill may have more parts than a process may
// have files.
type lazyFile struct {
	ctx       context.Context
	name      string
	std       job.Streams
	reader    io.Reader
	closeFile func() error
	err       error // with which it ended
}

// Read implements [io.Reader].
func (f *lazyFile) Read(p []byte) (int, error) {
	if f.err != nil {
		return 0, f.err
	}
	if f.reader == nil {
		in, closeFile, err := job.Open(f.ctx, f.name, f.std)
		if err != nil {
			f.err = err
			return 0, err
		}
		f.reader, f.closeFile = in.Reader, closeFile
	}
	n, err := f.reader.Read(p)
	if err != nil {
		f.err = err
		_ = f.Close() // it was only read
	}
	return n, err
}

// Close closes the file if it was not read to its end.
func (f *lazyFile) Close() error {
	if f.closeFile == nil {
		return nil
	}
	closeFile := f.closeFile
	f.closeFile = nil
	return closeFile()
}
