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
	state, sub := b.stateByID[d.CurrentSourceID], b.subscription(d)
	b.snapshot.status.tell(s, b.names(d, d.CurrentSourceID) && b.snapshot.status.whole(state), health(state))
	b.snapshot.measurements.tell(s, b.snapshot.measurements.whole(nil), newest.fields())
	if s["last_seen"] == nil && !newest.seen.IsZero() { // a reference site has no other
		s["last_seen"] = newest.seen.UTC().Format(time.RFC3339Nano)
	}
	var days any
	if sub != nil {
		days = number(sub.DaysRemaining)
	}
	b.snapshot.subscriptions.tell(s, b.knowsSubscription(d), map[string]any{"subscription_days_remaining": days})
	return s
}

// health is what is known of the state of a node. Without one, all of it is null.
func health(n *models.NodeStatus) map[string]any {
	if n == nil {
		n = &models.NodeStatus{}
	}
	var online any
	if n.OverallStatus != "" {
		online = !strings.EqualFold(n.OverallStatus, "offline")
	}
	var alarms []string
	for _, c := range n.SummaryPerCategory {
		if c != nil && strings.EqualFold(c.Summary, "ALARMS") {
			alarms = append(alarms, c.AlarmCategory)
		}
	}
	return map[string]any{
		"last_seen":        orNull(n.LastReadingReceivedAt),
		"health":           orNull(n.OverallStatus),
		"online":           online,
		"signal":           orNull(n.SignalLevel),
		"battery_percent":  number(n.BatteryChargePercent),
		"alarm_categories": list(alarms),
	}
}

// fields are the newest values, with the words that Clarity has for their state. A value is null
// while there is no calibration; the raw one stands beside it under its own name.
func (l *latest) fields() map[string]any {
	pm25, aqi := l.pm25, l.aqi
	if pm25 == nil {
		pm25 = &models.Measurement{}
	}
	if aqi == nil {
		aqi = &models.Measurement{}
	}
	var measured any
	if t := clarity.Time(pm25); !t.IsZero() {
		measured = t.UTC().Format(time.RFC3339Nano)
	}
	return map[string]any{
		"pm25":        number(pm25.Value),
		"pm25_raw":    number(pm25.Raw),
		"pm25_status": orNull(pm25.Status),
		"pm25_time":   measured,
		"qc":          orNull(pm25.QcAssessment),
		"aqi":         number(aqi.Value),
		"aqi_status":  orNull(aqi.Status),
	}
}

// number is null for a number that is not known.
func number(f *float64) any {
	if f == nil {
		return nil
	}
	return *f
}
