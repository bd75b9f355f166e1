package claritytest

import (
	"context"
	"fmt"
	"net"
	"net/http"
)

// LoopbackOnly makes http.DefaultTransport, and with it all clients of the SDK that are made from
// then on, refuse to connect to other machines. A test binary calls it first: a test that has
// forgotten to name a server must not reach the real one.
func LoopbackOnly() {
	t := &http.Transport{}
	var d net.Dialer
	t.DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(addr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			return nil, fmt.Errorf("a test wants to connect to %s", addr)
		}
		return d.DialContext(ctx, network, addr)
	}
	http.DefaultTransport = t
}
