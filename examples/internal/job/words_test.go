package job

import (
	"bytes"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// What is wrong is told in lines that fit the terminal, and as it is in a log.
func TestComplaintsFitTheTerminal(t *testing.T) {
	const text = "2 rows cannot be read:\nbill.csv, line 17: the amount is \"1,5\"\x1b[31m, which has a comma"
	var terminal, log bytes.Buffer
	complain(console.NewTerminal(&terminal, 40), "focus", "%s", text)
	complain(console.New(&log, func(string) string { return "" }), "focus", "%s", text)
	for line := range strings.SplitSeq(terminal.String(), "\n") {
		if console.Width(line) > 40 {
			t.Errorf("the line %q does not fit", line)
		}
	}
	want := "focus: 2 rows cannot be read:\nbill.csv, line 17: the amount is \"1,5\"�[31m, which has a comma\n"
	if got := log.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := strings.Fields(terminal.String()); strings.Join(got, " ") != strings.Join(strings.Fields(want), " ") {
		t.Errorf("got the words %q, want those of %q", got, want)
	}
}
