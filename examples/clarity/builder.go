package main

import (
	"fmt"
	"iter"
	"maps"

	"github.com/go-openapi/strfmt"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/clarity/internal/models"
	"github.com/klarity-go/klarity/examples/internal/console"
	klarity "github.com/klarity-go/klarity/models"
)

// builder makes records and enrichments from a snapshot. The ID that joins two parts is that of
// the source for nodes and their status, and that of the datasource for the rest.
type builder struct {
	*options
	snapshot *snapshot
	org      string

	index *index // made when it is needed first
}

// index finds the parts of a snapshot by ID.
type index struct {
	nodes      map[string]*models.Node
	status     map[string]*models.NodeStatus
	byID       map[string]*models.Subscription // by its own ID
	byAttached map[string]*models.Subscription // by that of the datasource
	feeding    map[string]bool                 // the nodes that feed a datasource
	latest     map[string]*latest              // by the ID of the datasource
}

func (b *builder) lookup() *index {
	if b.index != nil {
		return b.index
	}
	i := &index{
		nodes: map[string]*models.Node{}, status: map[string]*models.NodeStatus{}, feeding: map[string]bool{},
		byID: map[string]*models.Subscription{}, byAttached: map[string]*models.Subscription{},
		latest: newestOf(b.snapshot.measurements.items),
	}
	for _, n := range b.snapshot.nodes.items {
		i.nodes[n.NodeID] = n
	}
	for _, s := range b.snapshot.status.items {
		i.status[s.NodeID] = s
	}
	for _, s := range b.snapshot.subscriptions.items {
		i.byID[s.SubscriptionID] = s
		if s.AttachedToDatasourceID != "" {
			i.byAttached[s.AttachedToDatasourceID] = s
		}
	}
	for _, d := range b.snapshot.datasources {
		if d.CurrentSourceID != "" {
			i.feeding[d.CurrentSourceID] = true
		}
	}
	b.index = i
	return i
}

// node is the node that feeds a datasource, or nil.
func (b *builder) node(d *models.Datasource) *models.Node { return b.lookup().nodes[d.CurrentSourceID] }

// subscription is that of a datasource, or nil: the one that it names itself, or else one that
// names it.
func (b *builder) subscription(d *models.Datasource) *models.Subscription {
	i := b.lookup()
	if s := i.byID[d.CurrentSubscriptionID]; s != nil {
		return s
	}
	return i.byAttached[d.DatasourceID]
}

// changes are all records, each behind it with the enrichment of the same device, if there is
// one.
func (b *builder) changes() iter.Seq2[*api.Change, error] {
	return func(yield func(*api.Change, error) bool) {
		for _, d := range b.snapshot.datasources {
			record := b.record(d)
			status, nid := b.status(d), b.nids[record.ID]
			if b.statusMetadata && nid == "" {
				record.Metadata["status"] = status
			}
			if !yield(&api.Change{Upsert: record}, nil) {
				return
			}
			maps.DeleteFunc(status, func(_ string, value any) bool { return value == nil })
			if nid == "" || len(status) == 0 {
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

// spareNodes are the nodes that feed no datasource, if they are wanted.
func (b *builder) spareNodes() (spare []*models.Node) {
	if !b.nodes {
		return nil
	}
	for _, n := range b.snapshot.nodes.items {
		if !b.lookup().feeding[n.NodeID] {
			spare = append(spare, n)
		}
	}
	return spare
}

// describe says what is sent.
func (b *builder) describe() string {
	text := count(len(b.snapshot.datasources), "datasource")
	if n := len(b.spareNodes()); n > 0 {
		text += ", " + count(n, "node") + " without one"
	}
	if n := len(b.snapshot.accessories.items); n > 0 {
		text += ", " + count(n, "accessory module")
	}
	return text + " of the Org " + b.org
}

// note says for how many datasources -nids has no nid, or "".
func (b *builder) note() string {
	if b.nids == nil {
		return ""
	}
	known := 0
	for _, d := range b.snapshot.datasources {
		if b.nids[b.idPrefix+d.DatasourceID] != "" {
			known++
		}
	}
	var text string
	if missing := len(b.snapshot.datasources) - known; missing > 0 {
		where := "is not sent"
		if b.statusMetadata {
			where = "goes into their metadata"
		}
		text = fmt.Sprintf("The status of %s %s: %s has no nid for them.", count(missing, "datasource"), where, b.nidFile)
	}
	if unknown := len(b.nids) - known; unknown > 0 {
		text += fmt.Sprintf(" %s of %s is no datasource of this Org.", count(unknown, "id"), b.nidFile)
	}
	return text
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return console.Count(n) + " " + noun + "s"
}
