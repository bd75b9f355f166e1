package tool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/klarity-go/klarity/examples/backup/status"
)

// errTimeout is the cause of a call that has taken too long.
var errTimeout = errors.New("the time for a call is over")

// what names a call.
func (t *Tool) what(args []string) string {
	return fmt.Sprintf("%s %s of %s", t.program(), args[0], t.Repository.Name)
}

// ended is the error of a call that was ended. Newer restic says what it tries again meanwhile.
func (t *Tool) ended(ctx context.Context, args []string, complaint *tail) error {
	if !errors.Is(context.Cause(ctx), errTimeout) {
		return fmt.Errorf("%s was ended: %w", t.what(args), context.Cause(ctx))
	}
	return fmt.Errorf("%s was ended after %v without a result (-tool-timeout)%s", t.what(args), t.Timeout, t.said(": ", complaint))
}

// isWarning reports whether a tool that exits with this status has done all that it was asked for.
// The numbers are borg's: 1, or with its modern exit codes 100 to 127.
func (t *Tool) isWarning(exitStatus int) bool {
	return t.Repository.Tool == status.Borg && (exitStatus == 1 || 100 <= exitStatus && exitStatus <= 127)
}

// failure is the error of a tool that has failed: what it was asked, what it said, and what to do.
func (t *Tool) failure(args []string, exit *exec.ExitError, complaint *tail) error {
	said := t.said(": ", complaint)
	if said == "" {
		said = ": it printed no reason"
	}
	return fmt.Errorf("%s: %v%s", t.what(args), exit.ProcessState, said)
}

// said is what a tool has complained, behind a separator, and what to do about it; "" if it has not.
func (t *Tool) said(separator string, complaint *tail) string {
	text := complaint.text(t.secrets)
	if text == "" {
		return ""
	}
	return separator + text + t.advice(string(complaint.kept))
}

// advice says what to do about a failure, where that is known from the tool's words.
func (t *Tool) advice(said string) string {
	password, repository := "RESTIC_PASSWORD, RESTIC_PASSWORD_FILE or RESTIC_PASSWORD_COMMAND", EnvResticRepository
	if t.Repository.Tool == status.Borg {
		password, repository = "BORG_PASSPHRASE, BORG_PASSCOMMAND or BORG_PASSPHRASE_FD", EnvBorgRepository
	}
	said = strings.ToLower(said)
	has := func(words ...string) bool {
		for _, word := range words {
			if strings.Contains(said, word) {
				return true
			}
		}
		return false
	}
	switch {
	case has("wrong password", "is incorrect", "empty password", "acquire a passphrase"):
		return " (check " + password + ")"
	case has("certificate", "x509"):
		return " (the certificate of the server is not trusted on this machine: add its authority to the system's; restic has --cacert for it, too)"
	case has("already locked", "acquire the lock", "create lock"):
		return " (try again when the lock is gone; nothing was changed)"
	case has("previously unknown", "previously located", "[yn]"):
		return " (run borg list by hand once, as the same user, and answer its question)"
	case has("does not exist", "no such file", "is there a repository", "not a valid repository", "refused", "no such host", "connection"):
		return " (check " + repository + ", and that the repository is reachable from here)"
	}
	return ""
}

// tailBytes is how much of what a tool complains is kept.
const tailBytes = 2048

// unreadSnapshot is what restic complains when it leaves a snapshot out that it cannot read, such as
// one that is damaged, and exits with 0 all the same ("could not load snapshot 8c4f5f96: ...", or
// "could not load snapshots: ..." when it cannot list them).
const unreadSnapshot = "could not load snapshot"

// tail keeps the end of what a tool complains.
type tail struct {
	kept   []byte
	cut    bool // there was more
	unread bool // it had unreadSnapshot in it
}

// Write implements [io.Writer].
func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	t.unread = t.unread || bytes.Contains(t.kept, []byte(unreadSnapshot))
	if excess := len(t.kept) - tailBytes; excess > 0 {
		t.cut = true
		t.kept = append(t.kept[:0], t.kept[excess:]...)
	}
	return len(p), nil
}

// text is what was kept as one line, without secrets. New versions of restic print objects with a
// message.
func (t *tail) text(s *secrets) string {
	text := string(t.kept)
	if t.cut {
		text = s.cutEnd(text)
		if _, rest, _ := strings.Cut(text, "\n"); strings.TrimSpace(rest) != "" {
			text = rest // without half of a line
		}
	}
	var lines []string
	for line := range strings.Lines(s.hide(text)) {
		if isFrame(line) {
			continue
		}
		line = strings.TrimSpace(line)
		var object struct{ Message string }
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &object) == nil && object.Message != "" {
			line = s.hide(object.Message) // it was in the quotes of JSON
		}
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}

// isFrame reports whether a line is a part of a traceback of Python, of which the last line says
// what is wrong.
func isFrame(line string) bool {
	return strings.HasPrefix(line, "Traceback (most recent call last):") || strings.HasPrefix(line, `  File "`) || strings.HasPrefix(line, "    ")
}
