package claritytest

import (
	"encoding/json"
	"math"
	"path"
	"slices"
	"strings"
	"time"
)

// object is a JSON object whose fields may be null, as those of the API may.
type object = map[string]any

// timeLayout is how the API writes times.
const timeLayout = "2006-01-02T15:04:05.000Z"

// orNull is null for a text that is not known.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// enveloped puts a list into an envelope or not: as documented, or the other way round.
func (s *Server) enveloped(key string, documented bool, list []object) any {
	if documented == (s.form != Alternative) {
		return object{"subscribingOrg": Org, key: list}
	}
	return list
}

func (s *Server) datasources() any {
	var list []object
	for _, d := range s.devices.datasources {
		kind := "CLARITY_NODE"
		if d.reference {
			kind = "REFERENCE_SITE"
		}
		tags := d.tags
		if tags == nil {
			tags = []string{}
		}
		list = append(list, object{
			"datasourceId":          d.id,
			"currentSubscriptionId": d.subscription.id,
			"currentSourceId":       orNull(d.source),
			"sourceType":            kind,
			"orgAnnotations":        object{"name": orNull(d.name), "group": orNull(d.group), "tags": tags},
		})
	}
	return s.enveloped("datasources", true, list)
}

func (s *Server) subscriptions() any {
	var list []object
	day := s.now().Truncate(24 * time.Hour)
	for _, d := range s.devices.datasources {
		sub := object{
			"subscriptionId": d.subscription.id, "subscriptionType": d.subscription.kind, "attachedToDatasourceId": d.id,
		}
		if d.subscription.kind != "public" {
			sub["timePeriodStart"] = day.AddDate(0, 0, d.subscription.days-365).Format(timeLayout)
			sub["timePeriodEnd"] = day.AddDate(0, 0, d.subscription.days).Format(timeLayout)
			sub["daysRemaining"] = d.subscription.days
		}
		if d.subscription.kind == "licensed" {
			sub["sharedWith"] = append([]string{}, d.subscription.sharedWith...)
		}
		list = append(list, sub)
	}
	return s.enveloped("subscriptions", true, list)
}

func (s *Server) nodes() any {
	var list []object
	for _, n := range s.devices.nodes {
		if n.foreign {
			continue
		}
		o := object{
			"nodeId": n.id, "sku": n.sku, "model": n.model,
			"lifeStage":              object{"stage": n.stage, "when": "2024-05-06T07:08:09.123Z"},
			"pairedAccessoryModules": []object{},
			"location":               nil,
		}
		if n.module != nil {
			o["pairedAccessoryModules"] = []object{{"accessoryId": n.module.id, "sku": n.module.sku}}
		}
		if n.lat != 0 {
			o["location"] = object{"type": "Point", "coordinates": []float64{n.lon, n.lat}}
		}
		list = append(list, o)
	}
	return s.enveloped("nodes", false, list)
}

func (s *Server) status() any {
	var list []object
	for _, n := range s.devices.nodes {
		if n.foreign {
			continue
		}
		var categories []object
		for _, category := range []string{"activity", "communication", "power", "internalsensors", "accessorymodule"} {
			summary := "OK"
			if category == n.alarm {
				summary = "ALARMS"
			}
			categories = append(categories, object{"alarmCategory": category, "summary": summary})
		}
		o := object{
			"nodeId": n.id, "lastReadingReceivedAt": nil, "summaryPerCategory": categories,
			"batteryChargePercent": nil, "signalLevel": n.signal, "overallStatus": n.health,
		}
		if n.silent >= 0 {
			o["lastReadingReceivedAt"] = s.now().Add(-time.Duration(n.silent)*time.Hour - 4*time.Minute).Format(timeLayout)
		}
		if n.battery >= 0 {
			o["batteryChargePercent"] = n.battery
		}
		list = append(list, o)
	}
	return s.enveloped("nodes", false, list)
}

func (s *Server) accessories() any {
	var list []object
	for _, m := range s.devices.modules {
		o := object{"moduleId": m.id, "sku": m.sku, "status": m.status}
		if m.node != "" {
			o["pairedNode"] = m.node
		}
		list = append(list, o)
	}
	return s.enveloped("accessoryModules", false, list)
}

// rowFilter is what a query asks for.
type rowFilter struct {
	ids          []string // nil: all
	since, until time.Time
	metrics      string // "" or "only A + B", with globs
	qc           bool
}

func (f rowFilter) wants(metric string) bool {
	terms, ok := strings.CutPrefix(f.metrics, "only ")
	if !ok {
		return true
	}
	for _, term := range strings.Split(terms, " + ") {
		if match, err := path.Match(term, metric); err == nil && match {
			return true
		}
	}
	return false
}

// measurements are the hours that ended since a time, the latest three of them at most, newest
// first.
func (s *Server) measurements(request json.RawMessage, f rowFilter) any {
	rows, locations := []object{}, []object{}
	for hour := range 3 {
		end := f.until.Truncate(time.Hour).Add(-time.Duration(hour) * time.Hour)
		if !end.After(f.since) {
			break
		}
		for _, d := range s.devices.datasources {
			if d.source != "" && !s.silent(d.source) && (f.ids == nil || slices.Contains(f.ids, d.id)) {
				rows = append(rows, s.rows(d, end, d.pm25+float64(hour)*0.3, f)...)
			}
		}
	}
	if s.form == Alternative {
		return rows
	}
	for _, d := range s.devices.datasources {
		for _, place := range d.places {
			locations = append(locations, object{"datasourceId": d.id, "lat": place[0], "lon": place[1]})
		}
	}
	document := object{"request": request, "data": rows}
	if len(rows) > 0 {
		document["locations"] = locations
	}
	return document
}

// rows are the metrics of one hour.
func (s *Server) rows(d datasource, end time.Time, pm25 float64, f rowFilter) (rows []object) {
	byMetric := object{"datasourceId": d.id, "startOfPeriod": end.Add(-time.Hour).Format(timeLayout), "endOfPeriod": end.Format(timeLayout)}
	for _, metric := range []struct {
		name  string
		value float64
	}{
		{"pm2_5ConcMass1HourMean", math.Round(pm25*100) / 100},
		{"pm2_5ConcMassNowcastUsEpaAqi", math.Round(pm25 * 4.1)},
		{"no2Conc1HourMean", 12.5},
	} {
		if !f.wants(metric.name) {
			continue
		}
		m := object{"raw": math.Round(metric.value*100+125) / 100, "value": metric.value, "status": "calibrated-ready"}
		if d.uncalibrated {
			m["value"], m["status"] = nil, "calibration-missing"
		}
		if s.form == Alternative {
			if f.qc {
				m["qc"] = "valid"
			}
			byMetric[metric.name] = m
			continue
		}
		m["datasourceId"], m["metric"], m["time"] = d.id, metric.name, end.Format(timeLayout)
		if f.qc {
			m["qcAssessment"] = "valid"
		}
		rows = append(rows, m)
	}
	if s.form == Alternative {
		rows = append(rows, byMetric)
	}
	return rows
}

// silent reports whether a node has sent nothing for hours.
func (s *Server) silent(source string) bool {
	for _, n := range s.devices.nodes {
		if n.id == source {
			return n.silent != 0
		}
	}
	return false
}
