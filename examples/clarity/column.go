package main

import (
	"errors"

	"github.com/klarity-go/klarity/api"
)

// reason is what is wrong with a record, without its name.
func reason(err error) error {
	if e, ok := errors.AsType[*api.RecordError](err); ok {
		return e.Err
	}
	return err
}

// ofColumn names the column of the file in place of the field of a record.
func ofColumn(err error) error {
	e, ok := errors.AsType[*api.FieldError](err)
	if !ok {
		return err
	}
	named := *e
	switch e.Field {
	case "costs.currency":
		named.Field = "currency"
	case "costs.values[0].value":
		named.Field = "price"
	case "record.nid":
		named.Field = "nid"
	}
	return &named
}
