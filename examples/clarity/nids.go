package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/internal/table"
	klarity "github.com/klarity-go/klarity/models"
)

// nids are Klarity's own IDs of records, by the ID that they were uploaded with, the prefix
// included. The API has no way to look them up; Klarity's pages show them.
type nids map[string]string

// readNIDs reads a CSV file with the columns id and nid.
func readNIDs(name string) (nids, error) {
	rows, err := table.Read(name, "id", "nid")
	if err != nil {
		return nil, err
	}
	found, owners := nids{}, map[string]string{}
	for _, row := range rows {
		id, nid := row.Cells["id"], row.Cells["nid"]
		probe := &klarity.Enrichment{Record: klarity.EnrichedRecord{NID: strfmt.UUID(nid)}, Data: map[string]any{"probe": true}}
		err := api.CheckEnrichment(probe)
		switch {
		case id == "":
			err = errors.New("the id is missing")
		case found[id] != "":
			err = fmt.Errorf("the id %q came before", id)
		case err != nil:
			err = ofColumn(reason(err))
		case owners[strings.ToLower(nid)] != "":
			err = fmt.Errorf("the nid is that of %q, too", owners[strings.ToLower(nid)])
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", row.Line, err)
		}
		found[id], owners[strings.ToLower(nid)] = nid, id
	}
	return found, nil
}
