//go:build unix

package tool

import (
	"os/exec"
	"syscall"
)

// setGroup gives a tool a session of its own: so it has no terminal to ask for a password, and it
// can be ended with what it has started, such as ssh.
func setGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

func endGroup(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }

func killGroup(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
