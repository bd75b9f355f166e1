package bill

import (
	"encoding/binary"
	"errors"
)

// attributes are what a record says besides its costs, as the cells of one row.
type attributes [fields - provider]string

func (a *attributes) of(f field) string { return a[f-provider] }

// appendAttributes appends the cells of a row, each after its length.
func appendAttributes(b []byte, c *columns, cells []string) []byte {
	for f := provider; f < fields; f++ {
		text := c.cell(cells, f)
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return b
}

func readAttributes(b []byte) (a attributes, err error) {
	for i := range a {
		n, size := binary.Uvarint(b)
		if size <= 0 || uint64(len(b)-size) < n {
			return a, errors.New("the store has attributes that were not written to it")
		}
		a[i], b = string(b[size:size+int(n)]), b[size+int(n):]
	}
	return a, nil
}

// appendStart appends a time so that bytes compare as times do.
func appendStart(b []byte, unix int64) []byte {
	return binary.BigEndian.AppendUint64(b, uint64(unix)^1<<63)
}

// startSize is how many bytes appendStart appends.
const startSize = 8

// appendDay is appendStart for a day.
func appendDay(b []byte, day int32) []byte {
	return binary.BigEndian.AppendUint32(b, uint32(day)^1<<31)
}

func readDay(b []byte) int32 { return int32(binary.BigEndian.Uint32(b) ^ 1<<31) }
