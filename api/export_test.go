package api

// FlushesHeld is how many waits for a flush an uploader remembers.
func FlushesHeld[T any](u *Uploader[T]) int {
	u.stream.mu.Lock()
	defer u.stream.mu.Unlock()
	return len(u.stream.results.flush)
}
