package source

import (
	"errors"
	"fmt"
	"strings"

	"github.com/klarity-go/klarity/models"
)

func recordTable() table[models.EstateRecord] {
	return table[models.EstateRecord]{
		columnNames:   "id, type, name, validThrough, currency, tag.KEY, meta.KEY, meta.KEY.SUB, cost.YYYY-MM-DD",
		checkComplete: requireIDAndType,
		column:        recordColumn,
		finish: func(r *models.EstateRecord) {
			// A currency without a cost in the row is ignored: sheets have it in every row.
			if r.Costs != nil && len(r.Costs.Values) == 0 {
				r.Costs = nil
			}
		},
	}
}

func recordColumn(heading string) (func(*models.EstateRecord, string) error, error) {
	type record = models.EstateRecord
	switch heading {
	case "id":
		return stringColumn(func(r *record) *string { return &r.ID }, "an id"), nil
	case "type":
		return stringColumn(func(r *record) *string { return &r.Type }, "a type"), nil
	case "name":
		return stringColumn(func(r *record) *string { return &r.Name }, "a name"), nil
	case "validThrough":
		return stringColumn(func(r *record) *string { return &r.ValidThrough }, "validThrough"), nil
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
		return costColumn(key)
	}
	return nil, nil
}

func tagColumn(key string) (func(*models.EstateRecord, string) error, error) {
	if key == "" {
		return nil, errors.New("the tag's key is missing, as in tag.environment")
	}
	return func(r *models.EstateRecord, cell string) error {
		if r.Tags == nil {
			r.Tags = map[string]*string{}
		}
		r.Tags[key] = nullableString(cell)
		return nil
	}, nil
}

func costColumn(key string) (func(*models.EstateRecord, string) error, error) {
	date, err := parseDay(key)
	if err != nil {
		return nil, err
	}
	return func(r *models.EstateRecord, cell string) error {
		c := costsOf(r)
		c.Values = append(c.Values, models.CostElement{Date: date, Value: nullableString(cell)})
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
		columnNames: "nid, id, type, name",
		checkComplete: func(has func(string) bool) error {
			if has("nid") {
				return nil
			}
			return requireIDAndType(has)
		},
		column: func(heading string) (func(*locator, string) error, error) {
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
		column: func(heading string) (func(*enrichment, string) error, error) {
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
func stringColumn[T any](field func(*T) *string, noun string) func(*T, string) error {
	return func(item *T, cell string) error {
		if cell == null {
			return errCannotClear(noun)
		}
		*field(item) = cell
		return nil
	}
}

// objectColumn sets the value at a dotted path of an object.
func objectColumn[T any](path string, object func(*T) *map[string]any) (func(*T, string) error, error) {
	keys := strings.Split(path, ".")
	for _, k := range keys {
		if k == "" {
			return nil, errors.New("empty key: the path begins or ends with a dot, or has two in a row")
		}
	}
	last := len(keys) - 1
	return func(item *T, cell string) error {
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
		if cell == null {
			(*m)[keys[last]] = nil
		} else {
			(*m)[keys[last]] = cell
		}
		return nil
	}, nil
}

func nullableString(cell string) *string {
	if cell == null {
		return nil
	}
	return &cell
}
