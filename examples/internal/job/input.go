package job

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/source"
)

// Input is the input of a run.
type Input struct {
	Name      string // for messages
	Format    source.Format
	Reader    io.Reader
	Size      int64  // bytes, 0 if unknown
	ErrorNote string // printed if the SDK's checks refuse some items; "" for nothing
	// Missing says what the source does not have although it should, a sentence each. It is
	// printed after the outcomes, and makes the exit status 1.
	Missing []string

	options source.Options
	info    os.FileInfo
	start   int64 // where it begins in its file: somebody may have read from the standard input
}

// open opens the file that the flags name.
func (f *Flags) open(ctx context.Context, std Streams) (in *Input, closeFile func() error, err error) {
	if in, closeFile, err = Open(ctx, f.File, std); err != nil {
		return nil, nil, err
	}
	in.Format = source.Format(f.Format)
	in.options = source.Options{Name: f.File, Decimal: f.Decimal, Encoding: f.Encoding, Sheet: f.Sheet}
	return in, closeFile, nil
}

// Open opens a file that a flag names; - is the standard input. Reading ends with ctx, and so does
// waiting for somebody who writes to a pipe. An error is a wrong usage, unless ctx has ended.
func Open(ctx context.Context, name string, std Streams) (in *Input, closeFile func() error, err error) {
	in = &Input{Name: console.Printable(name)}
	file, isFile := std.In.(*os.File)
	closeFile = func() error { return nil }
	switch {
	case name != "-":
		if file, err = openFile(ctx, name); err != nil {
			return nil, nil, err
		}
		closeFile = file.Close
	case !isFile:
		in.Name, in.Reader = standardInput, cancelable(ctx, std.In)
		return in, closeFile, nil
	default:
		in.Name = standardInput
	}
	in.info, err = file.Stat()
	switch {
	case err != nil:
	case in.info.IsDir():
		err = fmt.Errorf("%s is a directory", in.Name)
	case in.info.Mode().IsRegular():
		if in.start, err = file.Seek(0, io.SeekCurrent); err == nil {
			in.Reader, in.Size = &regularFile{file, ctx}, max(0, in.info.Size()-in.start)
		}
	default:
		in.Reader = cancelable(ctx, file)
	}
	if err != nil {
		_ = closeFile()
		return nil, nil, usageError{err}
	}
	return in, closeFile, nil
}

// openFile opens a file for reading until ctx ends: to open a named pipe waits for somebody
// who writes to it.
func openFile(ctx context.Context, name string) (*os.File, error) {
	type opened struct {
		file *os.File
		err  error
	}
	result := make(chan opened)
	go func() {
		file, err := os.Open(name)
		select {
		case result <- opened{file, err}:
		case <-ctx.Done():
			_ = file.Close() // of nil, it does nothing
		}
	}()
	select {
	case r := <-result:
		if r.err != nil {
			return nil, usageError{r.err}
		}
		return r.file, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// regularFile is a file that ends with ctx, so that reading ahead in a large one does not
// delay an interrupted run.
type regularFile struct {
	*os.File
	ctx context.Context
}

func (f *regularFile) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f *regularFile) ReadAt(p []byte, at int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, at)
}

const standardInput = "the standard input"

// cancelable returns a reader of r that fails when ctx ends: a pipe that nobody writes to
// must not delay an interrupted run.
func cancelable(ctx context.Context, r io.Reader) io.Reader {
	return &cancelableReader{ctx: ctx, r: r}
}

// cancelableReader reads in a goroutine of its own, which begins with the first Read.
type cancelableReader struct {
	ctx   context.Context
	r     io.Reader
	begin sync.Once
	pipe  *io.PipeReader
}

// Read implements [io.Reader].
func (c *cancelableReader) Read(p []byte) (int, error) {
	c.begin.Do(func() {
		pipe, writer := io.Pipe()
		c.pipe = pipe
		context.AfterFunc(c.ctx, func() { writer.CloseWithError(c.ctx.Err()) })
		go func() {
			_, err := io.Copy(writer, c.r)
			writer.CloseWithError(err)
		}()
	})
	return c.pipe.Read(p)
}
