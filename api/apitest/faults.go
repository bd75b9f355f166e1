package apitest

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Status responds with a status and {"error": …}, the API's own form. The request is not
// processed.
func Status(code int) Fault {
	resp := errorResponse(code, http.StatusText(code))
	return Fault{Status: code, Header: resp.header, Body: string(resp.body)}
}

// RetryAfter is Status with a Retry-After header, which may be seconds, a date, or an
// invalid value that a client should tolerate.
func RetryAfter(code int, value string) Fault {
	f := Status(code)
	f.Header.Set("Retry-After", value)
	return f
}

// GraphQLError responds like the GraphQL API with 200 and one error, without data. An errorType
// of "" is left out. The request is not processed.
func GraphQLError(errorType, message string) Fault {
	resp := graphqlError(http.StatusOK, errorType, message)
	return Fault{Status: resp.status, Header: resp.header, Body: string(resp.body)}
}

// HTML responds like a proxy, with a status and an HTML page. The request is not processed.
func HTML(code int) Fault {
	title := fmt.Sprintf("%d %s", code, http.StatusText(code))
	return Fault{
		Status: code,
		Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}},
		Body: "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" + title +
			"</h1></center>\r\n<hr><center>proxy</center>\r\n</body>\r\n</html>\r\n",
	}
}

// Accepted responds with 202 and the given body, which may be empty or invalid JSON. The
// request is processed, but its regular response is discarded: a request that should have
// been refused gets a 202 too.
func Accepted(body string) Fault {
	return Fault{Apply: true, Status: http.StatusAccepted, Body: body}
}

// Delay processes the request and responds regularly, after d.
func Delay(d time.Duration) Fault { return Fault{Delay: d} }

// Hang never responds. The request is not processed.
func Hang() Fault { return Fault{Hang: true} }

// Reset resets the connection. The request is not processed.
func Reset() Fault { return Fault{Reset: true} }

// DropResponse processes the request, and resets the connection instead of responding.
func DropResponse() Fault { return Fault{Apply: true, Reset: true} }

// Truncate processes the request, and closes the connection after half of the response's
// body.
func Truncate() Fault { return Fault{Truncate: true} }

// Repeat returns a script with the same fault n times.
func Repeat(n int, f Fault) []Fault {
	script := make([]Fault, n)
	for i := range script {
		script[i] = f
	}
	return script
}

// RateLimit responds with 429 to all but the first n requests in a window of the given
// length. A window begins with the first request after the previous window's end. If
// sendRetryAfter, the response has a Retry-After header with the seconds until the window's
// end, rounded up; the contract does not mention this header.
func RateLimit(n int, window time.Duration, sendRetryAfter bool) Hook {
	var (
		mu        sync.Mutex
		windowEnd time.Time
		count     int // of requests in the window
	)
	return func(*Request) *Fault {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if !now.Before(windowEnd) {
			windowEnd, count = now.Add(window), 0
		}
		if count++; count <= n {
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

// Every applies a fault to every nth request: the nth, the 2nth and so on. With n above 1 it
// never hits two requests in a row, so that retries succeed. Hooks after it decide about the
// other requests.
func Every(n int, f Fault) Hook {
	var (
		mu    sync.Mutex
		count int
	)
	return func(*Request) *Fault {
		mu.Lock()
		defer mu.Unlock()
		if count++; count%n != 0 {
			return nil
		}
		return &f
	}
}
