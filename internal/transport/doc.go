// Package transport is what Klarity's APIs share below their own errors and records: one
// body is sent until there is a response that stands.
//
// A [Sender] tries a body again as its [Policy] says. What all requests of a client have
// in common is kept by its gate: how long a Retry-After asks everybody to wait, and
// whether the API is out of reach at present. The rest of the package is for one request
// and its response: an HTTP client that follows no redirect, bodies that are read to a
// bound, and text of a server made fit for a line of a log, without the secrets in it.
//
// The package knows neither records nor the form of an error: a [Call] makes one request,
// and reports a failure by its [Kind].
package transport
