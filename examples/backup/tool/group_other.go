//go:build !unix

package tool

import "os/exec"

// Where there are no process groups, a tool is killed alone.

func setGroup(*exec.Cmd) {}

func endGroup(cmd *exec.Cmd) error { return cmd.Process.Kill() }

func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
