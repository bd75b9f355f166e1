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

	"github.com/klarity-go/klarity/internal/bench/internal/estate"
	"github.com/klarity-go/klarity/internal/bench/internal/sink"
)

// checkedRecords is how many records are enough to see all of the pool, and several batches.
const checkedRecords = 3000

// checkAll sees whether the rows send what they are said to send.
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

// check runs a row against a server that keeps what it is sent. Each body has to be JSON;
// unless the row sends something else, the records in the bodies have to be those of the
// generator, each of them once, equal as JSON values.
func checkRow(ctx context.Context, r row, records int) error {
	var recorder bodyRecorder
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: &sink.Server{OnBody: recorder.record}}
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
			return fmt.Errorf("the record %q was sent twice, or is none of the generator's", id)
		case !reflect.DeepEqual(record, wantRecord):
			return fmt.Errorf("the record %q was sent as\n%v\nwant\n%v", id, record, wantRecord)
		}
		delete(want, id)
	}
	if len(want) > 0 {
		return fmt.Errorf("%d of %d records were not sent", len(want), records)
	}
	return nil
}

// keeper keeps bodies.
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

// records decodes all that the bodies carry.
func (k *bodyRecorder) records() (all []any, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range k.bodies {
		records, err := b.records()
		if err != nil {
			return nil, fmt.Errorf("a body for %s: %w", b.path, err)
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
		return nil, fmt.Errorf("it has %d records, want 1 to %d", n, batchRecords)
	}
	if rest := bytes.TrimSpace(b.text[dec.InputOffset():]); len(rest) > 0 {
		return nil, fmt.Errorf("%d bytes follow the JSON", len(rest))
	}
	return body.Records, nil
}

// documents are the even lines of a bulk request; the odd ones say what to do with them.
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
