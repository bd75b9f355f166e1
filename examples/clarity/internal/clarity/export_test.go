package clarity

import "time"

// SetRequestTimeout sets how long one request of the client may take.
func SetRequestTimeout(c *Client, d time.Duration) { c.timeout = d }
