package api

import (
	"context"
)

// roomLocked reports whether the record may be held beside the others. One is always
// taken when nothing is held.
func (s *stream) roomLocked(r *entry) bool {
	held, bytes := s.results.held(), s.bytes+s.results.bytes
	return held < s.cfg.bufferedRecords && (bytes == 0 || bytes+int64(len(r.json))+heldBytes(r.err) <= s.cfg.bufferedBytes)
}

// sendOldestLocked makes the oldest batch due, however small, so that there will be room.
func (s *stream) sendOldestLocked() {
	s.batches.makeOldestDue()
	s.dispatchLocked()
}

func (s *stream) waitForRoomLocked(ctx context.Context, r *entry) error {
	woken := make(chan struct{}, 1)
	s.waiting = append(s.waiting, woken)
	defer func() {
		for i, w := range s.waiting {
			if w == woken {
				s.waiting = append(s.waiting[:i], s.waiting[i+1:]...)
				break
			}
		}
		s.wakeLocked() // there may be room for the next caller, too
	}()
	for s.waiting[0] != woken || !s.roomLocked(r) {
		s.sendOldestLocked()
		s.mu.Unlock()
		select {
		case <-woken:
		case <-ctx.Done():
		case <-s.ctx.Done():
		case <-s.stop:
		}
		s.mu.Lock()
		if err := s.endedLocked(); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return s.contextErrorLocked(ctx)
		}
	}
	return nil
}

// wakeLocked makes the first caller that waits for room check again.
func (s *stream) wakeLocked() {
	if len(s.waiting) == 0 {
		return
	}
	select {
	case s.waiting[0] <- struct{}{}:
	default:
	}
}
