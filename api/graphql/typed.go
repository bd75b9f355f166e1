package graphql

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	genqlient "github.com/Khan/genqlient/graphql"

	"github.com/klarity-go/klarity/api/graphql/operations"
)

// generated is a client as the functions of package operations want it.
type generated struct {
	c       *Client
	secrets secrets
}

// MakeRequest sends a generated operation. It decodes data beside errors, too.
func (g generated) MakeRequest(ctx context.Context, req *genqlient.Request, resp *genqlient.Response) error {
	return g.c.do(ctx, req.Query, req.Variables, resp.Data, g.secrets)
}

// created returns the ID of what a mutation created. The API has claimed success: when there
// is no ID beside that, nobody knows what was done.
func created(name string, c *operations.Created, err error) (id string, _ error) {
	if c != nil {
		id = c.ID
	}
	if err == nil && id == "" {
		err = incomplete("mutation", name, "the ID of what was created")
	}
	return id, err
}

// incomplete is the error of a response that claims success and lacks what it was asked for.
func incomplete(kind, name, what string) *Error {
	return &Error{Operation: kind, Name: name, StatusCode: http.StatusOK, Attempts: 1, Err: &missingError{what}, unknown: kind == "mutation"}
}

// missingError says what a response lacks.
type missingError struct{ what string }

func (e *missingError) Error() string        { return "the response lacks " + e.what }
func (e *missingError) Is(target error) bool { return target == ErrResponse }

// field is a value that a mutation needs.
type field struct{ name, value string }

// need reports, all at once, which fields a mutation lacks, and which would arrive as another
// text: in a literal, what is not UTF-8 would be replaced.
func need(mutation string, fields ...field) error {
	var errs []error
	for _, f := range fields {
		if f.value == "" {
			errs = append(errs, fmt.Errorf("%s: %s is missing", mutation, f.name))
		} else if !utf8.ValidString(f.value) {
			errs = append(errs, fmt.Errorf("%s: %s is not UTF-8", mutation, f.name))
		}
	}
	if errs == nil {
		return nil
	}
	return &configError{errors.Join(errs...)}
}
