package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/models"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// snapshot is what Clarity says about the devices of an Org at one time.
type snapshot struct {
	datasources   part[models.Datasource]
	nodes         part[models.Node]
	subscriptions part[models.Subscription]
	status        part[models.NodeStatus]
	accessories   part[models.AccessoryModule]
	measurements  part[models.Measurement]
	places        []*models.Place

	// gaps say what should be here and is not, a sentence each.
	gaps []string
}

// part is what one call tells.
type part[T any] struct {
	asked   bool
	known   bool // the call succeeded
	items   []*T
	partial map[*T]bool // the items of which something was not understood
	lost    bool        // there are others, which were not understood at all
}

func partOf[T any](list clarity.List[T]) part[T] {
	return part[T]{asked: true, known: true, items: list.Items, partial: list.Partial, lost: list.Lost}
}

// whole reports whether all is known about an item, or, if it is nil, that there is none.
func (p part[T]) whole(item *T) bool {
	if item == nil {
		return p.known && !p.lost
	}
	return !p.partial[item]
}

// certain reports whether all of the part is known.
func (p part[T]) certain() bool { return p.whole(nil) && len(p.partial) == 0 }

// tell adds fields that are made of the part, if it is known. Null is what is not there; where
// that is not certain, it is left out.
func (p part[T]) tell(to map[string]any, certain bool, fields map[string]any) {
	for name, value := range fields {
		if p.known && (value != nil || certain) {
			to[name] = value
		}
	}
}

// read asks Clarity, one call after the other. Only the datasources must be known; without
// another part there is a gap.
func (o *options) read(ctx context.Context, c *clarity.Client) (*snapshot, error) {
	list, err := c.Datasources(ctx)
	if err != nil {
		return nil, fmt.Errorf("the datasources are not known, so nothing was sent: %w", err)
	}
	switch {
	case len(list.Items) == 0 && list.Lost:
		return nil, fmt.Errorf("%s: no datasource was understood, so nothing was sent: %s", clarity.CallDatasources, strings.Join(list.Odd, "; "))
	case len(list.Items) == 0:
		return nil, fmt.Errorf("%s: the Org %q has no datasources, so nothing was sent; check %s, and that the application is connected to this Org",
			clarity.CallDatasources, c.Org(), clarity.EnvOrg)
	}
	s := &snapshot{datasources: partOf(list)}
	s.odd("datasources", list.Odd)

	withoutNodes := "their model, SKU, life stage, accessories and place are left as they are in Klarity"
	if o.nodes {
		withoutNodes += ", and none that feeds no datasource is sent"
	}
	readPart(ctx, s, &s.nodes, "nodes", withoutNodes, c.Nodes)
	if o.nodes && s.nodes.known && !s.knowsFeeding() {
		s.gaps = append(s.gaps, "which nodes feed no datasource is not known, so none of them is sent: something of the datasources was not understood")
	}
	readPart(ctx, s, &s.subscriptions, "subscriptions", "their type, end and sharing are left as they are in Klarity", c.Subscriptions)
	if o.wantsStatus() {
		readPart(ctx, s, &s.status, "node states", "the status is sent without last reading, health, signal, battery and alarms", c.Status)
		readPart(ctx, s, &s.measurements, "measurements", "the status is sent without PM2.5 and AQI",
			func(ctx context.Context) (clarity.List[models.Measurement], error) { return s.measure(ctx, c) })
	}
	if o.accessories {
		readPart(ctx, s, &s.accessories, "accessory modules", "no records of them are sent", c.AccessoryModules)
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if o.prices != nil {
		s.addCostGap(o.prices)
	}
	return s, nil
}

// wantsStatus reports whether the latest status is sent in one way or another.
func (o *options) wantsStatus() bool { return o.nids != nil || o.statusMetadata }

// readPart makes one call.
func readPart[T any](ctx context.Context, s *snapshot, to *part[T], name, without string, call func(context.Context) (clarity.List[T], error)) {
	if ctx.Err() != nil {
		return
	}
	to.asked = true
	list, err := call(ctx)
	if err != nil {
		s.gaps = append(s.gaps, fmt.Sprintf("the %s are not known, so %s: %v", name, without, err))
		return
	}
	*to = partOf(list)
	s.odd(name, list.Odd)
}

// odd notes what of a response was left out.
func (s *snapshot) odd(name string, phrases []string) {
	if len(phrases) > 0 {
		s.gaps = append(s.gaps, fmt.Sprintf("of the %s something was not understood and left out: %s", name, strings.Join(phrases, "; ")))
	}
}

// recent is how far back the latest measurements may be.
const recent = 24 * time.Hour

// measure asks for the hours of the latest day, of all datasources at once.
func (s *snapshot) measure(ctx context.Context, c *clarity.Client) (clarity.List[models.Measurement], error) {
	m, err := c.Measurements(ctx, models.MeasurementsQuery{
		AllDatasources: true, OutputFrequency: models.MeasurementsQueryOutputFrequencyHour,
		StartTime: time.Now().UTC().Add(-recent).Format("2006-01-02T15:04:05.000Z"), MetricSelect: "only pm2_5*", QcAssessment: true,
	})
	if err != nil {
		return clarity.List[models.Measurement]{}, err
	}
	s.places = m.Places
	return clarity.List[models.Measurement]{Items: m.Rows, Lost: len(m.Odd) > 0, Odd: m.Odd}, nil
}

// knowsFeeding reports whether it is known for all nodes whether they feed a datasource.
func (s *snapshot) knowsFeeding() bool {
	for _, d := range s.datasources.items {
		if d.CurrentSourceID == "" && !s.datasources.whole(d) {
			return false
		}
	}
	return s.datasources.whole(nil)
}

// addCostGap notes that records may be without a cost because a price depends on what is not
// known.
func (s *snapshot) addCostGap(p prices) {
	onModel, onSubscription := p.dependOn()
	switch {
	case onModel && !s.nodes.certain():
		s.gaps = append(s.gaps, "no costs are sent where a price depends on the model: the nodes are not known, or not all of them")
	case onSubscription && !s.subscriptions.certain():
		s.gaps = append(s.gaps, "no costs are sent where a price depends on the subscription: the subscriptions are not known, or not all of them")
	}
}

// writeCounts prints what Clarity has told.
func (s *snapshot) writeCounts(w io.Writer) {
	t := console.NewTable("from Clarity", "#items")
	row := func(name string, asked, known bool, items int) {
		count := "failed"
		if known {
			count = console.Count(items)
		}
		if asked {
			t.Row(name, count)
		}
	}
	row("datasources", s.datasources.asked, s.datasources.known, len(s.datasources.items))
	row("nodes", s.nodes.asked, s.nodes.known, len(s.nodes.items))
	row("subscriptions", s.subscriptions.asked, s.subscriptions.known, len(s.subscriptions.items))
	row("node states", s.status.asked, s.status.known, len(s.status.items))
	row("measurements", s.measurements.asked, s.measurements.known, len(s.measurements.items))
	row("accessory modules", s.accessories.asked, s.accessories.known, len(s.accessories.items))
	c := console.New(w, os.Getenv)
	console.Fprintln(c)
	t.Write(c)
	console.Fprintln(c)
}
