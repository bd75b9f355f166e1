package bill

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
)

// signatures begin files that are no CSV. What follows is said of them.
var signatures = []struct{ prefix, text string }{
	{"PAR1", "this is Parquet: export CSV, or convert it, such as with DuckDB"},
	{"PK\x03\x04", "this is a zip archive, or an Excel workbook: unpack it, or save it as CSV"},
	{"\x28\xb5\x2f\xfd", "this is compressed with zstd: unpack it first, zstd -dc FILE | … -file -"},
	{"BZh", "this is compressed with bzip2: unpack it first, bzip2 -dc FILE | … -file -"},
	{"\xfd7zXZ\x00", "this is compressed with xz: unpack it first, xz -dc FILE | … -file -"},
	{"Obj\x01", "this is Avro: export CSV"},
	{"\xff\xfe", "this is text in UTF-16: save it in UTF-8"},
	{"\xfe\xff", "this is text in UTF-16: save it in UTF-8"},
	{"{", "this is JSON: export CSV"},
	{"[", "this is JSON: export CSV"},
	{"<", "this is a page in HTML or XML, such as of a sign-in, in place of the file"},
}

const byteOrderMark = "\xef\xbb\xbf"

// unpacked returns the text of a file, which may be in gzip, in several members, too.
func unpacked(r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 64<<10)
	start, err := b.Peek(2)
	if len(start) == 0 && (err == nil || err == io.EOF) {
		return nil, errors.New("it is empty: not even a header")
	}
	if string(start) != "\x1f\x8b" {
		return b, checkText(b)
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, gzipError(err)
	}
	text := bufio.NewReaderSize(gzipReader{z}, 64<<10)
	if start, err := text.Peek(1); len(start) == 0 && err == io.EOF {
		return nil, errors.New("it is empty: not even a header")
	}
	return text, checkText(text)
}

// checkText refuses what is no text, by how it begins.
func checkText(b *bufio.Reader) error {
	start, err := b.Peek(8)
	for _, s := range signatures {
		if bytes.HasPrefix(start, []byte(s.prefix)) {
			return errors.New(s.text)
		}
	}
	if err == io.EOF {
		return nil // a short text: its header will be refused
	}
	return err
}

// gzipReader says in its errors what is wrong with the file.
type gzipReader struct{ *gzip.Reader }

func (z gzipReader) Read(p []byte) (int, error) {
	n, err := z.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = gzipError(err)
	}
	return n, err
}

func gzipError(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("it is cut off: it ends in the middle of its gzip data, as if it was not written or copied to its end")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("it is damaged: %w", err)
	}
	return err
}
