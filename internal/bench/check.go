package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
	"github.com/klarity-go/klarity/internal/bench/internal/sink"
)

// checkedRecords is enough for all records of the pool and for several batches.
const checkedRecords = 3000

// checkRows checks what each row sends.
func checkRows(ctx context.Context, rows []row, records int, out io.Writer) error {
	var errs []error
	for _, r := range rows {
		status := "sends the same records"
		if r.otherRecords {
			status = "sends valid JSON"
		}
		if err := checkRow(ctx, r, records); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", r.name, err))
			status = "FAILS"
		}
		fmt.Fprintf(out, "%-14s %s\n", r.name, status)
	}
	return errors.Join(errs...)
}

// checkRow runs a row against a server that records all bodies. Each body has to be JSON. Unless
// the row is marked with otherRecords, the records in the bodies have to be those of package
// estate, each of them once, equal as JSON values.
func checkRow(ctx context.Context, r row, records int) error {
	var recorder bodyRecorder
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: &sink.Server{OnBody: recorder.record}, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()

	send, err := r.prepare(contenderConfig{url: "http://" + listener.Addr().String(), inFlight: 4})
	if err != nil {
		return err
	}
	if err := sendAll(ctx, send, 0, records); err != nil {
		return err
	}
	got, err := recorder.records()
	if err != nil || r.otherRecords {
		return err
	}
	return compareRecords(got, records)
}

func compareRecords(got []any, records int) error {
	want := make(map[string]any, records)
	pool := estate.NewPlainPool(estate.PoolOptions{})
	for i := range records {
		r := pool.At(i)
		text, err := json.Marshal(r)
		if err != nil {
			return err
		}
		var value any
		if err := json.Unmarshal(text, &value); err != nil {
			return err
		}
		want[r.ID] = value
	}
	for _, record := range got {
		fields, _ := record.(map[string]any)
		id, _ := fields["id"].(string)
		wantRecord, ok := want[id]
		switch {
		case !ok:
			return fmt.Errorf("got the record %q twice, or it is not in the pool", id)
		case !reflect.DeepEqual(record, wantRecord):
			return fmt.Errorf("record %q: got\n%v\nwant\n%v", id, record, wantRecord)
		}
		delete(want, id)
	}
	if len(want) > 0 {
		return fmt.Errorf("got %d records, want %d", records-len(want), records)
	}
	return nil
}

// bodyRecorder records the bodies of all requests.
type bodyRecorder struct {
	mu     sync.Mutex
	bodies []recordedBody
}

type recordedBody struct {
	path string
	text []byte
}

func (k *bodyRecorder) record(path string, text []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.bodies = append(k.bodies, recordedBody{path, text})
}

// records decodes the records in all bodies.
func (k *bodyRecorder) records() (all []any, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range k.bodies {
		records, err := b.records()
		if err != nil {
			return nil, fmt.Errorf("body of a request to %s: %w", b.path, err)
		}
		all = append(all, records...)
	}
	return all, nil
}

func (b recordedBody) records() ([]any, error) {
	if strings.HasSuffix(b.path, "/_bulk") {
		return b.documents()
	}
	var body struct {
		Records []any `json:"records"`
	}
	dec := json.NewDecoder(bytes.NewReader(b.text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&body); err != nil {
		return nil, err
	}
	if n := len(body.Records); n < 1 || n > batchRecords {
		return nil, fmt.Errorf("got %d records, want 1 to %d", n, batchRecords)
	}
	if rest := bytes.TrimSpace(b.text[dec.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("got %d bytes after the JSON, want 0", len(rest))
	}
	return body.Records, nil
}

// documents decodes the even lines of a bulk request; the odd lines are its actions.
func (b recordedBody) documents() (documents []any, err error) {
	lines := bytes.Split(bytes.TrimSuffix(b.text, []byte("\n")), []byte("\n"))
	for i, line := range lines {
		var value any
		if err := json.Unmarshal(line, &value); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if i%2 == 1 {
			documents = append(documents, value)
		}
	}
	return documents, nil
}
