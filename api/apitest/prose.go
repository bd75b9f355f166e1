package apitest

import (
	"fmt"
	"time"
)

// checkProse adds to found what breaks a rule that the contract has in words and no
// schema can say. It looks only at values of the right type; the schema finds the others.
func checkProse(op Operation, body any, items []any, now time.Time, found []violation) []violation {
	object, _ := body.(map[string]any)
	list := path{{key: "records"}}
	check := checkLocator
	switch op {
	case Upsert:
		since := periodOf(object["insertInPeriod"], now)
		check = func(record map[string]any, at path) []violation { return checkRecord(record, at, since) }
	case Enrich:
		list, check = path{{key: "enrichments"}}, checkEnrichment
	}
	for i, item := range items {
		if item, ok := item.(map[string]any); ok {
			found = append(found, check(item, append(list, step{index: i, item: true}))...)
		}
	}
	return found
}

func checkRecord(record map[string]any, at path, since month) []violation {
	var found []violation
	for _, name := range []string{"id", "type"} {
		if record[name] == "" {
			found = append(found, violation{at.key(name), "must not be empty"})
		}
	}
	if metadata, ok := record["metadata"].(map[string]any); ok {
		if _, ok := metadata["tags"]; ok {
			found = append(found, violation{at.key("metadata").key("tags"), "is a reserved key"})
		}
	}
	// Both are YYYY-MM, so they compare as strings do. The schema sees to the form.
	if through, ok := record["validThrough"].(string); ok && through < since.String() {
		found = append(found, violation{at.key("validThrough"), "must not be before the period " + since.String()})
	}
	if costs, ok := record["costs"].(map[string]any); ok {
		found = append(found, checkCosts(costs, at.key("costs"))...)
	}
	return found
}

func checkCosts(costs map[string]any, at path) []violation {
	var found []violation
	if currency, ok := costs["currency"].(string); ok && !activeCurrency(currency) {
		found = append(found, violation{at.key("currency"), fmt.Sprintf("%q is no active ISO 4217 code", currency)})
	}
	values, _ := costs["values"].([]any)
	days := make(map[string]bool, len(values))
	for i, v := range values {
		element, _ := v.(map[string]any)
		date, ok := element["date"].(string)
		if !ok {
			continue
		}
		if days[date] {
			found = append(found, violation{at.key("values").item(i).key("date"), clip(date) + " is there twice"})
		}
		days[date] = true
	}
	return found
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
