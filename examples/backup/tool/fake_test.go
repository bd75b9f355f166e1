package tool

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/examples/backup/tool/tooltest"
)

// The variables that make this test binary a tool.
const (
	fakeMode = "FAKE_TOOL"        // what it does
	fakeOut  = "FAKE_TOOL_OUT"    // what it prints
	fakeErr  = "FAKE_TOOL_ERR"    // what it complains
	fakeExit = "FAKE_TOOL_EXIT"   // its exit status
	fakeFile = "FAKE_TOOL_RECORD" // where it writes its arguments and the variables of the tools
)

// ownSession is what it writes if it has a session of its own, and so no terminal.
const ownSession = "in a session of its own"

func TestMain(m *testing.M) {
	switch os.Getenv(fakeMode) {
	case "":
		os.Exit(m.Run())
	case "print":
		if name := os.Getenv(fakeFile); name != "" {
			lines := os.Args[1:]
			for _, variable := range os.Environ() { // not those of the machine: a failed test shows them
				if regexp.MustCompile(`^(RESTIC_|BORG_|KLARITY_|TZ=)`).MatchString(variable) {
					lines = append(lines, variable)
				}
			}
			if stat, err := os.ReadFile("/proc/self/stat"); err == nil { // of Linux: pid (name) state ppid pgrp session
				_, after, _ := strings.Cut(string(stat), ") ")
				if fields := strings.Fields(after); len(fields) > 3 && fields[3] == fmt.Sprint(os.Getpid()) {
					lines = append(lines, ownSession)
				}
			}
			_ = os.WriteFile(name, []byte(strings.Join(lines, "\n")), 0o600)
		}
		fmt.Print(os.Getenv(fakeOut))
		fmt.Fprint(os.Stderr, os.Getenv(fakeErr))
		status := 0
		_, _ = fmt.Sscan(os.Getenv(fakeExit), &status)
		os.Exit(status)
	case "hang": // complaining, with a child that holds the output open, and says when it has begun
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), fakeMode+"=child")
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		fmt.Fprint(os.Stderr, os.Getenv(fakeErr))
		_ = child.Run()
	case "leave": // a child that holds the standard error open, as an ssh with ControlPersist does
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), fakeMode+"=stay")
		child.Stderr = os.Stderr
		_ = child.Start()
		fmt.Print(os.Getenv(fakeOut))
	case "stay":
		tooltest.Wait()
	case "child":
		fmt.Print("[")
		tooltest.Wait()
	}
}

// fake puts this binary into PATH under the name of a tool.
func fake(t *testing.T, program string, env map[string]string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	name := filepath.Join(dir, program)
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if err := os.Link(self, name); err != nil { // on another file system
		from, err := os.Open(self)
		if err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		to, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY, 0o700)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(to, from); err != nil {
			t.Fatal(err)
		}
		to.Close()
	}
	t.Setenv("PATH", dir)
	for _, variable := range []string{EnvResticRepository, EnvResticRepositoryFile, EnvBorgRepository} {
		t.Setenv(variable, "")
	}
	t.Setenv(fakeMode, "print")
	for variable, value := range env {
		t.Setenv(variable, value)
	}
}
