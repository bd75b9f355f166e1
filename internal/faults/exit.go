package faults

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"
)

// exit is how one start of the program ended.
type processExit struct {
	version int // the number of the start, which is in its records
	signal  syscall.Signal
	status  *os.ProcessState
	output  string
	estate  map[string]int
}

// verify checks the exit status and the report against the estate.
func (e processExit) verify(k KillTest, report string, result *KillResult) error {
	status, ok := e.status.Sys().(syscall.WaitStatus)
	if !ok {
		return errors.New("no syscall.WaitStatus on this system")
	}
	text, err := os.ReadFile(report)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lines := e.checkLines(text, k, result)
	if e.signal != 0 {
		result.Kills++
		result.BySignal[e.signal.String()]++
	}
	switch code := status.ExitStatus(); {
	case status.Signaled() && status.Signal() == e.signal && e.signal == syscall.SIGKILL:
	case status.Signaled() && status.Signal() == e.signal && len(text) == 0:
		result.BeforeSignalHandling++ // it had not installed its signal handler yet
	case status.Signaled():
		result.problemf("start %d: got signal %v, want %v:\n%s", e.version, status.Signal(), e.signal, e.output)
	case code == 0:
		if e.signal != 0 {
			result.AfterFinish++
		}
		if lines != k.Records {
			result.problemf("start %d ended with status 0: got a report of %d lines, want %d", e.version, lines, k.Records)
		}
	case code == 1 && (e.signal == syscall.SIGTERM || e.signal == syscall.SIGINT):
		if n, found := e.recordsRead(); found && n != lines {
			result.problemf("start %d read %d records: got a report of %d lines, want as many", e.version, n, lines)
		} else if !found && lines != k.Records {
			result.problemf("start %d: got a report of %d lines, want %d, as it does not say that it was interrupted:\n%s", e.version, lines, k.Records, e.output)
		}
	default:
		result.problemf("start %d, signal %v: got exit status %d, want 0, or 1 after SIGTERM or SIGINT:\n%s", e.version, e.signal, code, e.output)
	}
	return nil
}

var interrupted = regexp.MustCompile(`interrupted after ([0-9,]+) record`)

// recordsRead returns how many records the program says it had read when it was interrupted.
func (e processExit) recordsRead() (n int, found bool) {
	match := interrupted.FindStringSubmatch(e.output)
	if match == nil {
		return 0, strings.Contains(e.output, "nothing was read or sent")
	}
	n, err := strconv.Atoi(strings.ReplaceAll(match[1], ",", ""))
	return n, err == nil
}

// checkLines checks that a report has the records in their order, and that those it calls
// accepted are in the estate with the version of this start. It returns the number of lines.
func (e processExit) checkLines(text []byte, k KillTest, result *KillResult) (lines int) {
	for line := range bytes.Lines(text) {
		var entry struct {
			Index   int    `json:"index"`
			ID      string `json:"id"`
			Outcome string `json:"outcome"`
		}
		if complete := line[len(line)-1] == '\n'; !complete && e.signal == syscall.SIGKILL {
			break // the process was killed in the middle of a write
		} else if err := json.Unmarshal(line, &entry); err != nil || !complete {
			result.problemf("start %d: line %d of the report is incomplete: %s", e.version, lines, line)
			return lines
		}
		if entry.Index != lines || entry.Index >= k.Records || entry.ID != recordID(entry.Index) {
			result.problemf("start %d, line %d of the report: got record %d, %s, want %d, %s", e.version, lines, entry.Index, entry.ID, lines, recordID(lines))
			return lines
		}
		switch {
		case entry.Outcome != "accepted" && entry.Outcome != "canceled" && entry.Outcome != "failed":
			result.problemf("start %d: record %d: got %s, want accepted, canceled or failed", e.version, lines, entry.Outcome)
		case entry.Outcome == "accepted" && e.estate[entry.ID] != e.version:
			result.Lost++
			result.problemf("start %d: record %d is accepted: got version %d in the estate, want %d", e.version, lines, e.estate[entry.ID], e.version)
		case entry.Outcome == "accepted":
			result.AcceptedLines++
		}
		lines++
	}
	result.ReportLines += lines
	return lines
}
