// Package usage tells what a process has used of the machine.
package usage

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// CPU is what this process has used of the processors, in user mode and in the kernel.
func CPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// PeakResident is the largest size that this process has had in memory, in bytes, with the
// pages of the program itself. (The figure of getrusage would not do: a process inherits
// it from the one that started it.)
func PeakRSS() (int64, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if value, found := strings.CutPrefix(lines.Text(), "VmHWM:"); found {
			var kB int64
			_, err := fmt.Sscanf(value, "%d kB", &kB)
			return kB << 10, err
		}
	}
	return 0, errors.New("/proc/self/status has no VmHWM")
}
