package job

import (
	"context"
	"fmt"
	"strings"

	"github.com/klarity-go/klarity/examples/internal/source"
	"github.com/klarity-go/klarity/examples/sheet"
	"github.com/klarity-go/klarity/models"
)

// UploadSheet uploads the sample sheet to a new emulator, so that it has records to delete or
// to enrich.
func UploadSheet(ctx context.Context, t *Target) (string, error) {
	reader, err := source.Records(strings.NewReader(sheet.Licences), source.Options{Format: source.CSV}, models.InsertInPeriodCurrent)
	if err != nil {
		return "", err
	}
	valid := func(yield func(*models.EstateRecord, error) bool) {
		for record, err := range reader.All() {
			if err == nil && !yield(record, nil) {
				return
			}
		}
	}
	// Some rows of the sheet are invalid on purpose, so refused records are not an error here.
	rep, err := t.Client.Upsert(ctx, valid)
	if rep.Accepted == 0 {
		return "", fmt.Errorf("uploading the sample sheet to the emulator: %w", err)
	}
	return fmt.Sprintf("First the sample sheet was uploaded to it: %d records.", t.Emulator.Len()), nil
}
