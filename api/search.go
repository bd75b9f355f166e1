package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// A 400 or 422 does not say which record it is about, so a refused batch is halved until
// the records at fault are alone. That costs requests: about 20 for one record among
// 1000, about 700 for a hundred of them. A budget of the run or uploader bounds them: input that
// is all wrong costs few, and a batch with many good records gets many.

const (
	// mostSearches is the most that a budget can hold.
	mostSearches = maxRecords
	// gainEvery is how often the budget of an uploader grows by a request.
	gainEvery = 10 * time.Second
)

// budget is how many requests the searches of a stream may still make. The search of a batch
// may use half of what is left; each record that it rescues adds one, for this search and for
// later ones. A batch that is accepted as a whole restores the initial budget. The stream's
// lock guards it.
type budget struct {
	initial int
	left    int
	accrued time.Time // when time last added to it; an uploader's only
}

func newBudget(initial int) budget {
	return budget{initial: initial, left: initial, accrued: time.Now()}
}

// accrue adds a request for each gainEvery that has passed.
func (b *budget) accrue(now time.Time) {
	n := int(now.Sub(b.accrued) / gainEvery)
	b.accrued = b.accrued.Add(time.Duration(n) * gainEvery)
	if b.left < b.initial {
		b.left = min(b.left+n, b.initial)
	}
}

// spend takes n requests from the budget for the search of this batch, and reports whether it
// may have them. That happens before the parts are made, so that each part can be tried.
func (d *delivery) spend(n int) bool {
	s := d.s
	s.mu.Lock()
	defer s.mu.Unlock()
	d.searched = true
	if s.persistent {
		s.budget.accrue(time.Now())
	}
	if d.searchCost+n > s.budget.left-n {
		return false
	}
	d.searchCost += n
	s.budget.left -= n
	return true
}

// credit adds n requests to the budget.
func (d *delivery) credit(n int) {
	s := d.s
	s.mu.Lock()
	defer s.mu.Unlock()
	d.searchCost -= n
	s.budget.left = min(s.budget.left+n, mostSearches)
}

// refillBudget restores the initial budget.
func (s *stream) refillBudget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budget.left = max(s.budget.left, s.budget.initial)
}

// refusesRecords reports whether a response is about the records of the request.
func refusesRecords(e *Error) bool {
	return e.StatusCode == http.StatusBadRequest || e.StatusCode == http.StatusUnprocessableEntity
}

// refused rejects a single record; a part with more of them is searched.
func (d *delivery) refused(p part, e *Error) {
	switch {
	case p.len() == 1:
		d.s.settle(d.b, p.from, p.to, Rejected, e, p.attempts)
		return
	case !d.warned: // once for a batch
		d.warned = true
		d.s.warn("klarity: request refused, looking for the record at fault", e, slog.Int("records", p.len()))
	}
	p.refusal, p.knownBad, p.first = e, true, false
	d.push(p)
}

// search splits a part in which a record is known to be at fault.
func (d *delivery) search(p part) {
	for hints := d.hints(p); len(hints) > 0; hints = hints[:len(hints)/2] {
		if d.try(p, hints) {
			return
		}
	}
	if !d.spend(2) {
		which := "the batch's " + plural(d.b.len(), "record")
		if p.len() < d.b.len() {
			which = fmt.Sprintf("%d of %s", p.len(), which)
		}
		d.reject(p, "at least one of "+which+" is at fault, and the budget of requests to find out which is spent (BisectBudget)")
		return
	}
	middle := p.from + p.len()/2
	d.push(
		part{from: middle, to: p.to, refusal: p.refusal, attempts: p.attempts},
		part{from: p.from, to: middle, refusal: p.refusal, attempts: p.attempts, first: true})
}

// try makes parts of the records that the server named, each alone, and of those between them,
// if the budget allows it.
func (d *delivery) try(p part, hints []int) bool {
	from := p.from
	var alone, between []part
	for _, i := range append(hints, p.to) {
		if i > from {
			between = append(between, part{from: from, to: i, attempts: p.attempts})
		}
		if i < p.to {
			alone = append(alone, part{from: i, to: i + 1, attempts: p.attempts, hinted: true})
		}
		from = i + 1
	}
	if !d.spend(len(between) + len(alone)) {
		return false
	}
	d.push(between...)
	d.push(alone...)
	return true
}

// reject gives up a part that would have to be split further.
func (d *delivery) reject(p part, why string) {
	e := *p.refusal
	e.Note = why
	d.s.settle(d.b, p.from, p.to, Rejected, &e, p.attempts)
}

// tooLarge sends a part in two, each with about half of its bytes.
func (d *delivery) tooLarge(p part, e *Error, size int) {
	p.refusal = e
	switch {
	case p.len() == 1:
		d.s.settle(d.b, p.from, p.to, Rejected, e, p.attempts)
	case !d.spend(2):
		d.reject(p, "not sent in smaller parts: the budget of requests for that is spent (BisectBudget)")
	default:
		d.s.warn("klarity: request too large, sending it in two", e, slog.Int("bytes", size))
		d.s.lower(size)
		middle := d.b.middle(p.from, p.to)
		d.push(
			part{from: middle, to: p.to, attempts: p.attempts},
			part{from: p.from, to: middle, attempts: p.attempts})
	}
}

// position finds the number of a record in a message, such as records[17] or record 17.
var position = regexp.MustCompile(`(?i)\b(?:records?|enrichments?)[\[\]./#(\s]{0,2}([0-9]{1,4})\b`)

// hints finds the records of a refused part that the server names, by position or ID. What
// it says is never believed; when it was wrong once, later hints about this batch are ignored.
func (d *delivery) hints(p part) []int {
	if p.refusal.Records != p.len() || d.ignoreHints {
		return nil // about another part
	}
	text := string(p.refusal.Body)
	named := map[int]bool{}
	for _, m := range position.FindAllStringSubmatch(text, -1) {
		if i, err := strconv.Atoi(m[1]); err == nil && i < p.len() {
			named[p.from+i] = true
		}
	}
	if len(named) == 0 {
		for i, id := range d.s.recordIDs(d.b, p) {
			if mentions(text, id) {
				named[p.from+i] = true
			}
		}
	}
	var hints []int
	for i := p.from; i < p.to; i++ {
		if named[i] {
			hints = append(hints, i)
		}
	}
	if len(hints) == p.len() {
		return nil
	}
	return hints
}

// recordIDs are what a server may name the records of a part by.
func (s *stream) recordIDs(b *batch, p part) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]string, 0, p.len())
	for _, index := range b.index[p.from:p.to] {
		key := s.results.slot(index).Key
		id := key.ID
		if id == "" {
			id = key.NID
		}
		ids = append(ids, id)
	}
	return ids
}

// mentions reports whether a text has the ID in it, as a word.
func mentions(text, id string) bool {
	if id == "" {
		return false
	}
	isWord := func(c byte) bool {
		return c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
	}
	for from := 0; ; {
		i := strings.Index(text[from:], id)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(id)
		if (start == 0 || !isWord(text[start-1])) && (end == len(text) || !isWord(text[end])) {
			return true
		}
		from = start + 1
	}
}
