package job

import (
	"strings"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// asFlags names flags and variables where a text of the SDK names what a Go program would set.
func asFlags(text string) string { return flagNames.Replace(text) }

var flagNames = strings.NewReplacer(
	"RetryPolicy.Patience", "-patience",
	"(BatchBytes)", "(-batch-bytes)",
	" (BisectBudget)", "",
	"BatchBytes is", "-batch-bytes is",
	"InFlight is", "-concurrency is",
	"set WithBaseURL or KLARITY_", "set KLARITY_",
	"set WithTokenURL or KLARITY_", "set KLARITY_",
	"set Credentials.ClientID, or KLARITY_CLIENT_ID for NewFromEnv", "set KLARITY_CLIENT_ID",
	"set Credentials.ClientSecret, or KLARITY_CLIENT_SECRET for NewFromEnv", "set KLARITY_CLIENT_SECRET",
)

// printable makes a text of several lines printable.
func printable(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = console.Printable(line)
	}
	return strings.Join(lines, "\n")
}
