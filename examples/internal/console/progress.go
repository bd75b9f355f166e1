package console

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Progress draws the progress of a run on one line, ten times a second.
type Progress struct {
	c     *Console
	label string // "Uploading"
	noun  string // "row"; "" for "record"
	total int64  // bytes of the input, 0 if unknown
	start time.Time

	drawMu  sync.Mutex // held while something is written, so that lines do not mix
	mu      sync.Mutex // guards items and bytes
	items   int
	bytes   int64
	stop    chan struct{}
	stopped sync.WaitGroup
}

// NewProgress starts to draw, if c is a terminal. total is the size of the input in bytes, 0
// if unknown.
func NewProgress(c *Console, label string, total int64) *Progress {
	return NewProgressOf(c, label, "", total)
}

// NewProgressOf is NewProgress for items that are called something else than records.
func NewProgressOf(c *Console, label, noun string, total int64) *Progress {
	p := &Progress{c: c, label: label, noun: noun, total: total, start: time.Now(), stop: make(chan struct{})}
	if !c.Terminal() {
		return p
	}
	p.draw()
	p.stopped.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				p.draw()
			case <-p.stop:
				return
			}
		}
	})
	return p
}

// Done counts one more item with an outcome. bytes is the position in the input up to which
// all items have one.
func (p *Progress) Done(bytes int64) {
	p.mu.Lock()
	p.items++
	p.bytes = bytes
	p.mu.Unlock()
}

// At sets how many items are done, and the position in the input.
func (p *Progress) At(items int, bytes int64) {
	p.mu.Lock()
	p.items, p.bytes = items, bytes
	p.mu.Unlock()
}

// Stop draws the final state and stops drawing.
func (p *Progress) Stop() {
	close(p.stop)
	p.stopped.Wait()
	if p.c.Terminal() {
		p.draw()
		Fprintln(p.c)
	}
}

// Note writes a line of text to c, above the progress if both are on the same terminal.
func (p *Progress) Note(c *Console, text string) {
	p.drawMu.Lock()
	defer p.drawMu.Unlock()
	if p.c.Terminal() {
		text = "\r\x1b[K" + text
	}
	Fprintln(c, text)
}

func (p *Progress) draw() {
	p.drawMu.Lock()
	defer p.drawMu.Unlock()
	p.mu.Lock()
	items, bytes := p.items, p.bytes
	p.mu.Unlock()
	line := p.line(items, bytes, time.Since(p.start), p.c.Width())
	_, _ = io.WriteString(p.c, "\r"+line+"\x1b[K")
}

// line returns the progress in at most width-1 columns, because a terminal may begin a new
// line after its last column. Parts that do not fit are left out, the least important first.
func (p *Progress) line(items int, bytes int64, elapsed time.Duration, width int) string {
	prefix := p.label + " "
	noun := cmp.Or(p.noun, "record")
	counts := " " + Count(items) + " " + noun + "s"
	if items == 1 {
		counts = " 1 " + noun
	}
	rate, remaining := "", ""
	if elapsed >= time.Second {
		rate = fmt.Sprintf("  %s/s", Count(int(float64(items)/elapsed.Seconds())))
	}
	if p.total <= 0 {
		return joinFitting(width-1, p.label+counts, rate, "  "+Duration(elapsed.Truncate(time.Second)))
	}
	done := min(1, float64(bytes)/float64(p.total))
	if elapsed >= time.Second && done > 0.01 && done < 1 {
		left := time.Duration(float64(elapsed) * (1 - done) / done)
		remaining = "  " + Duration(left.Round(time.Second)) + " left"
	}
	counts = fmt.Sprintf(" %3d %% %s", int(100*done), counts)
	text := joinFitting(width-1-len(prefix), counts, rate, remaining)
	if barWidth := min(40, width-1-len(prefix)-utf8.RuneCountInString(text)); barWidth >= 10 {
		filled := int(done * float64(barWidth))
		return prefix + p.c.Green(strings.Repeat("━", filled)) + p.c.Faint(strings.Repeat("─", barWidth-filled)) + text
	}
	return joinFitting(width-1, p.label+counts, rate, remaining)
}

// joinFitting joins as many of the parts as fit into width columns. It cuts the first part if
// not even that fits.
func joinFitting(width int, parts ...string) string {
	s := ""
	for i, part := range parts {
		if utf8.RuneCountInString(s+part) > width {
			if i == 0 {
				return string([]rune(part)[:max(0, width)])
			}
			break
		}
		s += part
	}
	return s
}

// Duration formats a duration for people, in at most two units.
func Duration(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second && d%time.Second != 0:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.0f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%d min %02d s", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%d h %02d min", d/time.Hour, d%time.Hour/time.Minute)
}
