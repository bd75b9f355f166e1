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

// ending is how one start of the program ended.
type exit struct {
	version int // the start's number, which is in its records
	signal  syscall.Signal
	status  *os.ProcessState
	output  string
	estate  map[string]int
}

// judge holds the exit status and the report against what is so.
func (e exit) verify(k KillTest, report string, result *KillResult) error {
	status, ok := e.status.Sys().(syscall.WaitStatus)
	if !ok {
		return errors.New("this system does not tell how a process ended")
	}
	text, err := os.ReadFile(report) //nolint:gosec // the program was told to write it there
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
		result.KilledBeforeListening++ // it was not listening yet
	case status.Signaled():
		result.problemf("start %d was to end by %v and ended by %v:\n%s", e.version, e.signal, status.Signal(), e.output)
	case code == 0:
		if e.signal != 0 {
			result.FinishedBeforeSignal++
		}
		if lines != k.Records {
			result.problemf("start %d ended with 0, and its report has %d lines of %d", e.version, lines, k.Records)
		}
	case code == 1 && (e.signal == syscall.SIGTERM || e.signal == syscall.SIGINT):
		if n, said := e.recordsRead(); said && n != lines {
			result.problemf("start %d says that it read %d records, its report has %d lines", e.version, n, lines)
		} else if !said && lines != k.Records {
			result.problemf("start %d has a report of %d lines of %d, and does not say that it was interrupted:\n%s", e.version, lines, k.Records, e.output)
		}
	default:
		result.problemf("start %d, %v, ended with %d:\n%s", e.version, e.signal, code, e.output)
	}
	return nil
}

var interrupted = regexp.MustCompile(`interrupted after ([0-9,]+) record`)

// interrupted is how many records the program says it had read.
func (e exit) recordsRead() (n int, found bool) {
	match := interrupted.FindStringSubmatch(e.output)
	if match == nil {
		return 0, strings.Contains(e.output, "nothing was read or sent")
	}
	n, err := strconv.Atoi(strings.ReplaceAll(match[1], ",", ""))
	return n, err == nil
}

// read checks each line of a report: records in their order, and those that it calls
// accepted stand in the estate as this start sent them.
func (e exit) checkLines(text []byte, k KillTest, result *KillResult) (lines int) {
	for line := range bytes.Lines(text) {
		var entry struct {
			Index   int    `json:"index"`
			ID      string `json:"id"`
			Outcome string `json:"outcome"`
		}
		if complete := line[len(line)-1] == '\n'; !complete && e.signal == syscall.SIGKILL {
			break // the kernel was in the middle of a write
		} else if err := json.Unmarshal(line, &entry); err != nil || !complete {
			result.problemf("start %d, line %d of the report is not whole: %s", e.version, lines, line)
			return lines
		}
		if entry.Index != lines || entry.Index >= k.Records || entry.ID != recordID(entry.Index) {
			result.problemf("start %d, line %d of the report is about %d, %s", e.version, lines, entry.Index, entry.ID)
			return lines
		}
		switch {
		case entry.Outcome != "accepted" && entry.Outcome != "canceled" && entry.Outcome != "failed":
			result.problemf("start %d: record %d is %s", e.version, lines, entry.Outcome)
		case entry.Outcome == "accepted" && e.estate[entry.ID] != e.version:
			result.Lost++
			result.problemf("start %d: record %d is accepted, the estate has it from start %d", e.version, lines, e.estate[entry.ID])
		case entry.Outcome == "accepted":
			result.AcceptedLines++
		}
		lines++
	}
	result.Lines += lines
	return lines
}
