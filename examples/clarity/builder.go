package main

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"strings"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/clarity/internal/models"
	"github.com/klarity-go/klarity/examples/internal/console"
	klarity "github.com/klarity-go/klarity/models"
)

// builder makes records and enrichments from a snapshot. Its maps find the parts of the snapshot
// by ID: nodes and their status by that of the source, the rest by that of the datasource.
type builder struct {
	*options
	snapshot *snapshot
	org      string

	nodeByID     map[string]*models.Node
	stateByID    map[string]*models.NodeStatus
	subscribed   map[string]*models.Subscription // by its own ID
	attached     map[string]*models.Subscription // by the ID of the datasource
	latestByID   map[string]*latest
	feedingNodes map[string]bool // the nodes that feed a datasource
}

func newBuilder(o *options, s *snapshot, org string) *builder {
	b := &builder{
		options: o, snapshot: s, org: org,
		nodeByID: map[string]*models.Node{}, stateByID: map[string]*models.NodeStatus{},
		subscribed: map[string]*models.Subscription{}, attached: map[string]*models.Subscription{},
		latestByID: newestOf(s.measurements.items), feedingNodes: map[string]bool{},
	}
	for _, n := range s.nodes.items {
		b.nodeByID[n.NodeID] = n
	}
	for _, n := range s.status.items {
		b.stateByID[n.NodeID] = n
	}
	for _, sub := range s.subscriptions.items {
		b.subscribed[sub.SubscriptionID] = sub
		if earlier := b.attached[sub.AttachedToDatasourceID]; earlier == nil || endsLater(sub, earlier) {
			b.attached[sub.AttachedToDatasourceID] = sub
		}
	}
	for _, d := range s.datasources.items {
		b.feedingNodes[d.CurrentSourceID] = true
	}
	return b
}

// endsLater decides which of two subscriptions counts, whatever their order is. The times are of
// one form, so that their texts compare.
func endsLater(a, b *models.Subscription) bool {
	return cmp.Or(strings.Compare(a.TimePeriodEnd, b.TimePeriodEnd), strings.Compare(a.SubscriptionID, b.SubscriptionID)) > 0
}

// node is the node that feeds a datasource, or nil.
func (b *builder) node(d *models.Datasource) *models.Node { return b.nodeByID[d.CurrentSourceID] }

// subscription is that of a datasource, or nil: the one that it names itself, or else the
// one that names it and ends last.
func (b *builder) subscription(d *models.Datasource) *models.Subscription {
	if s := b.subscribed[d.CurrentSubscriptionID]; s != nil {
		return s
	}
	return b.attached[d.DatasourceID]
}

// names reports whether it is known that a datasource names something by an ID, or that it names
// nothing.
func (b *builder) names(d *models.Datasource, id string) bool {
	return id != "" || b.snapshot.datasources.whole(d)
}

// knowsNode reports whether all is known about the node of a datasource, or that it has none.
func (b *builder) knowsNode(d *models.Datasource) bool {
	return b.names(d, d.CurrentSourceID) && b.snapshot.nodes.whole(b.node(d))
}

// knowsSubscription is knowsNode for the subscription.
func (b *builder) knowsSubscription(d *models.Datasource) bool {
	return b.names(d, d.CurrentSubscriptionID) && b.snapshot.subscriptions.whole(b.subscription(d))
}

// changes yields all records, each followed by the enrichment of the same device, if there is one.
func (b *builder) changes() iter.Seq2[*api.Change, error] {
	return func(yield func(*api.Change, error) bool) {
		for _, d := range b.snapshot.datasources.items {
			record := b.record(d)
			status, nid := b.status(d), b.nids[record.ID]
			switch {
			case !b.statusMetadata:
			case nid != "":
				record.Metadata["status"] = nil // it may be there from before the file had the nid
			case len(status) > 0:
				record.Metadata["status"] = status
			}
			if !yield(&api.Change{Upsert: record}, nil) {
				return
			}
			if nid == "" {
				continue
			}
			maps.DeleteFunc(status, func(_ string, value any) bool { return value == nil })
			if len(status) == 0 {
				continue
			}
			e := &klarity.Enrichment{Record: klarity.EnrichedRecord{NID: strfmt.UUID(nid)}, Data: status}
			if !yield(&api.Change{Enrich: e}, nil) {
				return
			}
		}
		for _, n := range b.spareNodes() {
			if !yield(&api.Change{Upsert: b.unassigned(n)}, nil) {
				return
			}
		}
		for _, m := range b.snapshot.accessories.items {
			if !yield(&api.Change{Upsert: b.accessory(m)}, nil) {
				return
			}
		}
	}
}

// spareNodes are the nodes that feed no datasource, if they are wanted, and known to feed none.
func (b *builder) spareNodes() (spare []*models.Node) {
	if !b.nodes || !b.snapshot.knowsFeeding() {
		return nil
	}
	for _, n := range b.snapshot.nodes.items {
		if !b.feedingNodes[n.NodeID] {
			spare = append(spare, n)
		}
	}
	return spare
}

// describe says what is sent.
func (b *builder) describe() string {
	text := console.Counted(len(b.snapshot.datasources.items), "datasource")
	if n := len(b.spareNodes()); n > 0 {
		text += ", " + console.Counted(n, "node") + " without one"
	}
	if n := len(b.snapshot.accessories.items); n > 0 {
		text += ", " + console.Counted(n, "accessory module")
	}
	return text + " of the Org " + b.org
}

// note says for how many datasources -nids has no nid, or "".
func (b *builder) note() string {
	if b.nids == nil {
		return ""
	}
	known := 0
	for _, d := range b.snapshot.datasources.items {
		if b.nids[b.idPrefix+d.DatasourceID] != "" {
			known++
		}
	}
	var notes []string
	if missing := len(b.snapshot.datasources.items) - known; missing > 0 {
		where := "is not sent"
		if b.statusMetadata {
			where = "goes into their metadata"
		}
		notes = append(notes, fmt.Sprintf("The status of %s %s: %s has no nid for them.", console.Counted(missing, "datasource"), where, b.nidFile))
	}
	if unknown := len(b.nids) - known; unknown > 0 {
		verb := "are"
		if unknown == 1 {
			verb = "is"
		}
		notes = append(notes, fmt.Sprintf("%s of %s %s not among the datasources of this Org.", console.Counted(unknown, "id"), b.nidFile, verb))
	}
	return strings.Join(notes, "\n")
}
