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

// show writes a value in every way that a program may put it into a log.
func writeForms(w io.Writer, v any) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(w, verb+"\n", v)
	}
	_ = json.NewEncoder(w).Encode(v) // what JSON cannot show it does not show
	slog.New(slog.NewTextHandler(w, nil)).Info("", "v", v)
	slog.New(slog.NewJSONHandler(w, nil)).Info("", "v", v)
}

// showError shows an error and all that it wraps, and reports whether it did: not if one
// like it, that says the same, was shown before.
func writeError(w io.Writer, err error, written map[string]bool) bool {
	text := fmt.Sprintf("%T %v", err, err)
	if err == nil || written[text] {
		return false
	}
	written[text] = true
	writeForms(w, err)
	if e, ok := err.(*api.Error); ok {
		fmt.Fprintf(w, "%s\n", e.Body) // which is base64 in JSON
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

// exposed finds secrets in what a run has logged, and in all that it told and returned.
func findSecrets(secrets []string, logs *child.Output, client *api.Client, obs observation) (problems []string) {
	written := map[string]bool{}
	writeForms(logs, client)
	writeForms(logs, obs.uploader)
	writeForms(logs, obs.report)
	writeError(logs, obs.err, written)
	const maxResults = 2000 // of very many results, some show what all would
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
				problems = append(problems, fmt.Sprintf("a secret is shown: %.120q", text[max(0, at-80):]))
				break
			}
		}
	}
	return problems
}
