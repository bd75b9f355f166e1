package tool

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/backup/status"
	"github.com/klarity-go/klarity/examples/backup/tool/tooltest"
)

const snapshot = `[{"id":"51","time":"2026-11-21T02:00:00Z","hostname":"db-1","paths":["/srv/db"]}]`

// restic is restic with the repository of the environment.
func restic(t *testing.T, timeout time.Duration) *Restic {
	t.Helper()
	r, err := NewRestic(timeout)
	if err != nil || r == nil {
		t.Fatalf("got %v, %v, want restic", r, err)
	}
	return r
}

// backups asks a tool for its backups.
func backups(ctx context.Context, tool interface {
	Backups(context.Context, func(status.Backup)) error
}) (found []status.Backup, err error) {
	err = tool.Backups(ctx, func(b status.Backup) { found = append(found, b) })
	return found, err
}

// What a tool is asked changes nothing, takes no lock, and it gets its own environment, without
// what it has no need of.
func TestWhatAToolGets(t *testing.T) {
	record := filepath.Join(t.TempDir(), "record")
	fake(t, "restic", map[string]string{
		EnvResticRepository: "/srv/repo", "RESTIC_PASSWORD": "hunter2", "KLARITY_CLIENT_SECRET": "klarity-secret", "TZ": "Asia/Tokyo", "RESTIC_HOST": "web-1",
		fakeOut: snapshot, fakeFile: record,
	})
	calls := func(wanted, unwanted []string) {
		t.Helper()
		content, err := os.ReadFile(record)
		if err != nil {
			t.Fatal(err)
		}
		got := "\n" + string(content) + "\n"
		for _, line := range wanted {
			if !strings.Contains(got, "\n"+line+"\n") {
				t.Errorf("got %q, want the line %q", got, line)
			}
		}
		for _, text := range append(unwanted, "klarity-secret") {
			if strings.Contains(got, text) {
				t.Errorf("got %q, want no %q", got, text)
			}
		}
	}
	found, err := backups(t.Context(), restic(t, time.Minute))
	if err != nil || len(found) != 1 || found[0].ID != "51" {
		t.Fatalf("got %v, %v, want the snapshot", found, err)
	}
	calls([]string{"snapshots\n--json\n--no-lock", "RESTIC_REPOSITORY=/srv/repo", "RESTIC_PASSWORD=hunter2", "TZ=Asia/Tokyo"}, []string{"RESTIC_HOST="})
	if runtime.GOOS == "linux" {
		calls([]string{ownSession}, nil)
	}

	t.Setenv(fakeOut, `{"total_size":17,"snapshots_count":1}`)
	if err := restic(t, time.Minute).Size(t.Context(), &found[0]); err != nil || found[0].Size[status.RestoreBytes] != 17 {
		t.Errorf("got %v, %v, want 17 bytes", found[0].Size, err)
	}
	calls([]string{"stats\n--json\n--no-lock\n51"}, nil)

	fake(t, "borg", map[string]string{EnvBorgRepository: "/srv/borg", "BORG_PASSPHRASE": "hunter2", "BORG_CACHE_DIR": "/srv/cache", "TZ": "Asia/Tokyo", fakeFile: record,
		fakeOut: `{"archives":[{"id":"c9","name":"a","hostname":"h","start":"2026-11-21T02:00:00.000000","duration":3,"stats":{"original_size":9}}]}`})
	borg := NewBorg(time.Minute)
	if found, err = backups(t.Context(), borg); err != nil || len(found) != 1 || found[0].Begun.Hour() != 2 {
		t.Fatalf("got %v, %v, want the archive, in UTC", found, err)
	}
	calls([]string{"list\n--bypass-lock\n--json\n--format\n{hostname}{end}", "TZ=UTC", "BORG_SHOW_SYSINFO=no", "BORG_PASSPHRASE=hunter2"}, []string{"TZ=Asia/Tokyo", "BORG_CACHE_DIR=/srv/cache"})
	latest := status.Backup{ID: "c9", Archive: "a"}
	if err := borg.Size(t.Context(), &latest); err != nil || latest.Size[status.OriginalBytes] != 9 || *latest.Took != 3*time.Second {
		t.Errorf("got %+v, %v, want the size and the duration", latest, err)
	}
	calls([]string{"info\n--bypass-lock\n--lock-wait\n30\n--json\n::a", "BORG_CACHE_DIR=/srv/cache"}, nil)
	other := status.Backup{ID: "another", Archive: "a"}
	if err := borg.Size(t.Context(), &other); err == nil || !strings.Contains(err.Error(), "it is about another archive (a)") {
		t.Errorf("got %v, want an error about the archive", err)
	}
}

func TestNoRepository(t *testing.T) {
	for _, variable := range []string{EnvResticRepository, EnvResticRepositoryFile, EnvBorgRepository} {
		t.Setenv(variable, "")
	}
	if r, err := NewRestic(time.Minute); r != nil || err != nil {
		t.Errorf("got %v, %v, want none", r, err)
	}
	if b := NewBorg(time.Minute); b != nil {
		t.Errorf("got %v, want none", b)
	}
	file := filepath.Join(t.TempDir(), "repository")
	t.Setenv(EnvResticRepositoryFile, file)
	if _, err := NewRestic(time.Minute); err == nil || !strings.Contains(err.Error(), "RESTIC_REPOSITORY_FILE: open "+file) {
		t.Errorf("got %v, want an error about the file", err)
	}
	if err := os.WriteFile(file, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := NewRestic(time.Minute); err == nil || err.Error() != "RESTIC_REPOSITORY_FILE: "+file+" is empty" {
		t.Errorf("got %v, %v, want an error about the file", r, err)
	}
	if err := os.WriteFile(file, []byte("rest:https://me:hunter2@host/\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := restic(t, time.Minute); r.Target().Name != "rest:https://host/" {
		t.Errorf("got the repository %q", r.Target().Name)
	}
	t.Setenv(EnvResticRepository, "/srv/repo")
	if _, err := NewRestic(time.Minute); err == nil || !strings.Contains(err.Error(), "restic wants one of them") {
		t.Errorf("got %v, want an error about both", err)
	}
}

func TestFailures(t *testing.T) {
	for name, test := range map[string]struct {
		program string
		env     map[string]string
		want    []string // nil for no error
	}{
		"wrong password":  {"restic", map[string]string{fakeExit: "1", fakeErr: "Fatal: wrong password or no key found\n"}, []string{"restic snapshots of rest:https://host/: exit status 1: Fatal: wrong password or no key found (check RESTIC_PASSWORD"}},
		"object":          {"restic", map[string]string{fakeExit: "12", fakeErr: `{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}` + "\n"}, []string{"exit status 12: Fatal: wrong password or no key found (check RESTIC_PASSWORD"}},
		"several lines":   {"restic", map[string]string{fakeExit: "1", fakeErr: "Fatal: unable to open config file\r\nIs there a repository at the following location?\n\n"}, []string{"config file; Is there a repository at the following location? (check RESTIC_REPOSITORY"}},
		"nothing said":    {"restic", map[string]string{fakeExit: "3"}, []string{"exit status 3: it printed no reason"}},
		"certificate":     {"restic", map[string]string{fakeExit: "1", fakeErr: "x509: certificate signed by unknown authority"}, []string{"the certificate of the server is not trusted on this machine"}},
		"output and fail": {"restic", map[string]string{fakeExit: "1", fakeOut: snapshot, fakeErr: "Fatal: broken"}, []string{"Fatal: broken"}},
		"half a document": {"restic", map[string]string{fakeOut: snapshot[:40]}, []string{"the output of restic snapshots of rest:https://host/: snapshot 1: it ends in the middle"}},
		"no document":     {"restic", map[string]string{fakeOut: ""}, []string{"it is empty"}},
		"much of it":      {"restic", map[string]string{fakeExit: "1", fakeErr: strings.Repeat("x", 10000) + " the end"}, []string{"xxx the end"}},
		"secrets":         {"restic", map[string]string{fakeExit: "1", fakeErr: "hunter2 h%40x user9 rest:https://other:pw@host/ aws-secret a token-value"}, []string{"*** *** *** rest:https://host/ *** a ***"}},
		"secret output":   {"restic", map[string]string{fakeOut: `[{"id":"1","time":"hunter2","hostname":"h","paths":["/"]}]`}, []string{`time "***" is none`}},
		"locked":          {"borg", map[string]string{fakeExit: "2", fakeErr: "Failed to create/acquire the lock /srv/borg/lock.exclusive (timeout).\n"}, []string{"borg list of ssh://host/./borg: exit status 2: Failed to create/acquire the lock", "(try again when the lock is gone"}},
		"passphrase":      {"borg", map[string]string{fakeExit: "2", fakeErr: "passphrase supplied in BORG_PASSPHRASE is incorrect."}, []string{"(check BORG_PASSPHRASE"}},
		"question":        {"borg", map[string]string{fakeExit: "2", fakeErr: "Warning: Attempting to access a previously unknown unencrypted repository!\nDo you want to continue? [yN] Aborting.\n"}, []string{"run borg list by hand once"}},
		"warning":         {"borg", map[string]string{fakeExit: "1", fakeErr: "something odd", fakeOut: `{"archives":[]}`}, nil},
		"new warning":     {"borg", map[string]string{fakeExit: "107", fakeErr: "something odd", fakeOut: `{"archives":[]}`}, nil},
		"warning, half":   {"borg", map[string]string{fakeExit: "1", fakeErr: "something odd", fakeOut: `{"archives":[`}, []string{"it ends in the middle"}},
		"traceback": {"borg", map[string]string{fakeExit: "2", fakeErr: "Traceback (most recent call last):\n" +
			strings.Repeat("  File \"/usr/lib/python3/dist-packages/borg/archive.py\", line 486, in __init__\n    self.load(info.id)\n    ^^^^^^^^^^\n", 40) +
			"borg.helpers.errors.IntegrityError: Data integrity error\n\nBorg: 1.2.4\n"}, []string{"exit status 2: borg.helpers.errors.IntegrityError: Data integrity error; Borg: 1.2.4"}},
		"no such program": {"borg", map[string]string{fakeExit: "127", fakeErr: "exec: borg-real: not found"}, []string{"borg list of ssh://host/./borg: it is empty; it also printed: exec: borg-real: not found"}},
		"blocks":          {"restic", map[string]string{fakeExit: "1", fakeErr: "Is there a repository at the following location?\n/srv/blocks"}, []string{"/srv/blocks (check RESTIC_REPOSITORY"}},
		"left out":        {"restic", map[string]string{fakeOut: snapshot, fakeErr: "could not load snapshot 8c4f5f96: load <snapshot/8c4f5f96c8>: invalid data returned\n" + strings.Repeat("retrying\n", 5000)}, []string{"restic snapshots of rest:https://host/: restic left snapshots out", "retrying"}},
		"none listed":     {"restic", map[string]string{fakeOut: "[]", fakeErr: "could not load snapshots: connection refused"}, []string{"left snapshots out", "connection refused (check RESTIC_REPOSITORY"}},
		"restic warns":    {"restic", map[string]string{fakeExit: "100", fakeErr: "something odd", fakeOut: "[]"}, []string{"exit status 100: something odd"}},
	} {
		t.Run(name, func(t *testing.T) {
			fake(t, test.program, map[string]string{"RESTIC_PASSWORD": "hunter2", "AWS_SECRET_ACCESS_KEY": "aws-secret", "OS_TOKEN": "token-value", "BORG_PASSPHRASE": "hunter2"})
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			var err error
			if test.program == "restic" {
				t.Setenv(EnvResticRepository, "rest:https://user9:h%40x@host/")
				_, err = backups(t.Context(), restic(t, time.Minute))
			} else {
				t.Setenv(EnvBorgRepository, "ssh://user9@host/./borg")
				_, err = backups(t.Context(), NewBorg(time.Minute))
			}
			if (err == nil) != (test.want == nil) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			for _, text := range test.want {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("got %v, want %q", err, text)
				}
			}
			if err != nil && len(err.Error()) > 3000 {
				t.Errorf("got an error of %d bytes", len(err.Error()))
			}
			for _, secret := range []string{"hunter2", "h%40x", "user9", "pw@", "aws-secret", "token-value"} {
				if err != nil && strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows %q: %v", secret, err)
				}
			}
		})
	}
}

// What is secret is hidden as it is, and the rest of a message stays readable.
func TestWordsOfATool(t *testing.T) {
	long := strings.Repeat("hunter2-", 64)
	for name, test := range map[string]struct{ variable, value, said, want string }{
		"one character":        {"RESTIC_PASSWORD", "o", "wrong password or no key found: o", ": wrong password or no key found: *** (check RESTIC_PASSWORD"},
		"words of the message": {"RESTIC_PASSWORD", "wrong password", "wrong password or no key found", ": *** or no key found (check RESTIC_PASSWORD"},
		"regular expression":   {"RESTIC_PASSWORD", "(a.b*|\\", `(a.b*|\ axb (check`, ": *** axb (check"},
		"no UTF-8":             {"RESTIC_PASSWORD", "caf\xe9", "caf\xe9 is wrong", ": *** is wrong"},
		"one byte":             {"RESTIC_PASSWORD", "\xe9", "\xe9 is wrong", ": *** is wrong"},
		"one in another":       {"RESTIC_PASSWORD", "aws-secret and more", "aws-secret, aws-secret and more", ": ***, ***"},
		"several lines":        {"RESTIC_PASSWORD", "-- BEGIN\n  hunter2\n-- END", "key -- BEGIN\n  hunter2\n-- END is wrong", ": key *** is wrong"},
		"in JSON":              {"RESTIC_PASSWORD", `hun"ter2`, `{"message":"it is hun\"ter2"}`, ": it is ***"},
		"cut off":              {"RESTIC_PASSWORD", long, long + strings.Repeat(long, 9) + " end", ": ***"},
		"cut off within":       {"RESTIC_PASSWORD", long, long + strings.Repeat("x", tailBytes-10), ": xxx"},
		"a file":               {"RESTIC_PASSWORD_FILE", "/etc/hosts", "open /etc/hosts: denied", ": open /etc/hosts: denied"},
		"yes or no":            {"BORG_DISPLAY_PASSPHRASE", "no", "there is no key", ": there is no key"},
		"the location":         {"X", "", "open rest:https://user9:h%40x@host/?sig=hunter2&x=1: hunter2 denied", ": open rest:https://host/: *** denied"},
	} {
		t.Run(name, func(t *testing.T) {
			fake(t, "restic", map[string]string{fakeExit: "1", fakeErr: test.said, EnvResticRepository: "rest:https://user9:h%40x@host/?sig=hunter2&x=1", "AWS_SECRET_ACCESS_KEY": "aws-secret"})
			t.Setenv(test.variable, test.value)
			_, err := backups(t.Context(), restic(t, time.Minute))
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("got %v, want %q and no secret", err, test.want)
			}
		})
	}
	// The user of ssh is no secret, and a part of the program's own words.
	said := newSecrets(nil, "ssh://borg:hunter2@host/./repo").hide("Remote: borg: command not found (hunter2)")
	if want := "Remote: borg: command not found (***)"; said != want {
		t.Errorf("got %q, want %q", said, want)
	}
}

func TestToolIsNotInstalled(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv(EnvResticRepositoryFile, "")
	t.Setenv(EnvResticRepository, "/srv/repo")
	_, err := backups(t.Context(), restic(t, time.Minute))
	if err == nil || !strings.Contains(err.Error(), "restic is not installed, or not in PATH: install it, or name output that was recorded elsewhere with -recorded") {
		t.Errorf("got %v, want an error that says so", err)
	}
}

// A tool that hangs is ended with its children, which hold its output open.
func TestToolThatHangs(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no process groups")
	}
	tooltest.Hold(t)
	fake(t, "restic", map[string]string{EnvResticRepository: "rest:https://me:hunter2@host/", fakeMode: "hang", fakeErr: "Load(<config/>) failed: hunter2: connection refused"})
	_, err := backups(t.Context(), restic(t, 2*time.Second))
	if err == nil || !strings.Contains(err.Error(), "restic snapshots of rest:https://host/ was ended after 2s without a result (-tool-timeout): Load(<config/>) failed: ***: connection refused (check RESTIC_REPOSITORY") {
		t.Errorf("got %v, want an error about the time", err)
	}
}

// A tool has ended when it has, also if something that it has started goes on.
func TestToolThatLeavesSomethingBehind(t *testing.T) {
	tooltest.Hold(t)
	fake(t, "restic", map[string]string{EnvResticRepository: "/srv/repo", fakeMode: "leave", fakeOut: snapshot})
	found, err := backups(t.Context(), restic(t, time.Hour))
	if err != nil || len(found) != 1 {
		t.Errorf("got %v, %v, want the snapshot", found, err)
	}
}

// An interrupt ends a tool, also when it does so while its output is read.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no process groups")
	}
	tooltest.Hold(t)
	fake(t, "restic", map[string]string{EnvResticRepository: "/srv/repo", fakeMode: "hang"})
	ctx, cancel := context.WithCancelCause(t.Context())
	interrupted := errors.New("interrupted")
	r := restic(t, time.Hour)
	err := r.call(ctx, func(output io.Reader) error {
		if _, err := output.Read(make([]byte, 1)); err != nil { // the child has begun
			t.Error(err)
		}
		cancel(interrupted)
		if _, err := io.Copy(io.Discard, output); err != nil {
			t.Errorf("the output was closed before its writers had ended: %v", err)
		}
		return nil
	}, "snapshots")
	if !errors.Is(err, interrupted) {
		t.Errorf("got %v, want the interrupt", err)
	}
}
