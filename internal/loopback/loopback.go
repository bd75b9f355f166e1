// Package loopback keeps tests on this machine. A test binary that imports it has an
// http.DefaultTransport, of which the SDK's own transports are copies, that connects to
// loopback addresses and refuses all others, before it looks up a name: no test sends anything
// to Klarity, also when the code under test is broken.
package loopback

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

func init() {
	t := http.DefaultTransport.(*http.Transport)
	dial := t.DialContext
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !local(addr) {
			return nil, fmt.Errorf("a test connects to %s, which is not a loopback address", addr)
		}
		return dial(ctx, network, addr)
	}
}

func local(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
