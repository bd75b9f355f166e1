// Package tooltest helps test binaries that play a tool which does not end.
package tooltest

import (
	"context"
	"io"
	"net"
	"os"
	"testing"
)

// address is the variable that tells a tool where the test is that it waits for.
const address = "FAKE_TOOL_HOLD"

// Hold makes processes that the test starts, and that call Wait, wait until the test ends. begun
// receives a value for each of them.
func Hold(t *testing.T) (begun <-chan struct{}) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(address, listener.Addr().String())
	waiting, done := make(chan struct{}, 16), make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the test has ended
			}
			defer func() { _ = conn.Close() }() // when it has: the process goes on
			waiting <- struct{}{}
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return waiting
}

// Wait waits until the test that has called Hold ends, in whatever way.
func Wait() {
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", os.Getenv(address))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, conn)
}
