package inventory

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/models"
)

// pass is one reading of all objects.
type pass struct {
	*Source
	hostNames  map[string]host   // by moref
	storeNames map[string]string // by moref
	ids        map[string]bool   // the instance UUIDs that were yielded

	counts counts
}

// counts are what was noticed.
type counts struct {
	vanished  int // deleted while the inventory was read
	unread    int // listed by vCenter before and after the run, and in none of its pages
	hidden    int // without permission to read what identifies them
	partial   int // without permission to read some of their properties
	odd       int // with properties of other types than the API has
	priceless int // without a cost, since something that it depends on is not known
	shared    int // with an instance UUID that another one has
	truncated int // with metadata that did not fit
	tagless   int // with more tags than fit
	system    int // machines that vSphere runs for itself
	unknown   int // machines of which vCenter does not tell which ones they are
	firstPart string
}

func newPass(s *Source) *pass {
	s.tags.unknown, s.tags.first, s.tags.down = 0, "", false
	return &pass{Source: s, hostNames: map[string]host{}, storeNames: map[string]string{}, ids: map[string]bool{}}
}

// object is an object of a page, with what all kinds have in common.
type object struct {
	ref     types.ManagedObjectReference
	content any // a mo.VirtualMachine, mo.HostSystem or mo.Datastore
	// whole says that all properties could be read. What is empty is known to be empty then.
	whole bool
	// missing are the properties that could not be read.
	missing map[string]bool
}

// open decodes an object of a page. It returns false for one that is left out, which is counted.
func (p *pass) open(o types.ObjectContent) (object, bool) {
	decoded := object{ref: o.Obj, whole: true, missing: map[string]bool{}}
	for _, m := range o.MissingSet {
		if _, gone := m.Fault.Fault.(*types.ManagedObjectNotFound); gone {
			p.counts.vanished++
			return object{}, false
		}
		decoded.whole = false
		decoded.missing[m.Path] = true
		if p.counts.firstPart == "" {
			p.counts.firstPart = fmt.Sprintf("%s of %s", m.Path, o.Obj.Value)
		}
	}
	if decoded.missing["name"] {
		p.counts.hidden++
		return object{}, false
	}
	if !decoded.whole {
		p.counts.partial++
	}
	o.MissingSet = nil
	content, err := mo.ObjectContentToType(o)
	if err != nil {
		p.counts.odd++
		return object{}, false
	}
	decoded.content = content
	return decoded, true
}

// read makes the run for one kind and yields the records that describe makes. It makes none of an
// object that is left out.
func (p *pass) read(ctx context.Context, q query, yield func(*models.EstateRecord) bool, describe func(object) (*models.EstateRecord, []types.BaseCustomFieldValue)) (found, error) {
	run, err := p.collect(ctx, q, func(page []types.ObjectContent) error {
		var objects []object
		var refs []mo.Reference
		for _, o := range page {
			if decoded, ok := p.open(o); ok {
				objects = append(objects, decoded)
				refs = append(refs, decoded.ref)
			}
		}
		tags := p.tags.of(ctx, refs)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		for _, o := range objects {
			record, custom := describe(o)
			if record == nil {
				continue
			}
			p.label(record, o, tags, p.attributes(custom))
			if !yield(record) {
				return errStop
			}
		}
		return nil
	})
	run.complete = err == nil
	if errors.Is(err, errStop) {
		err = nil
	}
	return run, err
}

// label adds what all kinds of records have: tags, custom attributes, and where they come from. A
// category that an object has no tag of is cleared, so that a tag that was taken away in vSphere
// does not stay in Klarity.
func (p *pass) label(r *models.EstateRecord, o object, tags map[string]byCategory, attributes map[string]string) {
	r.Metadata["vcenter"], r.Metadata["moref"] = p.cfg.URL.Hostname(), o.ref.Value
	r.Metadata["full_name"] = nil
	if full := r.Name; full != truncate(full, maxText) {
		r.Name, r.Metadata["full_name"] = truncate(full, maxText), full
	}
	values, empty := map[string]string{}, []string{}
	if tags != nil {
		names := tags[o.ref.Value]
		empty = p.tags.categoriesOf(o.ref.Type)
		for category, several := range names {
			values[category] = joined(several)
		}
		r.Metadata["vsphere_tags"] = orNull(list(names, "category", "tags"))
	}
	if !o.missing["customValue"] {
		for _, name := range p.cfg.TagAttributes {
			if text := attributes[name]; text != "" {
				values[name] = truncate(text, maxText)
			} else {
				empty = append(empty, name)
			}
		}
		r.Metadata["custom_attributes"] = orNull(list(attributes, "name", "value"))
	}
	if setTags(r, values, empty) > 0 {
		p.counts.tagless++
	}
	if len(shrink(r.Metadata)) > 0 {
		p.counts.truncated++
	}
}

// list is a map as a list of objects, in the order of its keys. Whether Klarity merges objects in
// the metadata key by key is not public; a list is replaced as a whole.
func list[V any](m map[string]V, key, value string) (items []any) {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		items = append(items, map[string]any{key: k, value: m[k]})
	}
	return items
}

// orNull is null for an empty list.
func orNull(items []any) any {
	if len(items) == 0 {
		return nil
	}
	return items
}

// tell adds a field. A value that is empty is null, which clears the field in Klarity, but only if
// the property that it comes from could be read.
func (o object) tell(to map[string]any, field, path string, v any) {
	if empty(v) {
		if o.missing[path] {
			return
		}
		v = nil
	}
	to[field] = v
}

func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case []string:
		return len(v) == 0
	case []any:
		return len(v) == 0
	}
	return false
}

// foreignID is the ID of what has no UUID of its own: a moref is unique within its vCenter, and may
// stand for another object in another one.
func (p *pass) foreignID(ref types.ManagedObjectReference) string { return p.id + "/" + ref.Value }

// gaps says what the records lack.
func (p *pass) gaps() (gaps []string) {
	c := p.counts
	say := func(n int, noun, text string) {
		if n > 0 {
			gaps = append(gaps, fmt.Sprintf(text, console.Counted(n, noun)))
		}
	}
	const cure = "the user lacks a permission (give it the role Read-only, as a global permission, with propagation)"
	say(c.unread, "machine", "not read, and not sent, although vCenter lists them: %s")
	say(c.hidden, "object", "not read, and not sent: %s: "+cure)
	say(c.partial, "object", "not read as a whole, so what is missing is left as it is in Klarity: %s, such as "+strings.ReplaceAll(c.firstPart, "%", "%%")+": "+cure)
	say(c.unknown, "machine", "not sent, since vCenter does not tell which one it is: %s, orphaned or inaccessible, or "+cure)
	say(c.odd, "object", "not understood, and not sent: %s")
	say(c.priceless, "machine", "sent without costs, since what they depend on could not be read: %s")
	say(c.truncated, "object", "with more metadata than Klarity takes: %s; the largest values were left out, and are named in metadata.left_out")
	say(c.tagless, "object", "with more tags than Klarity takes: %s; all of them are in metadata.vsphere_tags")
	return gaps
}

// notes says what was noticed and is no fault.
func (p *pass) notes() (notes []string) {
	if n := p.counts.vanished; n > 0 {
		notes = append(notes, "Vanished while the inventory was read, and not sent: "+console.Counted(n, "object")+".")
	}
	if n := p.counts.system; n > 0 {
		notes = append(notes, "Left out, since vSphere runs them for itself (vCLS): "+console.Counted(n, "machine")+".")
	}
	if n := p.counts.shared; n > 0 {
		notes = append(notes, "With an instance UUID that an earlier one has, too, and therefore sent with the ID VCENTER/MOREF: "+console.Counted(n, "machine")+".")
	}
	return notes
}
