package bill

import (
	"bytes"
	"strings"

	"github.com/cockroachdb/apd/v3"
)

// sums are the sums of the rows since the store was written to. Most bills fit; of a large one,
// what belongs together often stands together.
type sums struct {
	index      map[string]int // of records, by key
	records    []record
	sumIndex   map[sumKey]int
	sums       []sum
	currencies map[string]uint32
	size       int // bytes, about
}

// record is what the rows say of a record: the encoded values of its keys in the store.
type record struct {
	key              string
	number           int
	earliest, latest []byte
}

type sumKey struct {
	record   int
	currency uint32
	day      int32
}

type sum struct {
	record   int
	currency string
	day      int32
	amount   apd.Decimal
}

func newSums() *sums {
	return &sums{index: map[string]int{}, sumIndex: map[sumKey]int{}, currencies: map[string]uint32{}}
}

// What a record and a sum cost besides their texts, with their share of the maps. Measured, not
// derived: it makes the buffer about as large as it says.
const (
	recordSize = 200
	sumSize    = 150
)

// record returns the record with a key.
func (s *sums) record(key []byte) *record {
	if i, ok := s.index[string(key)]; ok {
		return &s.records[i]
	}
	i := len(s.records)
	s.records = append(s.records, record{key: string(key), number: i})
	s.index[s.records[i].key] = i
	s.size += recordSize + 2*len(key)
	return &s.records[i]
}

// see keeps what a row says if it is the earliest or the latest of its record. Of several with one
// start the bytes decide, so that the order of the rows does not matter.
func (r *record) see(s *sums, start int64, segment string, attrs []byte) {
	before := len(r.earliest) + len(r.latest)
	var buf [startSize + 2]byte
	head := appendStart(append(buf[:0], kindEarliest), start)
	if r.earliest == nil || bytes.Compare(head, r.earliest[:len(head)]) < 0 ||
		bytes.Equal(head, r.earliest[:len(head)]) && lessSegment(segment, string(r.earliest[len(head):])) {
		r.earliest = append(append(r.earliest[:0], head...), segment...)
	}
	head[0] = kindLatest
	if r.latest == nil || isLater(head, attrs, r.latest) {
		r.latest = append(append(r.latest[:0], head...), attrs...)
	}
	s.size += len(r.earliest) + len(r.latest) - before
}

// isLater reports whether a row with a head and attributes takes the place of the latest one.
func isLater(head, attrs, latest []byte) bool {
	order := bytes.Compare(head, latest[:len(head)])
	return order > 0 || order == 0 && bytes.Compare(attrs, latest[len(head):]) > 0
}

// lessSegment is the order of segments with one start: any of them before none.
func lessSegment(a, b string) bool {
	if a == "" || b == "" {
		return a != "" && b == ""
	}
	return a < b
}

// add adds an amount.
func (s *sums) add(r *record, currency string, day int32, amount *apd.Decimal) {
	number, ok := s.currencies[currency]
	if !ok {
		number = uint32(len(s.currencies))
		s.currencies[strings.Clone(currency)] = number
	}
	key := sumKey{r.number, number, day}
	i, ok := s.sumIndex[key]
	if !ok {
		i = len(s.sums)
		s.sumIndex[key] = i
		s.sums = append(s.sums, sum{record: r.number, currency: strings.Clone(currency), day: day})
		s.size += sumSize + len(r.key)
	}
	add(&s.sums[i].amount, amount)
}

// clear forgets everything, and keeps the room for as much again.
func (s *sums) clear() {
	clear(s.index)
	clear(s.sumIndex)
	clear(s.records)
	clear(s.sums)
	clear(s.currencies)
	s.records, s.sums, s.size = s.records[:0], s.sums[:0], 0
}
