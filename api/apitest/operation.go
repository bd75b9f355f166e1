package apitest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// An Operation names what a request asks for.
type Operation string

// The operations of the API, by the ids that the contract gives them, and the one of the
// identity service. A request to any other path or with any other method has none ("").
const (
	Upsert Operation = "upsertEstateRecords"
	Delete Operation = "deleteEstateRecords"
	Enrich Operation = "enrichEstateRecords"
	Token  Operation = "token"
)

const tokenPath = "/oauth/token"

// routes are the API's.
var routes = []struct {
	operation    Operation
	method, path string
	items        string // the body's list
}{
	{Upsert, http.MethodPost, "/v1/estateRecords", "records"},
	{Delete, http.MethodDelete, "/v1/estateRecords", "records"},
	{Enrich, http.MethodPost, "/v1/enrichments/estateRecords", "enrichments"},
}

// operationOf returns the operation of a request, "" for none.
func operationOf(method, path string) Operation {
	if path == tokenPath && method == http.MethodPost {
		return Token
	}
	for _, r := range routes {
		if r.path == path && r.method == method {
			return r.operation
		}
	}
	return ""
}

// allowed lists the methods of a path; none means that there is no such path.
func allowed(path string) string {
	var methods []string
	for _, r := range routes {
		if r.path == path {
			methods = append(methods, r.method)
		}
	}
	return strings.Join(methods, ", ")
}

// operate answers a request to the API.
func (e *Emulator) operate(r *http.Request, req *Request, body []byte, tooLarge bool) answer {
	if req.Operation == "" {
		if methods := allowed(r.URL.Path); methods != "" {
			return methodNotAllowed(methods)
		}
		return errorAnswer(http.StatusNotFound, "no such path: "+clip(r.URL.Path))
	}
	number, err := e.authorize(r.Header)
	if err != nil {
		a := errorAnswer(http.StatusUnauthorized, err.Error())
		a.header.Set("WWW-Authenticate", "Bearer")
		return a
	}
	req.Token = number
	if tooLarge {
		return errorAnswer(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is above the limit of %d bytes", e.maxBody))
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return errorAnswer(http.StatusUnsupportedMediaType, "the Content-Type must be application/json")
	}
	if e.drain {
		return jsonAnswer(http.StatusAccepted, map[string]string{"message": "Accepted estate records"})
	}
	return e.accept(req, body)
}

// accept checks a body and applies it.
func (e *Emulator) accept(req *Request, body []byte) answer {
	if len(body) == 0 {
		return errorAnswer(http.StatusBadRequest, "the request has no body")
	}
	value, found, err := parse(body, e.maxObject)
	if err != nil {
		return errorAnswer(http.StatusBadRequest, err.Error())
	}
	items := itemsOf(req.Operation, value)
	req.Items = len(items)

	now := e.clock()
	found = contract()[req.Operation].check(value, make(path, 0, 8), !e.unknownFields, found)
	found = checkProse(req.Operation, value, items, now, found)
	if e.knownOnly {
		found = append(found, e.estate.missing(req.Operation, value, items, now)...)
	}

	bad := make(map[int]bool)
	whole := true
	for _, v := range found {
		i, ok := v.item()
		bad[i] = true
		whole = whole && ok
	}
	if len(found) > 0 && (!whole || !e.partialBatches) {
		return errorAnswer(http.StatusBadRequest, summary(found))
	}
	req.Applied = len(items) - len(bad)
	if !e.forget {
		e.estate.apply(req.Operation, value, items, bad, now)
	}
	if len(found) > 0 {
		return errorAnswer(http.StatusBadRequest, summary(found))
	}
	return jsonAnswer(http.StatusAccepted, map[string]string{
		"message": fmt.Sprintf("Accepted %d estate records", len(items)),
	})
}

// itemsOf returns the records or the enrichments of a body, nil if there are none.
func itemsOf(op Operation, body any) []any {
	object, _ := body.(map[string]any)
	for _, r := range routes {
		if r.operation == op {
			items, _ := object[r.items].([]any)
			return items
		}
	}
	return nil
}

func jsonAnswer(status int, body any) answer {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic("apitest: " + err.Error()) // maps of strings and numbers
	}
	return answer{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: encoded}
}

func errorAnswer(status int, message string) answer {
	return jsonAnswer(status, map[string]string{"error": message})
}

func methodNotAllowed(methods string) answer {
	a := errorAnswer(http.StatusMethodNotAllowed, "the method must be "+methods)
	a.header.Set("Allow", methods)
	return a
}
