package apitest

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Status is an answer in the API's own form: a status and {"error": …}. The request is
// not processed.
func Status(code int) Fault {
	resp := errorResponse(code, http.StatusText(code))
	return Fault{Status: code, Header: resp.header, Body: string(resp.body)}
}

// RetryAfter is Status with a Retry-After header, which may be seconds, a date, or
// anything that a client should survive.
func RetryAfter(code int, value string) Fault {
	f := Status(code)
	f.Header.Set("Retry-After", value)
	return f
}

// HTML is an answer as proxies give it: a status and a page.
func HTML(code int) Fault {
	title := fmt.Sprintf("%d %s", code, http.StatusText(code))
	return Fault{
		Status: code,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
			"</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n",
	}
}

// Accepted answers 202 with a body of the caller's choice, which may be empty or no
// JSON. The request is processed, and nothing of its true answer is left: one that
// should have been refused is answered with 202 too.
func Accepted(body string) Fault {
	return Fault{Apply: true, Status: http.StatusAccepted, Body: body}
}

// Delay answers as it should be, d later.
func Delay(d time.Duration) Fault { return Fault{Delay: d} }

// Hang never answers. The request is not processed.
func Hang() Fault { return Fault{Hang: true} }

// Reset breaks the connection. The request is not processed.
func Reset() Fault { return Fault{Reset: true} }

// Lost processes the request and breaks the connection in place of the answer.
func DropResponse() Fault { return Fault{Apply: true, Reset: true} }

// Truncate processes the request, and its answer breaks off in the middle.
func Truncate() Fault { return Fault{Truncate: true} }

// Repeat is a script of the same fault n times.
func Repeat(n int, f Fault) []Fault {
	script := make([]Fault, n)
	for i := range script {
		script[i] = f
	}
	return script
}

// RateLimit answers 429 to what exceeds n requests in a window of the given length. A
// window begins with the first request after the last one's end. If announce, the
// answer has a Retry-After with the whole seconds that the window has left, rounded up;
// the contract names no such header.
func RateLimit(n int, window time.Duration, sendRetryAfter bool) Hook {
	var (
		mu        sync.Mutex
		windowEnd time.Time
		seen      int
	)
	return func(*Request) *Fault {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if !now.Before(windowEnd) {
			windowEnd, seen = now.Add(window), 0
		}
		if seen++; seen <= n {
			return nil
		}
		f := Status(http.StatusTooManyRequests)
		if sendRetryAfter {
			left := (windowEnd.Sub(now) + time.Second - 1) / time.Second
			f.Header.Set("Retry-After", strconv.Itoa(int(left)))
		}
		return &f
	}
}

// Every applies a fault to each nth request: the nth, the 2nth and so on. It lets
// retries through, and mixes well.
func Every(n int, f Fault) Hook {
	var (
		mu   sync.Mutex
		seen int
	)
	return func(*Request) *Fault {
		mu.Lock()
		defer mu.Unlock()
		if seen++; seen%n != 0 {
			return nil
		}
		return &f
	}
}
