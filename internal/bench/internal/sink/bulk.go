package sink

import (
	"bytes"
	"net/http"
	"strconv"
)

// bulkItem is Elasticsearch's response for one document of a bulk request.
const bulkItem = `{"index":{"_index":"estate","_id":"lic-000000000","_version":1,"result":"created",` +
	`"_shards":{"total":2,"successful":1,"failed":0},"_seq_no":1,"_primary_term":1,"status":201}}`

// serveBulk responds to a bulk request like Elasticsearch without errors: with an item for each
// document. A document takes two lines of the body.
func (s *Server) serveBulk(w http.ResponseWriter, r *http.Request) {
	documents := 0
	err := s.readBody(r.URL.Path, r.Body, true, func(body []byte) { documents = bytes.Count(body, []byte("\n")) / 2 })
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	out := make([]byte, 0, 64+documents*(len(bulkItem)+1))
	out = append(out, `{"took":1,"errors":false,"items":[`...)
	for i := range documents {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, bulkItem...)
	}
	out = append(out, `]}`...)
	w.Header().Set("X-Elastic-Product", "Elasticsearch") // otherwise the client refuses the response
	w.Header().Set("Content-Type", "application/vnd.elasticsearch+json;compatible-with=9")
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	_, _ = w.Write(out)
}
