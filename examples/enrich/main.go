// Enrich attaches the data in a file to existing estate records.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/source"
	"github.com/klarity-go/klarity/models"
)

const about = `
Enrich attaches data to existing estate records, whoever created them. A second enrichment
of a record by the same integration replaces the first.

  go run ./examples/enrich
        uploads a sample sheet to an emulator and enriches its machines
  go run ./examples/enrich -file backups.csv -dry-run
        checks a file and sends nothing
  go run ./examples/enrich -file backups.csv -report report.jsonl
        enriches, and writes the outcome of each record to a file

CSV or Excel (.xlsx): the columns are nid (Klarity's own ID of the record) and data.KEY or
data.KEY.SUB. All values are strings; the cell null is null. JSON lines:
{"record": {"nid": "..."}, "data": {...}}. JSON: one array of these, alone or as in a
request's body, {"enrichments": [...]}.`

func main() { os.Exit(job.Main(run)) }

func run(ctx context.Context, args []string, std job.Streams) int {
	flags := job.NewFlags("enrich", about)
	if status, done := flags.Parse(args, std); done {
		return status
	}
	op := job.Enrichments()
	op.Open, op.Prepare, op.Sample = source.Enrichments, job.UploadSheet, backups
	return job.Run(ctx, std, flags, op)
}

// backups returns sample data, the state of a backup for each machine in the emulator's
// estate. It needs the emulator, because Klarity has no public way to look up a nid.
func backups(t *job.Target) (*job.Input, error) {
	if t == nil || t.Emulator == nil {
		return nil, errors.New("-file is missing: enrichments need the nids of real records")
	}
	var lines bytes.Buffer
	enc := json.NewEncoder(&lines)
	for _, r := range t.Emulator.Records() {
		if r.Type != "onprem/vm" {
			continue
		}
		err := enc.Encode(models.Enrichment{
			Record: models.EnrichedRecord{NID: strfmt.UUID(r.NID)},
			Data:   map[string]any{"backup": map[string]any{"state": "ok", "last": "2026-11-07T02:00:00Z", "copies": 3}},
		})
		if err != nil {
			return nil, err
		}
	}
	return &job.Input{Name: "its machines with the state of their backups", Format: source.JSONLines, Reader: bytes.NewReader(lines.Bytes()), Size: int64(lines.Len())}, nil
}
