package inventory

import (
	"context"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// places are the folders, datacenters, clusters, resource pools and vApps, by their morefs: what
// other objects are in.
type places map[string]place

// place is one of them.
type place struct {
	kind   string
	name   string // as vSphere stores it
	parent string
}

// The kinds of places. A host that is in no cluster has a ComputeResource of its own.
const (
	kindFolder     = "Folder"
	kindDatacenter = "Datacenter"
	kindCluster    = "ClusterComputeResource"
	kindPool       = "ResourcePool"
	kindVApp       = "VirtualApp"
	kindRoot       = "" // the folder above all, which has no name in a path
)

// readPlaces makes one run for all of them.
func (s *Source) readPlaces(ctx context.Context) (places, error) {
	all := places{s.client.ServiceContent.RootFolder.Value: {}} // which no view contains
	_, err := s.collect(ctx, query{
		container: s.client.ServiceContent.RootFolder,
		// A pod is a folder of datastores, a vApp a pool. A type of a PropertySpec is valid for the
		// types that are derived from it.
		kinds: []string{kindFolder, kindDatacenter, "ComputeResource", kindPool},
		paths: []string{"name", "parent"},
	}, func(objects []types.ObjectContent) error {
		for _, o := range objects {
			entity := entityOf(o)
			all[o.Obj.Value] = place{kind: o.Obj.Type, name: entity.Name, parent: value(entity.Parent)}
		}
		return nil
	})
	return all, err
}

// entityOf is the name and the parent in a response. Whatever is not there is empty.
func entityOf(o types.ObjectContent) (e mo.ManagedEntity) {
	for _, p := range o.PropSet {
		switch v := p.Val.(type) {
		case string:
			if p.Name == "name" {
				e.Name = v
			}
		case types.ManagedObjectReference:
			if p.Name == "parent" {
				e.Parent = &v
			}
		}
	}
	return e
}

func value(ref *types.ManagedObjectReference) string {
	if ref == nil {
		return ""
	}
	return ref.Value
}

// maxDepth bounds the way up: a response may have a circle in it.
const maxDepth = 100

// path is the path of a place as govc writes it, such as /DC0/vm/web. A slash in a name stays %2f
// there. It is "" if it is not known as a whole.
func (ps places) path(ref string) string {
	var names []string
	for range maxDepth {
		p, seen := ps[ref]
		switch {
		case !seen:
			return ""
		case p.kind == kindRoot:
			slices.Reverse(names)
			return "/" + strings.Join(names, "/")
		}
		names = append(names, p.name)
		ref = p.parent
	}
	return ""
}

// above is the name of the nearest place of a kind, ref itself included. It is "" if there is none,
// and not known if the user does not see all that is above.
func (ps places) above(ref, kind string) (name string, known bool) {
	for range maxDepth {
		p, seen := ps[ref]
		switch {
		case !seen:
			return "", false
		case p.kind == kindRoot:
			return "", true
		case p.kind == kind:
			return decode(p.name), true
		}
		ref = p.parent
	}
	return "", false
}

// tellPath adds the path of a place, null if there is no place, and nothing if the user does not see
// where it is.
func (o object) tellPath(to map[string]any, field, property string, ps places, ref string) {
	if path := ps.path(ref); path != "" || ref == "" {
		o.tell(to, field, property, path)
	}
}

// tellAbove adds the name of the nearest place of a kind, null if there is none, and nothing if the
// user does not see it.
func (o object) tellAbove(to map[string]any, field, property string, ps places, ref, kind string) {
	if name, known := ps.above(ref, kind); known || ref == "" {
		o.tell(to, field, property, name)
	}
}

// datacenter finds a datacenter by its name or its path.
func (ps places) datacenter(name string) (types.ManagedObjectReference, error) {
	var matches, all []string
	for ref, p := range ps {
		if p.kind != kindDatacenter {
			continue
		}
		all = append(all, ps.path(ref))
		if decode(p.name) == name || ps.path(ref) == "/"+strings.Trim(name, "/") {
			matches = append(matches, ref)
		}
	}
	slices.Sort(all)
	known := strings.Join(all, ", ")
	if known == "" {
		known = "none"
	}
	switch len(matches) {
	case 0:
		return types.ManagedObjectReference{}, configErrorf("%s is %q, and there is no such datacenter: the user sees %s", EnvDatacenter, name, known)
	case 1:
		return types.ManagedObjectReference{Type: kindDatacenter, Value: matches[0]}, nil
	}
	return types.ManagedObjectReference{}, configErrorf("%s is %q, and there are %d such datacenters: use the path of one of %s", EnvDatacenter, name, len(matches), known)
}
