package claritytest

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// calls are the handlers of the endpoints.
func (s *Server) calls() map[string]http.HandlerFunc {
	list := func(render func() any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { s.list(w, r, render) }
	}
	return map[string]http.HandlerFunc{
		"GET /v2/datasources":                                  list(s.datasources),
		"GET /v2/subscriptions":                                list(s.subscriptions),
		"GET /v2/devices/nodes":                                list(s.nodes),
		"GET /v2/devices/nodes/status-summary":                 list(s.status),
		"GET /v2/devices/accessory-modules":                    list(s.accessories),
		"POST /v2/recent-datasource-measurements-query":        s.query,
		"POST /v2/recent-datasource-measurements-continuation": s.continuation,
	}
}

// ServeHTTP implements [http.Handler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	call := r.Method + " " + r.URL.Path
	recorder := &recorder{ResponseWriter: w}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.requests = append(s.requests, Request{call, recorder.org, recorder.status, r.Header.Clone()})
	}()
	handler, ok := s.handlers[call]
	if !ok {
		refuse(recorder, http.StatusNotFound, "Not Found")
		return
	}
	if fault := s.fault(call); fault != nil {
		fault(recorder, r)
		return
	}
	if r.Header.Get("X-Api-Key") != s.Key {
		refuse(recorder, http.StatusUnauthorized, "Unauthorized user")
		return
	}
	handler(recorder, r)
}

// recorder notes what is in the log of requests.
type recorder struct {
	http.ResponseWriter
	status int
	org    string
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap is for [http.ResponseController].
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func refuse(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}

// permit checks the Org of a request, and refuses it unless it is the server's.
func (s *Server) permit(w http.ResponseWriter, org string) bool {
	if r, ok := w.(*recorder); ok {
		r.org = org
	}
	switch org {
	case Org:
		return true
	case "":
		refuse(w, http.StatusBadRequest, "org is required")
	default:
		refuse(w, http.StatusForbidden, "Forbidden")
	}
	return false
}

func (s *Server) list(w http.ResponseWriter, r *http.Request, render func() any) {
	if s.permit(w, r.URL.Query().Get("org")) {
		reply(w, r, render())
	}
}

// reply sends a document, packed if the client accepts that.
func reply(w http.ResponseWriter, r *http.Request, document any) {
	body, err := json.Marshal(document)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(body)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(http.StatusOK)
	packer := gzip.NewWriter(w)
	_, _ = packer.Write(body)
	_ = packer.Close()
}

// maxBody bounds the body of a request.
const maxBody = 1 << 20

// query answers a query of recent measurements.
func (s *Server) query(w http.ResponseWriter, r *http.Request) {
	var q struct {
		Org                        string          `json:"org"`
		AllDatasources             bool            `json:"allDatasources"`
		DatasourceIDs              json.RawMessage `json:"datasourceIds"`
		OutputFrequency            string          `json:"outputFrequency"`
		StartTime                  string          `json:"startTime"`
		MetricSelect               string          `json:"metricSelect"`
		QCAssessment               bool            `json:"qcAssessment"`
		ReplyWithContinuationToken bool            `json:"replyWithContinuationToken"`
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || json.Unmarshal(body, &q) != nil {
		refuse(w, http.StatusBadRequest, "the body is no JSON object of a query")
		return
	}
	if !s.permit(w, q.Org) {
		return
	}
	var ids []string
	if q.DatasourceIDs != nil && (json.Unmarshal(q.DatasourceIDs, &ids) != nil || ids == nil) {
		refuse(w, http.StatusBadRequest, "datasourceIds must be a list")
		return
	}
	if q.AllDatasources == (ids != nil) {
		refuse(w, http.StatusBadRequest, "exactly one of allDatasources and datasourceIds is required")
		return
	}
	if q.OutputFrequency != "minute" && q.OutputFrequency != "hour" && q.OutputFrequency != "day" {
		refuse(w, http.StatusBadRequest, "outputFrequency must be minute, hour or day")
		return
	}
	now := s.now()
	since := now.Add(-48 * time.Hour)
	if q.StartTime != "" {
		if since, err = time.Parse(time.RFC3339, q.StartTime); err != nil {
			refuse(w, http.StatusBadRequest, "startTime must be ISO 8601")
			return
		}
	}
	if q.ReplyWithContinuationToken {
		s.issueToken(w, now)
	}
	reply(w, r, s.measurements(json.RawMessage(body), rowFilter{ids, since, now, q.MetricSelect, q.QCAssessment}))
}

// continuation answers with what is newer than an earlier response.
func (s *Server) continuation(w http.ResponseWriter, r *http.Request) {
	var q struct{ Org, ContinuationToken string }
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil || json.Unmarshal(body, &q) != nil {
		refuse(w, http.StatusBadRequest, "the body is no JSON object of a continuation")
		return
	}
	if !s.permit(w, q.Org) {
		return
	}
	s.mu.Lock()
	since, ok := s.tokens[q.ContinuationToken]
	s.mu.Unlock()
	now := s.now()
	if !ok || now.Sub(since) > 24*time.Hour {
		refuse(w, http.StatusBadRequest, "the continuation token is not valid")
		return
	}
	s.issueToken(w, now)
	reply(w, r, s.measurements(nil, rowFilter{since: since, until: now, qc: true}))
}

func (s *Server) issueToken(w http.ResponseWriter, until time.Time) {
	token := newToken()
	s.mu.Lock()
	s.tokens[token] = until
	s.mu.Unlock()
	w.Header().Set("X-Clarity-Continuation-Token", token)
}
