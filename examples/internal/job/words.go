package job

import (
	"fmt"
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

// complain prints what is wrong with a run, in lines that fit the terminal.
func complain(c *console.Console, program, format string, args ...any) {
	text := program + ": " + asFlags(fmt.Sprintf(format, args...))
	for line := range strings.SplitSeq(text, "\n") {
		console.Fprintln(c, c.Wrap("", console.Printable(line)))
	}
}
