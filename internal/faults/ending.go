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
type ending struct {
	version int // the start's number, which is in its records
	signal  syscall.Signal
	status  *os.ProcessState
	out     string
	estate  map[string]int
}

// judge holds the exit status and the report against what is so.
func (e ending) judge(k Kill, report string, all *Killed) error {
	status, ok := e.status.Sys().(syscall.WaitStatus)
	if !ok {
		return errors.New("this system does not tell how a process ended")
	}
	text, err := os.ReadFile(report) //nolint:gosec // the program was told to write it there
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	lines := e.read(text, k, all)
	if e.signal != 0 {
		all.Kills++
		all.By[e.signal.String()]++
	}
	switch code := status.ExitStatus(); {
	case status.Signaled() && status.Signal() == e.signal && e.signal == syscall.SIGKILL:
	case status.Signaled() && status.Signal() == e.signal && len(text) == 0:
		all.Early++ // it was not listening yet
	case status.Signaled():
		all.problem("start %d was to end by %v and ended by %v:\n%s", e.version, e.signal, status.Signal(), e.out)
	case code == 0:
		if e.signal != 0 {
			all.InTime++
		}
		if lines != k.Records {
			all.problem("start %d ended with 0, and its report has %d lines of %d", e.version, lines, k.Records)
		}
	case code == 1 && (e.signal == syscall.SIGTERM || e.signal == syscall.SIGINT):
		if n, said := e.interrupted(); said && n != lines {
			all.problem("start %d says that it read %d records, its report has %d lines", e.version, n, lines)
		} else if !said && lines != k.Records {
			all.problem("start %d has a report of %d lines of %d, and does not say that it was interrupted:\n%s", e.version, lines, k.Records, e.out)
		}
	default:
		all.problem("start %d, %v, ended with %d:\n%s", e.version, e.signal, code, e.out)
	}
	return nil
}

var interrupted = regexp.MustCompile(`interrupted after ([0-9,]+) record`)

// interrupted is how many records the program says it had read.
func (e ending) interrupted() (n int, said bool) {
	found := interrupted.FindStringSubmatch(e.out)
	if found == nil {
		return 0, strings.Contains(e.out, "nothing was read or sent")
	}
	n, err := strconv.Atoi(strings.ReplaceAll(found[1], ",", ""))
	return n, err == nil
}

// read checks each line of a report: records in their order, and those that it calls
// accepted stand in the estate as this start sent them.
func (e ending) read(text []byte, k Kill, all *Killed) (lines int) {
	for line := range bytes.Lines(text) {
		var entry struct {
			Index   int    `json:"index"`
			ID      string `json:"id"`
			Outcome string `json:"outcome"`
		}
		if whole := line[len(line)-1] == '\n'; !whole && e.signal == syscall.SIGKILL {
			break // the kernel was in the middle of a write
		} else if err := json.Unmarshal(line, &entry); err != nil || !whole {
			all.problem("start %d, line %d of the report is not whole: %s", e.version, lines, line)
			return lines
		}
		if entry.Index != lines || entry.Index >= k.Records || entry.ID != id(entry.Index) {
			all.problem("start %d, line %d of the report is about %d, %s", e.version, lines, entry.Index, entry.ID)
			return lines
		}
		switch {
		case entry.Outcome != "accepted" && entry.Outcome != "canceled" && entry.Outcome != "failed":
			all.problem("start %d: record %d is %s", e.version, lines, entry.Outcome)
		case entry.Outcome == "accepted" && e.estate[entry.ID] != e.version:
			all.Lost++
			all.problem("start %d: record %d is accepted, the estate has it from start %d", e.version, lines, e.estate[entry.ID])
		case entry.Outcome == "accepted":
			all.Accepted++
		}
		lines++
	}
	all.Lines += lines
	return lines
}
