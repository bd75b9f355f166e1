package main

import (
	"strings"
	"time"

	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/models"
)

// The metrics that the status has. Which one a query brings depends on its frequency.
const (
	pm25Hour   = "pm2_5ConcMass1HourMean"
	pm25Single = "pm2_5ConcMassIndividual"
	aqiNowcast = "pm2_5ConcMassNowcastUsEpaAqi"
)

// latest are the newest measurements of a datasource, of each kind, or nil.
type latest struct {
	pm25, aqi *models.Measurement
	seen      time.Time // the newest of all metrics
}

// newestOf finds the newest measurements of each datasource. They come newest first, so of two
// with the same time, or with none that can be read, the first counts.
func newestOf(rows []*models.Measurement) map[string]*latest {
	found := map[string]*latest{}
	newer := func(than, m *models.Measurement) *models.Measurement {
		if than == nil || clarity.Time(m).After(clarity.Time(than)) {
			return m
		}
		return than
	}
	for _, m := range rows {
		l := found[m.DatasourceID]
		if l == nil {
			l = &latest{}
			found[m.DatasourceID] = l
		}
		if t := clarity.Time(m); t.After(l.seen) {
			l.seen = t
		}
		switch m.Metric {
		case pm25Hour, pm25Single:
			l.pm25 = newer(l.pm25, m)
		case aqiNowcast:
			l.aqi = newer(l.aqi, m)
		}
	}
	return found
}

// status is the latest status of a datasource. As in the metadata of a record, null is what is
// not there, and what is not known is absent.
func (b *builder) status(d *models.Datasource) map[string]any {
	s := map[string]any{}
	if !b.wantsStatus() {
		return s
	}
	newest := b.latestByID[d.DatasourceID]
	if newest == nil {
		newest = &latest{}
	}
	if b.snapshot.status.known {
		addHealth(s, b.stateByID[d.CurrentSourceID])
	}
	if b.snapshot.measurements.known {
		addMeasurements(s, newest)
		if s["last_seen"] == nil && !newest.seen.IsZero() { // a reference site has no other
			s["last_seen"] = newest.seen.UTC().Format(time.RFC3339Nano)
		}
	}
	if b.snapshot.subscriptions.known {
		s["subscription_days_remaining"] = nil
		if sub := b.subscription(d); sub != nil {
			s["subscription_days_remaining"] = number(sub.DaysRemaining)
		}
	}
	return s
}

func addHealth(s map[string]any, n *models.NodeStatus) {
	if n == nil {
		n = &models.NodeStatus{}
	}
	s["last_seen"] = orNull(n.LastReadingReceivedAt)
	s["health"] = orNull(n.OverallStatus)
	s["online"] = nil
	if n.OverallStatus != "" {
		s["online"] = !strings.EqualFold(n.OverallStatus, "offline")
	}
	s["signal"] = orNull(n.SignalLevel)
	s["battery_percent"] = number(n.BatteryChargePercent)
	var alarms []string
	for _, c := range n.SummaryPerCategory {
		if c != nil && strings.EqualFold(c.Summary, "ALARMS") {
			alarms = append(alarms, c.AlarmCategory)
		}
	}
	s["alarm_categories"] = list(alarms)
}

// addMeasurements adds the newest values, with the words that Clarity has for their state. A
// value is null while there is no calibration; the raw one stands beside it under its own name.
func addMeasurements(s map[string]any, l *latest) {
	pm25, aqi := l.pm25, l.aqi
	if pm25 == nil {
		pm25 = &models.Measurement{}
	}
	if aqi == nil {
		aqi = &models.Measurement{}
	}
	s["pm25"] = number(pm25.Value)
	s["pm25_raw"] = number(pm25.Raw)
	s["pm25_status"] = orNull(pm25.Status)
	s["pm25_time"] = nil
	if t := clarity.Time(pm25); !t.IsZero() {
		s["pm25_time"] = t.UTC().Format(time.RFC3339Nano)
	}
	s["qc"] = orNull(pm25.QcAssessment)
	s["aqi"] = number(aqi.Value)
	s["aqi_status"] = orNull(aqi.Status)
}

// number is null for a number that is not known.
func number(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}
