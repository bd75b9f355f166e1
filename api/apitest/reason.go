package apitest

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
)

// maxReason bounds the bytes of Request.Reason.
const maxReason = 1000

// loggedReason returns why a request was refused, or why it got no response or not a whole
// one.
func (resp response) loggedReason() string {
	switch {
	case resp.err != nil:
		return cut("no response: " + resp.err.Error())
	case resp.reason != "":
		return cut(resp.reason)
	case resp.truncated:
		return "a fault broke off the response"
	case resp.endless:
		return "a fault made the response endless"
	}
	return ""
}

// reason returns why a fault refused a request, "" if it did not.
func (f *Fault) reason() string {
	var body struct {
		Error  string
		Errors []gql.Error
	}
	_ = json.Unmarshal([]byte(f.Body), &body) // anything else has neither
	switch {
	case len(body.Errors) > 0:
		return "a fault: " + joinErrors(body.Errors)
	case f.Status < http.StatusMultipleChoices:
		return ""
	case body.Error != "":
		return "a fault: " + body.Error
	case http.StatusText(f.Status) != "":
		return "a fault: " + http.StatusText(f.Status)
	}
	return "a fault"
}

// joinErrors returns the messages of errors of GraphQL, each with its path.
func joinErrors(errs []gql.Error) string {
	var b strings.Builder
	for i, err := range errs {
		if b.Len() > maxReason {
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		if at := pathOf(err); len(at) > 0 {
			b.WriteString(at.String() + ": ")
		}
		b.WriteString(err.Message)
	}
	return b.String()
}

func pathOf(err gql.Error) (at path) {
	for _, element := range err.Path {
		name, _ := element.(string)
		index, isIndex := element.(int)
		at = append(at, step{name, index, isIndex})
	}
	return at
}

// cut returns at most maxReason bytes of a reason.
func cut(s string) string {
	if len(s) > maxReason {
		s = s[:maxReason-len("…")] + "…"
	}
	return strings.ToValidUTF8(s, "")
}
