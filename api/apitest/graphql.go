package apitest

import (
	"errors"
	"fmt"
	"math"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
	"github.com/klarity-go/klarity/api/graphql"
)

const graphqlPath = "/graphql"

// graphqlSchema returns the schema that documents are validated against. Loading it takes
// some milliseconds, so that happens once, on first use.
var graphqlSchema = sync.OnceValue(func() *gql.Schema {
	s, err := gql.Load(graphql.Schema())
	if err != nil {
		panic("apitest: " + err.Error()) // it is part of this module
	}
	return s
})

// landscape is the state behind the GraphQL API.
type landscape struct {
	mu sync.RWMutex // guards the fields below; held while an operation is executed
	Landscape
	keys    []knownKey
	changes uint64
}

func (l *landscape) init(c *config) {
	l.Landscape = c.initial.clone()
	l.identify()
	l.keys = []knownKey{newKnownKey(c.apiKey, time.Time{})}
}

// A graphqlRequest is the body of a request to the GraphQL API, as far as it is valid.
type graphqlRequest struct {
	malformed error          // the body is no request of GraphQL
	invalid   []gql.Error    // the document, or its variables, are not valid
	operation *gql.Operation // nil if there is one of the errors above
}

// prepareGraphQL reads a body. It is called before the request's fault is chosen, so that
// hooks can tell the operations apart.
func (e *Emulator) prepareGraphQL(req *Request, body []byte) graphqlRequest {
	request, err := parseGraphQL(body)
	if err != nil {
		return graphqlRequest{malformed: err}
	}
	req.OperationName = request.OperationName
	op, errs := graphqlSchema().Prepare(request)
	if errs == nil {
		req.OperationName, req.Items = op.Name, op.Len()
	}
	return graphqlRequest{invalid: errs, operation: op}
}

// parseGraphQL returns the fields of a body. As GraphQL's convention for HTTP wants it, other
// fields, such as extensions, are ignored.
func parseGraphQL(body []byte) (r gql.Request, err error) {
	if len(body) == 0 {
		return r, errors.New("the request has no body")
	}
	value, violations, err := parse(body, math.MaxInt)
	switch {
	case err != nil:
		return r, err
	case len(violations) > 0:
		return r, errors.New(summarize(violations))
	}
	object, ok := value.(map[string]any)
	if !ok {
		return r, errors.New("the body is not a JSON object")
	}
	if r.Query, ok = object["query"].(string); !ok {
		return r, errors.New("query: must be a string with the document")
	}
	if v := object["variables"]; v != nil {
		if r.Variables, ok = v.(map[string]any); !ok {
			return r, errors.New("variables: must be an object or null")
		}
	}
	if v := object["operationName"]; v != nil {
		if r.OperationName, ok = v.(string); !ok {
			return r, errors.New("operationName: must be a string or null")
		}
	}
	return r, nil
}

// serveGraphQL processes a request to the GraphQL API.
func (e *Emulator) serveGraphQL(r *http.Request, req *Request, prepared graphqlRequest, tooLarge bool) response {
	if r.Method != http.MethodPost {
		resp := graphqlError(http.StatusMethodNotAllowed, "", "the method must be "+http.MethodPost)
		resp.header.Set("Allow", http.MethodPost)
		return resp
	}
	if err := e.checkKey(r.Header, e.clock()); err != nil {
		return graphqlError(e.keyStatus, "UnauthorizedException", err.Error())
	}
	if tooLarge {
		return graphqlError(http.StatusRequestEntityTooLarge, "", fmt.Sprintf("the body is larger than the limit of %d bytes", e.maxBody))
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return graphqlError(http.StatusUnsupportedMediaType, "", "the Content-Type must be application/json")
	}
	for _, period := range r.Header.Values("X-Billing-Period") {
		if period != string(graphql.BillingPeriodCurrent) && period != string(graphql.BillingPeriodPrevious) {
			return graphqlError(http.StatusBadRequest, "", "the x-billing-period header must be current or previous")
		}
	}
	switch {
	case prepared.malformed != nil:
		return graphqlError(http.StatusBadRequest, "", prepared.malformed.Error())
	case prepared.invalid != nil:
		return graphqlResponse(e.documentStatus, gql.Response{Errors: prepared.invalid})
	}
	return graphqlResponse(http.StatusOK, e.execute(prepared.operation, req))
}

// execute runs an operation on the landscape as a whole: no other mutation takes effect
// in between.
func (e *Emulator) execute(op *gql.Operation, req *Request) gql.Response {
	x := execution{landscape: &e.landscape, config: &e.config, now: e.clock(), applied: &req.Applied}
	if op.Mutation {
		e.landscape.mu.Lock()
		defer e.landscape.mu.Unlock()
		return op.Execute(x.mutations())
	}
	e.landscape.mu.RLock()
	defer e.landscape.mu.RUnlock()
	return op.Execute(x.queries())
}

// An execution resolves the fields of one operation, while landscape.mu is held.
type execution struct {
	landscape *landscape
	config    *config
	now       time.Time
	applied   *int // counts the mutations that took effect
}

// graphqlError returns a response with one error and without data.
func graphqlError(status int, errorType, message string) response {
	return graphqlResponse(status, gql.Response{Errors: []gql.Error{{Message: message, Type: errorType}}})
}

func graphqlResponse(status int, body gql.Response) response {
	resp := jsonResponse(status, body)
	resp.reason = joinErrors(body.Errors)
	return resp
}
