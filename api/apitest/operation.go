package apitest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"
)

// An Operation names the operation of a request.
type Operation string

// The operations of the API, named by their operationId in the contract, the one of the
// identity service, and all those of the GraphQL API. A request with any other path or method
// has none ("").
const (
	Upsert  Operation = "upsertEstateRecords"
	Delete  Operation = "deleteEstateRecords"
	Enrich  Operation = "enrichEstateRecords"
	Token   Operation = "token"
	GraphQL Operation = "graphql"
)

const tokenPath = "/oauth/token"

// routes are the routes of the API.
var routes = []struct {
	operation    Operation
	method, path string
	listField    string // the field of the body that has the items
}{
	{Upsert, http.MethodPost, "/v1/estateRecords", "records"},
	{Delete, http.MethodDelete, "/v1/estateRecords", "records"},
	{Enrich, http.MethodPost, "/v1/enrichments/estateRecords", "enrichments"},
}

// operationOf returns the operation of a request, "" for none.
func operationOf(method, path string) Operation {
	switch {
	case path == tokenPath && method == http.MethodPost:
		return Token
	case path == graphqlPath && method == http.MethodPost:
		return GraphQL
	}
	for _, r := range routes {
		if r.path == path && r.method == method {
			return r.operation
		}
	}
	return ""
}

// allowedMethods lists the methods of a path; "" means that there is no such path.
func allowedMethods(path string) string {
	var methods []string
	for _, r := range routes {
		if r.path == path {
			methods = append(methods, r.method)
		}
	}
	return strings.Join(methods, ", ")
}

// isOwnPath reports whether a path belongs to one of the emulated services.
func isOwnPath(path string) bool {
	return path == tokenPath || path == graphqlPath || allowedMethods(path) != ""
}

// serveAPI processes a request to the API.
func (e *Emulator) serveAPI(r *http.Request, req *Request, body []byte, tooLarge bool) response {
	if req.Operation == "" {
		if methods := allowedMethods(r.URL.Path); methods != "" {
			return methodNotAllowed(methods)
		}
		return errorResponse(http.StatusNotFound, "no such path: "+truncate(r.URL.Path))
	}
	tokenNumber, err := e.authorize(r.Header)
	if err != nil {
		resp := errorResponse(http.StatusUnauthorized, err.Error())
		resp.header.Set("WWW-Authenticate", "Bearer")
		return resp
	}
	req.Token = tokenNumber
	if tooLarge {
		return errorResponse(http.StatusRequestEntityTooLarge, fmt.Sprintf("the body is larger than the limit of %d bytes", e.maxBody))
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return errorResponse(http.StatusUnsupportedMediaType, "the Content-Type must be application/json")
	}
	if e.acceptAll {
		return jsonResponse(http.StatusAccepted, map[string]string{"message": "Accepted estate records"})
	}
	return e.processBody(req, body)
}

// processBody checks a body and applies it to the estate.
func (e *Emulator) processBody(req *Request, body []byte) response {
	if len(body) == 0 {
		return errorResponse(http.StatusBadRequest, "the request has no body")
	}
	value, violations, err := parse(body, e.maxObject)
	if err != nil {
		return errorResponse(http.StatusBadRequest, err.Error())
	}
	items := itemsOf(req.Operation, value)
	req.Items = len(items)

	now := e.clock()
	violations = bodySchemas()[req.Operation].check(value, make(path, 0, 8), !e.unknownFields, violations)
	violations = checkRules(req.Operation, value, items, now, violations)
	if e.knownOnly {
		violations = append(violations, e.estate.findMissing(req.Operation, value, items, now)...)
	}

	invalid := make(map[int]bool)
	allInItems := true
	for _, v := range violations {
		i, ok := v.itemIndex()
		invalid[i] = true
		allInItems = allInItems && ok
	}
	if len(violations) > 0 && (!allInItems || !e.partialBatches) {
		return errorResponse(http.StatusBadRequest, summarize(violations))
	}
	req.Applied = len(items) - len(invalid)
	if !e.stateless {
		e.estate.apply(req.Operation, value, items, invalid, now)
	}
	if len(violations) > 0 {
		return errorResponse(http.StatusBadRequest, summarize(violations))
	}
	return jsonResponse(http.StatusAccepted, map[string]string{
		"message": fmt.Sprintf("Accepted %d estate records", len(items)),
	})
}

// itemsOf returns the records or the enrichments of a body, nil if there are none.
func itemsOf(op Operation, body any) []any {
	object, _ := body.(map[string]any)
	for _, r := range routes {
		if r.operation == op {
			items, _ := object[r.listField].([]any)
			return items
		}
	}
	return nil
}

func jsonResponse(status int, body any) response {
	encoded, err := json.Marshal(body)
	if err != nil {
		panic("apitest: " + err.Error()) // maps of strings and numbers
	}
	return response{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: encoded}
}

func errorResponse(status int, message string) response {
	resp := jsonResponse(status, map[string]string{"error": message})
	resp.reason = message
	return resp
}

func methodNotAllowed(methods string) response {
	resp := errorResponse(http.StatusMethodNotAllowed, "the method must be "+methods)
	resp.header.Set("Allow", methods)
	return resp
}
