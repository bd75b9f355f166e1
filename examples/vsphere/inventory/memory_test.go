package inventory_test

import (
	"bufio"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"

	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
)

// serveMachines is the variable that makes a process of this test serve a vCenter with so many
// machines, until its standard input ends.
const serveMachines = "KLARITY_TEST_SERVE_MACHINES"

func serve(machines string) {
	n, err := strconv.Atoi(machines)
	if err != nil {
		panic(err)
	}
	v, err := simulated.Start(n, false)
	if err != nil {
		panic(err)
	}
	defer v.Close()
	fmt.Println(v.URL, v.Password)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// inAnotherProcess starts a vCenter in a process of its own, so that its memory is not counted.
func inAnotherProcess(t *testing.T, machines int) inventory.Config {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", serveMachines, machines))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	var address, password string
	if _, err := fmt.Fscan(bufio.NewReader(out), &address, &password); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return inventory.Config{URL: u, Username: simulated.Username, Password: inventory.Secret(password)}
}

// peak reads all records, holds none of them, and returns the largest heap that was in use.
func peak(t *testing.T, machines int) (heap uint64) {
	t.Helper()
	s, err := inventory.Open(t.Context(), inAnotherProcess(t, machines))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	n := 0
	for _, err := range s.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n%250 == 0 {
			runtime.GC()
			var stats runtime.MemStats
			runtime.ReadMemStats(&stats)
			heap = max(heap, stats.HeapAlloc)
		}
	}
	if n != machines+others {
		t.Fatalf("got %d records, want %d", n, machines+others)
	}
	return heap
}

// Four times as many machines need no more memory, but for what is held of each to know it again.
func TestMemoryStaysFlat(t *testing.T) {
	const few, many, each = 250, 1000, 400
	small, large := peak(t, few), peak(t, many)
	if limit := small + (many-few)*each + 1<<20; large > limit {
		t.Errorf("got %d bytes with %d machines and %d with %d, want at most %d", large, many, small, few, limit)
	}
	t.Logf("%d bytes with %d machines, %d with %d", small, few, large, many)
}
