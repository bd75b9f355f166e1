package inventory

import (
	"context"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/models"
)

// The types of records.
const (
	TypeVM        = "vsphere/vm"
	TypeTemplate  = "vsphere/template"
	TypeHost      = "vsphere/host"
	TypeDatastore = "vsphere/datastore"
)

// host is what records of virtual machines tell of a host.
type host struct{ name, parent string }

var hostPaths = []string{
	"name", "parent", "customValue",
	"summary.hardware", "summary.config.product",
	"runtime.connectionState", "runtime.powerState", "runtime.inMaintenanceMode", "runtime.bootTime",
}

// hosts yields the hosts.
func (p *pass) hosts(ctx context.Context, yield func(*models.EstateRecord) bool) error {
	_, err := p.read(ctx, query{container: p.container, kinds: []string{"HostSystem"}, paths: hostPaths}, yield,
		func(o object) (*models.EstateRecord, []types.BaseCustomFieldValue) {
			h := o.content.(mo.HostSystem)
			name := decode(h.Name)
			p.hostNames[o.ref.Value] = host{name: name, parent: value(h.Parent)}
			if p.id == "" && h.Summary.Hardware != nil {
				p.id = h.Summary.Hardware.Uuid // an ESXi host has no instance UUID
			}
			r := &models.EstateRecord{ID: p.foreignID(o.ref), Type: TypeHost, Name: name, Metadata: map[string]any{}}
			p.describeHost(r.Metadata, o, h)
			return r, h.CustomValue
		})
	return err
}

func (p *pass) describeHost(m map[string]any, o object, h mo.HostSystem) {
	hardware := h.Summary.Hardware
	if hardware == nil {
		hardware = &types.HostHardwareSummary{}
	}
	for field, v := range map[string]any{
		"vendor": hardware.Vendor, "model": hardware.Model, "hardware_uuid": hardware.Uuid, "cpu_model": hardware.CpuModel,
		"cpu_sockets": positive(hardware.NumCpuPkgs), "cpu_cores": positive(hardware.NumCpuCores), "cpu_threads": positive(hardware.NumCpuThreads),
		"cpu_mhz": positive(hardware.CpuMhz), "memory_bytes": positive(hardware.MemorySize),
	} {
		o.tell(m, field, "summary.hardware", v)
	}
	product := h.Summary.Config.Product
	if product == nil {
		product = &types.AboutInfo{}
	}
	o.tell(m, "esxi_version", "summary.config.product", product.Version)
	o.tell(m, "esxi_build", "summary.config.product", product.Build)
	o.tell(m, "connection_state", "runtime.connectionState", string(h.Runtime.ConnectionState))
	o.tell(m, "power_state", "runtime.powerState", string(h.Runtime.PowerState))
	if !o.missing["runtime.inMaintenanceMode"] {
		m["in_maintenance_mode"] = h.Runtime.InMaintenanceMode
	}
	o.tell(m, "booted", "runtime.bootTime", moment(h.Runtime.BootTime))
	o.tellAbove(m, "cluster", "parent", p.places, value(h.Parent), kindCluster)
	o.tellAbove(m, "datacenter", "parent", p.places, value(h.Parent), kindDatacenter)
	o.tellPath(m, "folder", "parent", p.places, value(h.Parent))
}
