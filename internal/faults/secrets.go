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
func show(w io.Writer, v any) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		fmt.Fprintf(w, verb+"\n", v)
	}
	_ = json.NewEncoder(w).Encode(v) // what JSON cannot show it does not show
	slog.New(slog.NewTextHandler(w, nil)).Info("", "v", v)
	slog.New(slog.NewJSONHandler(w, nil)).Info("", "v", v)
}

// showError shows an error and all that it wraps, and reports whether it did: not if one
// like it, that says the same, was shown before.
func showError(w io.Writer, err error, shown map[string]bool) bool {
	text := fmt.Sprintf("%T %v", err, err)
	if err == nil || shown[text] {
		return false
	}
	shown[text] = true
	show(w, err)
	if e, ok := err.(*api.Error); ok {
		fmt.Fprintf(w, "%s\n", e.Body) // which is base64 in JSON
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		showError(w, e.Unwrap(), shown)
	case interface{ Unwrap() []error }:
		for _, next := range e.Unwrap() {
			showError(w, next, shown)
		}
	}
	return true
}

// exposed finds secrets in what a run has logged, and in all that it told and returned.
func exposed(secrets []string, logged *child.Output, client *api.Client, j journal) (problems []string) {
	shown := map[string]bool{}
	show(logged, client)
	show(logged, j.uploader)
	show(logged, j.report)
	showError(logged, j.err, shown)
	const most = 2000 // of very many results, some show what all would
	stride := 1 + len(j.results)/most
	for i := 0; i < len(j.results); i += stride {
		r := j.results[i]
		if showError(logged, r.Err, shown) {
			show(logged, r)
		}
	}
	text := logged.String()
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
