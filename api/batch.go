package api

import (
	"hash/maphash"
	"strings"
	"time"
)

// batch is the body of a request in the making: an envelope's head, the JSON of the
// records with commas between them, and the envelope's tail. Every request for the batch
// or a part of it sends these bytes; no record is encoded twice.
type batch struct {
	seq    int // batches are numbered as they are opened
	env    envelope
	buf    []byte
	ends   []int // where each record's JSON ends in buf
	index  []int // each record's position in the input
	hashes []uint64

	sealed  bool
	lease   *lease // of buf, once sealed
	age     *time.Timer
	waiting int      // unsettled batches that hold an earlier version of one of the records
	next    []*batch // those that wait for this one
}

// envelope is what stands around the records.
type envelope struct{ head, tail string }

// sizeWith is the length of the body with one more record of n bytes.
func (b *batch) sizeWith(n int) int {
	size := len(b.buf) + n + len(b.env.tail)
	if len(b.ends) > 0 {
		size++ // the comma
	}
	return size
}

func (b *batch) add(index int, hash uint64, json []byte) {
	if len(b.ends) > 0 {
		b.buf = append(b.buf, ',')
	}
	b.buf = append(b.buf, json...)
	b.ends = append(b.ends, len(b.buf))
	b.index = append(b.index, index)
	b.hashes = append(b.hashes, hash)
}

func (b *batch) len() int { return len(b.ends) }

func (b *batch) seal(back func()) {
	b.sealed = true
	b.buf = append(b.buf, b.env.tail...)
	b.lease = newLease(b.buf, back)
}

// reset makes a batch that is over ready for other records.
func (b *batch) reset(seq int, env envelope) {
	*b = batch{seq: seq, env: env, buf: append(b.buf[:0], env.head...), ends: b.ends[:0], index: b.index[:0], hashes: b.hashes[:0]}
}

// start is where record i begins in buf.
func (b *batch) start(i int) int {
	if i == 0 {
		return len(b.env.head)
	}
	return b.ends[i-1] + 1
}

// body is the request body for the records from to to-1, a part of the batch.
func (b *batch) body(from, to int) []byte {
	records := b.buf[b.start(from):b.ends[to-1]]
	body := make([]byte, 0, len(b.env.head)+len(records)+len(b.env.tail))
	body = append(body, b.env.head...)
	body = append(body, records...)
	return append(body, b.env.tail...)
}

// half is where the records from to to-1, at least two, part into halves of about the
// same number of bytes.
func (b *batch) half(from, to int) int {
	middle := (b.start(from) + b.ends[to-1]) / 2
	m := from + 1
	for m < to-1 && b.ends[m-1] < middle {
		m++
	}
	return m
}

// after makes b wait until earlier is settled.
func (b *batch) after(earlier *batch) {
	if n := len(earlier.next); n > 0 && earlier.next[n-1] == b {
		return // the usual repetition: many records in common
	}
	earlier.next = append(earlier.next, b)
	b.waiting++
}

// plain is the part of a key that makes two records versions of each other.
func (k Key) plain() Key {
	if k.NID != "" {
		return Key{NID: strings.ToLower(k.NID)}
	}
	return k
}

// identity hashes the plain key. A collision makes one record wait for another for
// nothing, and does no harm.
func (k Key) identity(seed maphash.Seed) uint64 { return maphash.Comparable(seed, k.plain()) }
