package apitest

// Changes returns two counters for programs that show or save what an emulator holds, and need
// not look again while a counter stays the same. state grows whenever the estate or the
// landscape may have changed; requests grows when a request arrives, and when it has its
// response.
func (e *Emulator) Changes() (state, requests uint64) {
	e.estate.mu.RLock()
	state = e.estate.changes
	e.estate.mu.RUnlock()
	e.landscape.mu.RLock()
	state += e.landscape.changes
	e.landscape.mu.RUnlock()
	e.log.mu.Lock()
	defer e.log.mu.Unlock()
	return state, e.log.changes
}
