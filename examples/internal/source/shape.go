package source

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/models"
)

// The items in the API's own shape. Of an item that has an error, what stands before the
// error is read, so that its type and id can be told.

func (v *value) record(r *models.EstateRecord) error {
	return v.fields(func(key string) (err error) {
		switch key {
		case "id":
			return v.keep(&r.ID, "an id")
		case "type":
			return v.keep(&r.Type, "a type")
		case "name":
			return v.keep(&r.Name, "a name")
		case "validThrough":
			if err := v.keep(&r.ValidThrough, "validThrough"); err != nil {
				return err
			}
			if r.ValidThrough == "" {
				return errors.New("empty: a month such as 2026-12 is wanted; leave it out to leave it alone")
			}
			return nil
		case "metadata":
			if v.kind() == 'n' {
				return errors.New("null: clear the keys one by one, each with null")
			}
			r.Metadata, err = v.anyObject()
			return err
		case "tags":
			if v.kind() == 'n' {
				return errors.New("null: clear the tags one by one, each with null")
			}
			r.Tags = map[string]*string{}
			return v.tags(r.Tags)
		case "costs":
			if v.kind() == 'n' {
				return errors.New("null: clear the days one by one, each with the value null")
			}
			r.Costs = &models.Costs{}
			return v.costs(r.Costs)
		}
		return errUnknown
	})
}

func (v *value) tags(tags map[string]*string) error {
	return v.object(func(key string) error {
		if _, twice := tags[key]; twice {
			return errTwice
		}
		s, err := v.textOrNull()
		tags[key] = s
		return err
	})
}

func (v *value) costs(c *models.Costs) error {
	return v.fields(func(key string) error {
		switch key {
		case "currency":
			return v.keep(&c.Currency, "a currency")
		case "values":
			return v.array(func(int) error {
				cost, err := v.cost()
				c.Values = append(c.Values, cost)
				return err
			})
		}
		return errUnknown
	})
}

// cost reads one day. The contract lets a day stand without a value and does not say what
// that does; the SDK would send null, which clears it. So it must be said.
func (v *value) cost() (c models.CostElement, err error) {
	var date, amount bool
	err = v.fields(func(key string) error {
		switch key {
		case "date":
			date = true
			s, err := v.text()
			if err != nil {
				return err
			}
			c.Date, err = day(s)
			return err
		case "value":
			amount = true
			if v.kind() == '-' || v.kind() >= '0' && v.kind() <= '9' {
				n := v.word()
				return fmt.Errorf("the number %s must be text: \"%s\"", n, n)
			}
			c.Value, err = v.textOrNull()
			return err
		}
		return errUnknown
	})
	switch {
	case err != nil:
		return c, err
	case !date:
		return c, errors.New(`"date" is missing`)
	case !amount:
		return c, errors.New(`"value" is missing; write null to clear the day's cost`)
	}
	return c, nil
}

func (v *value) locator(l *models.RecordLocator) error {
	return v.fields(func(key string) error {
		switch key {
		case "nid":
			return v.keep((*string)(&l.NID), "a nid")
		case "id":
			return v.keep(&l.ID, "an id")
		case "type":
			return v.keep(&l.Type, "a type")
		case "name":
			return v.keep(&l.Name, "a name")
		}
		return errUnknown
	})
}

func (v *value) enrichment(e *models.Enrichment) error {
	return v.fields(func(key string) (err error) {
		switch key {
		case "record":
			return v.fields(func(key string) error {
				if key != "nid" {
					return errUnknown
				}
				return v.keep((*string)(&e.Record.NID), "a nid")
			})
		case "data":
			e.Data, err = v.anyObject()
			return err
		}
		return errUnknown
	})
}

// keep reads a string that null cannot clear.
func (v *value) keep(s *string, noun string) (err error) {
	if v.kind() == 'n' {
		return errCannotClear(noun)
	}
	*s, err = v.text()
	return err
}

func (v *value) textOrNull() (*string, error) {
	if v.kind() == 'n' {
		v.word()
		return nil, nil
	}
	s, err := v.text()
	return &s, err
}

func day(s string) (strfmt.Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return strfmt.Date{}, fmt.Errorf("%.40q is not a day, written YYYY-MM-DD", s)
	}
	return strfmt.Date(t), nil
}

// name puts what is known of a faulty item into its error.
func name(bad *Error, item any) *Error {
	switch item := item.(type) {
	case *models.EstateRecord:
		bad.Type, bad.ID = item.Type, item.ID
	case *models.RecordLocator:
		bad.Type, bad.ID, bad.NID = item.Type, item.ID, string(item.NID)
	case *models.Enrichment:
		bad.NID = string(item.Record.NID)
	}
	return bad
}
