package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/clarity/internal/models"
	klarity "github.com/klarity-go/klarity/models"
)

// The types of records. A type is a part of what names a record in Klarity, so that of a
// datasource must not change while it exists: it depends on the kind of its source, and a
// datasource of which that is not said counts as one of a node, as nearly all are.
const (
	typeNode           = "clarity/node"
	typeReferenceSite  = "clarity/reference-site"
	typeUnassignedNode = "clarity/unassigned-node"
	typeAccessory      = "clarity/accessory-module"
)

// referenceSite is the sourceType of what has no node.
const referenceSite = "REFERENCE_SITE"

// typeOf is the type of a datasource's record.
func typeOf(sourceType string) string {
	words := strings.FieldsFunc(strings.ToLower(sourceType), func(r rune) bool { return r == '_' || unicode.IsSpace(r) })
	switch word := strings.Join(words, "-"); word {
	case "", "clarity-node":
		return typeNode
	default:
		return "clarity/" + word
	}
}

// record is the estate record of a datasource. What Clarity says is not there is null in the
// metadata, which clears it; what is not known, since a call failed, was not made, or told what
// was not understood, is absent, which leaves alone what is there.
func (b *builder) record(d *models.Datasource) *klarity.EstateRecord {
	annotations := d.OrgAnnotations
	if annotations == nil {
		annotations = &models.OrgAnnotations{}
	}
	r := &klarity.EstateRecord{
		ID:       b.idPrefix + d.DatasourceID,
		Type:     typeOf(d.SourceType),
		Name:     strings.TrimSpace(annotations.Name),
		Tags:     tags(annotations.Tags),
		Metadata: map[string]any{"org": b.org},
	}
	if r.Name == "" && b.snapshot.datasources.whole(d) {
		r.Name = cmp.Or(d.CurrentSourceID, d.DatasourceID)
	}
	b.snapshot.datasources.tell(r.Metadata, b.snapshot.datasources.whole(d), map[string]any{
		"group":           orNull(annotations.Group),
		"org_tags":        list(annotations.Tags),
		"source_type":     orNull(d.SourceType),
		"source_id":       orNull(d.CurrentSourceID),
		"subscription_id": orNull(d.CurrentSubscriptionID),
	})
	node := b.node(d)
	b.snapshot.nodes.tell(r.Metadata, b.knowsNode(d), describeNode(node))
	b.locate(r.Metadata, d, node)
	b.snapshot.subscriptions.tell(r.Metadata, b.knowsSubscription(d), describeSubscription(b.subscription(d)))
	r.Costs = b.cost(d)
	return r
}

// describeNode is the metadata of a node. Without one, all of it is null.
func describeNode(n *models.Node) map[string]any {
	if n == nil {
		n = &models.Node{}
	}
	stage := n.LifeStage
	if stage == nil {
		stage = &models.LifeStage{}
	}
	var accessories any
	if modules := paired(n); len(modules) > 0 {
		accessories = modules
	}
	return map[string]any{
		"model":            orNull(n.Model),
		"sku":              orNull(n.Sku),
		"life_stage":       orNull(stage.Stage),
		"life_stage_since": orNull(stage.When),
		"accessories":      accessories,
	}
}

func paired(n *models.Node) []any {
	var modules []any
	for _, m := range n.PairedAccessoryModules {
		if m != nil && m.AccessoryID != "" {
			modules = append(modules, map[string]any{"id": m.AccessoryID, "sku": orNull(m.Sku)})
		}
	}
	return modules
}

// locate adds the place: that of the node, or else the first that the measurements have for the
// datasource. A datasource is a place, so the last one known stays when neither has one, and when
// it is not known whether the node has one: that of the measurements may be older.
func (b *builder) locate(metadata map[string]any, d *models.Datasource, n *models.Node) {
	if n != nil {
		if lat, lon, ok := point(n.Location); ok {
			metadata["latitude"], metadata["longitude"] = lat, lon
			return
		}
	}
	if !b.knowsNode(d) && d.SourceType != referenceSite {
		return // the node may have a place
	}
	for _, p := range b.snapshot.places {
		if p.DatasourceID == d.DatasourceID && p.Lat != nil && p.Lon != nil && onEarth(*p.Lat, *p.Lon) {
			metadata["latitude"], metadata["longitude"] = *p.Lat, *p.Lon
			return
		}
	}
}

// point is the latitude and the longitude of a point, which GeoJSON has the other way round.
func point(p *models.Point) (lat, lon float64, ok bool) {
	if p == nil || len(p.Coordinates) < 2 || p.Coordinates[0] == nil || p.Coordinates[1] == nil {
		return 0, 0, false
	}
	lat, lon = *p.Coordinates[1], *p.Coordinates[0]
	return lat, lon, onEarth(lat, lon)
}

func onEarth(lat, lon float64) bool { return lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180 }

// describeSubscription is the metadata of a subscription. Without one, all of it is null.
func describeSubscription(s *models.Subscription) map[string]any {
	if s == nil {
		s = &models.Subscription{}
	}
	return map[string]any{
		"subscription_type": orNull(s.SubscriptionType),
		"subscription_end":  orNull(s.TimePeriodEnd),
		"shared_with":       list(s.SharedWith),
	}
}

// tags are an Org's tags, which are words, as Klarity's, which have keys: "district=harbour" is
// the value harbour under the key district, and any other word a key with the value "true".
// Several values of one key are joined, each once and in the order of the alphabet: in which order
// Clarity has the words is not known to stay the same.
func tags(words []string) map[string]*string {
	values := map[string][]string{}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		key, value = strings.TrimSpace(key), cmp.Or(strings.TrimSpace(value), "true")
		if key != "" {
			values[key] = append(values[key], value)
		}
	}
	if len(values) == 0 {
		return nil
	}
	tags := map[string]*string{}
	for key, several := range values {
		slices.Sort(several)
		tags[key] = api.Tag(joined(slices.Compact(several)))
	}
	return tags
}

// maxTag is how long the value of a tag may be, in characters.
const maxTag = 255

// joined is as many of the values as fit into a tag: a record is not to be refused for what each
// of its words alone would not have caused. All words are in its metadata.
func joined(values []string) string {
	text := values[0]
	for _, value := range values[1:] {
		if utf8.RuneCountInString(text+", "+value) > maxTag {
			break
		}
		text += ", " + value
	}
	return text
}

// list is a list of words without the empty ones, or null without any.
func list(words []string) any {
	var kept []any
	for _, word := range words {
		if word = strings.TrimSpace(word); word != "" {
			kept = append(kept, word)
		}
	}
	if len(kept) == 0 {
		return nil
	}
	return kept
}

// orNull is null for an empty text: that is what a null or absent field is decoded to.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// unassigned is the record of a node that feeds no datasource.
func (b *builder) unassigned(n *models.Node) *klarity.EstateRecord {
	r := &klarity.EstateRecord{
		ID: b.idPrefix + n.NodeID, Type: typeUnassignedNode, Name: n.NodeID,
		Metadata: map[string]any{"org": b.org},
	}
	b.snapshot.nodes.tell(r.Metadata, b.snapshot.nodes.whole(n), describeNode(n))
	if lat, lon, ok := point(n.Location); ok {
		r.Metadata["latitude"], r.Metadata["longitude"] = lat, lon
	}
	return r
}

// accessory is the record of an accessory module.
func (b *builder) accessory(m *models.AccessoryModule) *klarity.EstateRecord {
	name := m.ModuleID
	if m.Sku != "" {
		name = fmt.Sprintf("%s %s", m.Sku, m.ModuleID)
	}
	r := &klarity.EstateRecord{ID: b.idPrefix + m.ModuleID, Type: typeAccessory, Name: name, Metadata: map[string]any{"org": b.org}}
	b.snapshot.accessories.tell(r.Metadata, b.snapshot.accessories.whole(m), map[string]any{
		"sku": orNull(m.Sku), "status": orNull(m.Status), "paired_node": orNull(m.PairedNode),
	})
	return r
}
