package transport

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"
)

// Kind is what a failed try says about the next one.
type Kind uint8

const (
	// Final is a response that sending again does not change. It shows that the API is
	// there, so for the gate it is a success.
	Final Kind = iota
	// Busy is about load: 408, 429, 503. (For a token: any passing failure.)
	Busy
	// Broken may be about the body: other 5xx, or no response.
	Broken
	// Unreachable is a connection that was not made: refused, unknown host.
	Unreachable
	// Misdirected looks like a wrong address: a redirect, 403, 404, a refused certificate,
	// a page where a token should be.
	Misdirected
	// Denied is a refusal of the credentials, or of a token that was fetched just before.
	Denied
	// StaleToken is a refused token that another may replace: the try goes on with one.
	StaleToken
	// Interrupted is the end of the caller's context.
	Interrupted
	// Unsendable is a request that cannot be made at all, such as one that a transport ended
	// its goroutine for. It says nothing about the API.
	Unsendable
	// Withheld is a request that the caller's limiter did not let through. It says nothing
	// about the API.
	Withheld
)

// Failure is a try that failed.
type Failure struct {
	Kind       Kind
	RetryAfter time.Duration // what the server asked for, 0: nothing
	Err        error
}

// StatusKind is the kind of a response with this status, which is not the wanted one.
func StatusKind(status int) Kind {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return Busy
	case http.StatusUnauthorized:
		return Denied
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired,
		http.StatusGone, http.StatusMisdirectedRequest, http.StatusUnavailableForLegalReasons,
		http.StatusNotImplemented, http.StatusHTTPVersionNotSupported:
		return Misdirected
	}
	switch {
	case status >= 500:
		return Broken
	case status < 400: // a redirect, or another service's success
		return Misdirected
	}
	return Final
}

// ErrorKind is the kind of an error that came in place of a response.
func ErrorKind(err error) Kind {
	var certificate *tls.CertificateVerificationError
	var dial *net.OpError
	switch {
	case errors.As(err, &certificate):
		return Misdirected
	case errors.As(err, &dial) && dial.Op == "dial":
		return Unreachable
	}
	return Broken
}
