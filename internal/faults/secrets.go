package faults

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/internal/faults/child"
)

// writeForms writes a value in all the ways in which a program may log it.
func writeForms(w io.Writer, v any) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(w, verb+"\n", v)
	}
	_ = json.NewEncoder(w).Encode(v) // a value that JSON cannot encode is not shown by JSON
	slog.New(slog.NewTextHandler(w, nil)).Info("", "v", v)
	slog.New(slog.NewJSONHandler(w, nil)).Info("", "v", v)
}

// writeError writes an error and all errors that it wraps. It skips an error whose type and
// text were written before, and reports whether it wrote anything.
func writeError(w io.Writer, err error, written map[string]bool) bool {
	text := fmt.Sprintf("%T %v", err, err)
	if err == nil || written[text] {
		return false
	}
	written[text] = true
	writeForms(w, err)
	if e, ok := err.(*api.Error); ok {
		fmt.Fprintf(w, "%s\n", e.Body) // JSON would encode it as base64
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		writeError(w, e.Unwrap(), written)
	case interface{ Unwrap() []error }:
		for _, next := range e.Unwrap() {
			writeError(w, next, written)
		}
	}
	return true
}

// findSecrets searches a run's log, its results and all that it returned for secrets.
func findSecrets(secrets []string, logs *child.Output, client *api.Client, obs observation) (problems []string) {
	written := map[string]bool{}
	writeForms(logs, client)
	writeForms(logs, obs.uploader)
	writeForms(logs, obs.report)
	writeError(logs, obs.err, written)
	const maxResults = 2000 // of very many results a sample is enough
	stride := 1 + len(obs.results)/maxResults
	for i := 0; i < len(obs.results); i += stride {
		r := obs.results[i]
		if writeError(logs, r.Err, written) {
			writeForms(logs, r)
		}
	}
	text := logs.String()
	for _, secret := range secrets {
		for _, form := range []string{secret, fmt.Sprintf("%x", secret)} {
			if at := strings.Index(text, form); at >= 0 {
				problems = append(problems, fmt.Sprintf("a secret is exposed: %.120q", text[max(0, at-80):]))
				break
			}
		}
	}
	return problems
}
