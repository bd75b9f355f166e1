package far

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

// Version is what a record's name says: its position in the input.
func Version(name string) int {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "v"))
	if err != nil {
		return -1
	}
	return n
}

// Name is the name that carries a version.
func Name(version int) string { return "v" + strconv.Itoa(version) }

func estateOf(e *apitest.Emulator) map[string]int {
	estate := make(map[string]int)
	for _, r := range e.Records() {
		estate[r.ID] = Version(r.Name)
	}
	return estate
}

// requestsOf reads the emulator's log; read tells when each request had come whole. Bodies are not checked: the emulator has done so.
func requestsOf(e *apitest.Emulator, read map[int]time.Time) []Request {
	var all []Request
	for _, r := range e.Requests() {
		if r.Operation != apitest.Upsert {
			continue
		}
		var body struct {
			Records []struct {
				Name string `json:"name"`
			} `json:"records"`
		}
		_ = json.Unmarshal(r.Body, &body) // one that broke off has no records
		req := Request{Attempt: r.Header.Get(AttemptHeader), Read: read[r.Index], Status: r.Status, Applied: r.Applied > 0}
		for _, record := range body.Records {
			req.Versions = append(req.Versions, Version(record.Name))
		}
		all = append(all, req)
	}
	return all
}
