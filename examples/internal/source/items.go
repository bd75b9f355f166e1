package source

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/models"
)

// This file decodes items in the API's own JSON form. An item with an error is decoded up to
// the error, so that the error can name its type and id.

func (d *decoder) record(r *models.EstateRecord) error {
	return d.fields(func(key string) (err error) {
		switch key {
		case "id":
			return d.nonNullString(&r.ID, "an id")
		case "type":
			return d.nonNullString(&r.Type, "a type")
		case "name":
			return d.nonNullString(&r.Name, "a name")
		case "validThrough":
			if err := d.nonNullString(&r.ValidThrough, "validThrough"); err != nil {
				return err
			}
			if r.ValidThrough == "" {
				return errors.New("empty: give a month such as 2026-12, or omit the field to keep what is stored")
			}
			return nil
		case "metadata":
			if d.peek() == 'n' {
				return errors.New("null: clear the keys one by one, each with null")
			}
			r.Metadata, err = d.anyObject()
			return err
		case "tags":
			if d.peek() == 'n' {
				return errors.New("null: clear the tags one by one, each with null")
			}
			r.Tags = map[string]*string{}
			return d.tags(r.Tags)
		case "costs":
			if d.peek() == 'n' {
				return errors.New("null: clear the days one by one, each with the value null")
			}
			r.Costs = &models.Costs{}
			return d.costs(r.Costs)
		}
		return errUnknown
	})
}

func (d *decoder) tags(tags map[string]*string) error {
	return d.object(func(key string) error {
		if _, duplicate := tags[key]; duplicate {
			return errDuplicate
		}
		s, err := d.nullableString()
		tags[key] = s
		return err
	})
}

func (d *decoder) costs(c *models.Costs) error {
	return d.fields(func(key string) error {
		switch key {
		case "currency":
			return d.nonNullString(&c.Currency, "a currency")
		case "values":
			return d.array(func(int) error {
				cost, err := d.cost()
				c.Values = append(c.Values, cost)
				return err
			})
		}
		return errUnknown
	})
}

// cost decodes the cost of one day, which must have a value. The contract permits a day
// without one, but does not say what it does; the SDK would send null, which clears the day.
func (d *decoder) cost() (c models.CostElement, err error) {
	var hasDate, hasValue bool
	err = d.fields(func(key string) error {
		switch key {
		case "date":
			hasDate = true
			s, err := d.stringValue()
			if err != nil {
				return err
			}
			c.Date, err = parseDay(s)
			return err
		case "value":
			hasValue = true
			if d.peek() == '-' || d.peek() >= '0' && d.peek() <= '9' {
				return errNumber(d.literal())
			}
			c.Value, err = d.nullableString()
			return err
		}
		return errUnknown
	})
	switch {
	case err != nil:
		return c, err
	case !hasDate:
		return c, errors.New(`"date" is missing`)
	case !hasValue:
		return c, errors.New(`"value" is missing; write null to clear the day's cost`)
	}
	return c, nil
}

// errNumber is the error for a number in place of an amount, which is text. What it advises is
// accepted then.
func errNumber(n string) error {
	if strings.HasPrefix(n, "-") {
		return fmt.Errorf("the number %.40s must be a string, and the API takes no negative amounts", n)
	}
	text := n
	if strings.ContainsAny(n, "eE") {
		var err error
		if text, err = plainNumber(n); err != nil {
			return fmt.Errorf("the number %.40s must be a string without exponent", n)
		}
	}
	return fmt.Errorf("the number %.40s must be a string: \"%.40s\"", n, text)
}

func (d *decoder) locator(l *models.RecordLocator) error {
	return d.fields(func(key string) error {
		switch key {
		case "nid":
			return d.nonNullString((*string)(&l.NID), "a nid")
		case "id":
			return d.nonNullString(&l.ID, "an id")
		case "type":
			return d.nonNullString(&l.Type, "a type")
		case "name":
			return d.nonNullString(&l.Name, "a name")
		}
		return errUnknown
	})
}

func (d *decoder) enrichment(e *models.Enrichment) error {
	return d.fields(func(key string) (err error) {
		switch key {
		case "record":
			return d.fields(func(key string) error {
				if key != "nid" {
					return errUnknown
				}
				return d.nonNullString((*string)(&e.Record.NID), "a nid")
			})
		case "data":
			e.Data, err = d.anyObject()
			return err
		}
		return errUnknown
	})
}

// nonNullString decodes a string into s and refuses null, because the API cannot clear it.
func (d *decoder) nonNullString(s *string, noun string) (err error) {
	if d.peek() == 'n' {
		return errCannotClear(noun)
	}
	*s, err = d.stringValue()
	return err
}

func (d *decoder) nullableString() (*string, error) {
	if d.peek() == 'n' {
		d.literal()
		return nil, nil
	}
	s, err := d.stringValue()
	return &s, err
}

func parseDay(s string) (strfmt.Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return strfmt.Date{}, fmt.Errorf("%.40q is not a date of the form YYYY-MM-DD", s)
	}
	return strfmt.Date(t), nil
}

// withItemKey adds the type, id and nid of an invalid item to its error, as far as they are
// known.
func withItemKey(itemErr *Error, item any) *Error {
	switch item := item.(type) {
	case *models.EstateRecord:
		itemErr.Type, itemErr.ID = item.Type, item.ID
	case *models.RecordLocator:
		itemErr.Type, itemErr.ID, itemErr.NID = item.Type, item.ID, string(item.NID)
	case *models.Enrichment:
		itemErr.NID = string(item.Record.NID)
	}
	return itemErr
}
