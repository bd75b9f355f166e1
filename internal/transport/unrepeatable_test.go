package transport

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestUnrepeatableBodyIsSentAgainOnlyWhenNothingWasSent(t *testing.T) {
	for kind, want := range map[Kind]struct {
		end   End
		tries int
	}{
		Final: {Done, 1}, Unsendable: {Done, 1}, Busy: {Unrepeated, 1}, Broken: {Unrepeated, 1},
		Misdirected: {Unrepeated, 1}, Denied: {GivenUp, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			srv := newServer(down(kind, time.Hour))
			job := srv.job("mutation")
			job.Unrepeatable = true
			r := NewSender(testPolicy, Limits{}).Send(t.Context(), job)
			if r.End != want.end || r.Tries != want.tries || len(srv.log) != want.tries || r.Failure == nil {
				t.Errorf("kind %d: got %+v after %d requests, want end %d after %d", kind, r, len(srv.log), want.end, want.tries)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(down(Unreachable, 10*time.Second))
		job := srv.job("mutation")
		job.Unrepeatable = true
		r := NewSender(testPolicy, Limits{}).Send(t.Context(), job)
		if r.End != Done || r.Failure != nil || r.Tries < 2 {
			t.Errorf("got %+v, want a success after further tries", r)
		}
	})
}

func TestFailureOfAnUnrepeatableBodyCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := newServer(func(since time.Duration) *Failure {
			if since > 0 {
				return nil
			}
			return &Failure{Kind: Busy, RetryAfter: time.Minute}
		})
		s := NewSender(testPolicy, Limits{})
		for range 2 {
			job := srv.job("mutation")
			job.Unrepeatable = true
			s.Send(t.Context(), job)
		}
		if at := srv.times(""); len(at) != 2 || at[1] != time.Minute {
			t.Errorf("requests at %v, want the second one after the Retry-After of the first", at)
		}
	})
}
