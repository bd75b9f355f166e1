package inventory

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/models"
)

var datastorePaths = []string{"name", "parent", "customValue", "summary"}

// datastores yields the datastores.
func (p *pass) datastores(ctx context.Context, yield func(*models.EstateRecord) bool) error {
	_, err := p.read(ctx, query{container: p.container, kinds: []string{"Datastore"}, paths: datastorePaths}, yield,
		func(o object) (*models.EstateRecord, []types.BaseCustomFieldValue) {
			d := o.content.(mo.Datastore)
			name := decode(d.Name)
			p.storeNames[o.ref.Value] = name
			r := &models.EstateRecord{ID: p.foreignID(o.ref), Type: TypeDatastore, Name: name, Metadata: map[string]any{}}
			p.describeDatastore(r.Metadata, o, d)
			return r, d.CustomValue
		})
	return err
}

func (p *pass) describeDatastore(m map[string]any, o object, d mo.Datastore) {
	o.tell(m, "datastore_type", "summary", d.Summary.Type)
	o.tell(m, "url", "summary", d.Summary.Url)
	o.tell(m, "maintenance_mode", "summary", d.Summary.MaintenanceMode)
	if !o.missing["summary"] {
		m["accessible"] = d.Summary.Accessible
		// Of one that cannot be reached vCenter remembers what was last known, or 0.
		if d.Summary.Accessible || d.Summary.Capacity > 0 {
			m["capacity_bytes"], m["free_bytes"] = d.Summary.Capacity, d.Summary.FreeSpace
			m["uncommitted_bytes"] = d.Summary.Uncommitted
		}
		if d.Summary.MultipleHostAccess != nil {
			m["shared"] = *d.Summary.MultipleHostAccess
		}
	}
	o.tellAbove(m, "datacenter", "parent", p.places, value(d.Parent), kindDatacenter)
	o.tellPath(m, "folder", "parent", p.places, value(d.Parent))
}
