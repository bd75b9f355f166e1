package apitest

import (
	"fmt"
	"time"
)

// checkRules appends to violations what breaks a rule that the contract states in its text
// but not in its schemas. It ignores values of the wrong type, which the schemas find.
func checkRules(op Operation, body any, items []any, now time.Time, violations []violation) []violation {
	object, _ := body.(map[string]any)
	list := path{{key: "records"}}
	check := checkLocator
	switch op {
	case Upsert:
		period := periodOf(object["insertInPeriod"], now)
		check = func(record map[string]any, at path) []violation { return checkRecord(record, at, period) }
	case Enrich:
		list, check = path{{key: "enrichments"}}, checkEnrichment
	}
	for i, item := range items {
		if item, ok := item.(map[string]any); ok {
			violations = append(violations, check(item, append(list, step{index: i, isIndex: true}))...)
		}
	}
	return violations
}

func checkRecord(record map[string]any, at path, period month) []violation {
	var violations []violation
	for _, name := range []string{"id", "type"} {
		if record[name] == "" {
			violations = append(violations, violation{at.key(name), "must not be empty"})
		}
	}
	if metadata, ok := record["metadata"].(map[string]any); ok {
		if _, ok := metadata["tags"]; ok {
			violations = append(violations, violation{at.key("metadata").key("tags"), "is a reserved key"})
		}
	}
	// Both are YYYY-MM, which sorts as strings. The schema checks the form.
	if through, ok := record["validThrough"].(string); ok && through < period.String() {
		violations = append(violations, violation{at.key("validThrough"), "must not be before the period " + period.String()})
	}
	if costs, ok := record["costs"].(map[string]any); ok {
		violations = append(violations, checkCosts(costs, at.key("costs"))...)
	}
	return violations
}

func checkCosts(costs map[string]any, at path) []violation {
	var violations []violation
	if currency, ok := costs["currency"].(string); ok && !isCurrency(currency) {
		violations = append(violations, violation{at.key("currency"), fmt.Sprintf("%q is not a code of ISO 4217 that is in use, or was since 2015", currency)})
	}
	values, _ := costs["values"].([]any)
	seen := make(map[string]bool, len(values))
	for i, v := range values {
		element, _ := v.(map[string]any)
		date, ok := element["date"].(string)
		if !ok {
			continue
		}
		if seen[date] {
			violations = append(violations, violation{at.key("values").item(i).key("date"), truncate(date) + " is a duplicate date"})
		}
		seen[date] = true
	}
	return violations
}

func checkLocator(record map[string]any, at path) []violation {
	if _, ok := record["nid"]; ok {
		return nil
	}
	id, _ := record["id"].(string)
	typ, _ := record["type"].(string)
	if id == "" || typ == "" {
		return []violation{{at.clone(), "must have a nid, or an id and a type"}}
	}
	return nil
}

func checkEnrichment(enrichment map[string]any, at path) []violation {
	record, ok := enrichment["record"].(map[string]any)
	if !ok {
		return nil
	}
	if _, ok := record["nid"]; !ok {
		return []violation{{at.key("record").key("nid"), "is required"}}
	}
	return nil
}
