// Package transport is what the clients of Klarity's APIs share: it sends one body until a
// response is final.
//
// A [Sender] tries a body again as its [Policy] says, within the [Limits] of the client. Its
// gate keeps the state that all requests of the client share: how long a Retry-After asks
// everybody to wait, and whether the API is out of reach at present. The rest of the package
// is for one request and its response: an HTTP client that follows no redirect, bodies that
// are read to a bound, and text from a server sanitized for a line of a log, with the secrets
// removed; a user's transport or log handler that panics, blocks or ends its goroutine is kept
// from harming anybody else.
//
// The package knows neither records nor the form of an error: a [Call] makes one request,
// and reports a failure by its [Kind].
package transport
