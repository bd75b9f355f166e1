package source

import (
	"errors"
	"fmt"
	"strings"

	"github.com/klarity-go/klarity/models"
)

func recordTable(d Decimal) table[models.EstateRecord] {
	return table[models.EstateRecord]{
		columnNames:   "id, type, name, validThrough, currency, tag.KEY, meta.KEY, meta.KEY.SUB, cost.YYYY-MM-DD",
		checkComplete: requireIDAndType,
		column: func(heading string) (func(*models.EstateRecord, cell) error, error) {
			return recordColumn(heading, d)
		},
		finish: func(r *models.EstateRecord) {
			// A currency without a cost in the row is ignored: sheets have it in every row.
			if r.Costs != nil && len(r.Costs.Values) == 0 {
				r.Costs = nil
			}
		},
	}
}

func recordColumn(heading string, d Decimal) (func(*models.EstateRecord, cell) error, error) {
	type record = models.EstateRecord
	switch heading {
	case "id":
		return stringColumn(func(r *record) *string { return &r.ID }, "an id"), nil
	case "type":
		return stringColumn(func(r *record) *string { return &r.Type }, "a type"), nil
	case "name":
		return stringColumn(func(r *record) *string { return &r.Name }, "a name"), nil
	case "validThrough":
		set := stringColumn(func(r *record) *string { return &r.ValidThrough }, "validThrough")
		return func(r *record, c cell) error {
			if c.kind == cellDate {
				c.text = c.text[:len("2026-11")] // a month, which a spreadsheet holds as its first day
			}
			return set(r, c)
		}, nil
	case "currency":
		return stringColumn(func(r *record) *string { return &costsOf(r).Currency }, "a currency"), nil
	}
	switch prefix, key, _ := strings.Cut(heading, "."); prefix {
	case "tag":
		return tagColumn(key)
	case "meta":
		if key == "tags" || strings.HasPrefix(key, "tags.") {
			return nil, errors.New(`the API reserves the key "tags" in metadata: use tag.KEY for tags`)
		}
		return objectColumn(key, func(r *record) *map[string]any { return &r.Metadata })
	case "cost":
		return costColumn(key, d)
	}
	return nil, nil
}

func tagColumn(key string) (func(*models.EstateRecord, cell) error, error) {
	if key == "" {
		return nil, errors.New("the tag's key is missing, as in tag.environment")
	}
	return func(r *models.EstateRecord, c cell) error {
		if r.Tags == nil {
			r.Tags = map[string]*string{}
		}
		r.Tags[key] = nullableString(c.text)
		return nil
	}, nil
}

func costColumn(key string, d Decimal) (func(*models.EstateRecord, cell) error, error) {
	date, err := parseDay(key)
	if err != nil {
		return nil, err
	}
	return func(r *models.EstateRecord, c cell) error {
		amount, err := d.amount(c)
		if err != nil {
			return err
		}
		costs := costsOf(r)
		costs.Values = append(costs.Values, models.CostElement{Date: date, Value: nullableString(amount)})
		return nil
	}, nil
}

func costsOf(r *models.EstateRecord) *models.Costs {
	if r.Costs == nil {
		r.Costs = &models.Costs{}
	}
	return r.Costs
}

func locatorTable() table[models.RecordLocator] {
	type locator = models.RecordLocator
	return table[locator]{
		columnNames:   "nid, id, type, name",
		ignoreUnknown: true,
		checkComplete: func(has func(string) bool) error {
			if has("nid") {
				return nil
			}
			return requireIDAndType(has)
		},
		column: func(heading string) (func(*locator, cell) error, error) {
			switch heading {
			case "nid":
				return stringColumn(func(l *locator) *string { return (*string)(&l.NID) }, "a nid"), nil
			case "id":
				return stringColumn(func(l *locator) *string { return &l.ID }, "an id"), nil
			case "type":
				return stringColumn(func(l *locator) *string { return &l.Type }, "a type"), nil
			case "name":
				return stringColumn(func(l *locator) *string { return &l.Name }, "a name"), nil
			}
			return nil, nil
		},
	}
}

func enrichmentTable() table[models.Enrichment] {
	type enrichment = models.Enrichment
	return table[enrichment]{
		columnNames:   "nid, data.KEY, data.KEY.SUB",
		checkComplete: func(has func(string) bool) error { return requireColumns(has, "nid") },
		column: func(heading string) (func(*enrichment, cell) error, error) {
			if heading == "nid" {
				return stringColumn(func(e *enrichment) *string { return (*string)(&e.Record.NID) }, "a nid"), nil
			}
			if key, ok := strings.CutPrefix(heading, "data."); ok {
				return objectColumn(key, func(e *enrichment) *map[string]any { return &e.Data })
			}
			return nil, nil
		},
	}
}

func requireIDAndType(has func(string) bool) error { return requireColumns(has, "id", "type") }

func requireColumns(has func(string) bool, columns ...string) error {
	for _, c := range columns {
		if !has(c) {
			return fmt.Errorf("there is no column %q", c)
		}
	}
	return nil
}

// stringColumn sets a field that null cannot clear.
func stringColumn[T any](field func(*T) *string, noun string) func(*T, cell) error {
	return func(item *T, c cell) error {
		if c.text == null {
			return errCannotClear(noun)
		}
		*field(item) = c.text
		return nil
	}
}

// maxLevels is how deep a column may set a value in an object.
const maxLevels = 100

// objectColumn sets the value at a dotted path of an object.
func objectColumn[T any](path string, object func(*T) *map[string]any) (func(*T, cell) error, error) {
	if strings.Count(path, ".") >= maxLevels {
		return nil, fmt.Errorf("more than %d levels", maxLevels)
	}
	keys := strings.Split(path, ".")
	for _, k := range keys {
		if k == "" {
			return nil, errors.New("empty key: the path begins or ends with a dot, or has two in a row")
		}
	}
	last := len(keys) - 1
	return func(item *T, c cell) error {
		m := object(item)
		for _, k := range keys[:last] {
			if *m == nil {
				*m = map[string]any{}
			}
			inner, _ := (*m)[k].(map[string]any)
			if inner == nil {
				inner = map[string]any{}
				(*m)[k] = inner
			}
			m = &inner
		}
		if *m == nil {
			*m = map[string]any{}
		}
		if c.text == null {
			(*m)[keys[last]] = nil
		} else {
			(*m)[keys[last]] = c.text
		}
		return nil
	}, nil
}

func nullableString(text string) *string {
	if text == null {
		return nil
	}
	return &text
}
