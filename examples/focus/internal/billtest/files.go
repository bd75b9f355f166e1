package billtest

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"math/rand"
	"slices"
)

// Files writes rows as the parts of a bill, each in its own way: a version, the order of the
// columns, extra ones, gzip.
func Files(rng *rand.Rand, rows []Row) [][]byte {
	var files [][]byte
	for rest := rows; ; {
		n := rng.Intn(len(rest) + 1)
		if len(files) == 2 {
			n = len(rest)
		}
		files = append(files, file(rng, rest[:n]))
		if rest = rest[n:]; len(rest) == 0 {
			return files
		}
	}
}

func file(rng *rand.Rand, rows []Row) []byte {
	columns := Columns(rng.Intn(3))
	for i := range rng.Intn(3) {
		columns = append(columns, fmt.Sprint("x_Extra", i))
	}
	rng.Shuffle(len(columns), func(i, j int) { columns[i], columns[j] = columns[j], columns[i] })
	var text bytes.Buffer
	if rng.Intn(4) == 0 {
		text.WriteString("\xef\xbb\xbf")
	}
	w := csv.NewWriter(&text)
	w.UseCRLF = rng.Intn(4) == 0
	header := slices.Clone(columns)
	for i := range header {
		header[i] = randomCase(rng, header[i])
	}
	_ = w.Write(header)
	for _, r := range rows {
		cells := make([]string, len(columns))
		for i, column := range columns {
			cells[i] = r.Cells[column]
			if cells[i] == "" {
				cells[i] = absent(rng)
			}
		}
		_ = w.Write(cells)
	}
	w.Flush()
	if rng.Intn(2) == 0 {
		return text.Bytes()
	}
	return Gzip(text.Bytes(), rng.Intn(text.Len()))
}

// Gzip compresses a text in two members, as exports that are joined have.
func Gzip(text []byte, at int) []byte {
	var b bytes.Buffer
	for _, part := range [][]byte{text[:at], text[at:]} {
		z := gzip.NewWriter(&b)
		_, _ = z.Write(part)
		_ = z.Close()
	}
	return b.Bytes()
}
