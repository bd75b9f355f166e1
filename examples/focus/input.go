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

// inputs are the files of the bill, what they are called together, and their size; 0 if it is not
// known.
func (o *options) inputs(ctx context.Context, std job.Streams) (inputs []bill.Input, name string, size int64) {
	if len(o.files) == 0 {
		return []bill.Input{{Name: "sample.csv", Reader: bytes.NewReader(sample)}}, "the sample bill (examples/focus/sample.csv)", int64(len(sample))
	}
	known := true
	for _, file := range o.files {
		in := &lazyFile{ctx: ctx, name: file, std: std}
		inputs = append(inputs, bill.Input{Name: label(file), Reader: in})
		info, err := os.Stat(file)
		known = known && file != "-" && err == nil && info.Mode().IsRegular()
		if known {
			size += info.Size()
		}
	}
	if !known {
		size = 0
	}
	name = inputs[0].Name
	if n := len(inputs); n > 1 {
		name = fmt.Sprintf("%s and %s", name, count(n-1, "more file"))
	}
	return inputs, name, size
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
