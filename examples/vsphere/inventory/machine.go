package inventory

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/models"
)

// machinePaths are the properties of a virtual machine. Its devices are most of what is read: the
// disks are among them.
var machinePaths = []string{
	"name", "parent", "parentVApp", "resourcePool", "datastore", "customValue",
	"runtime.host", "runtime.powerState", "runtime.connectionState",
	"config.instanceUuid", "config.uuid", "config.template", "config.guestFullName", "config.guestId", "config.version", "config.managedBy",
	"config.firmware", "config.annotation", "config.hardware.numCPU", "config.hardware.numCoresPerSocket",
	"config.hardware.memoryMB", "config.hardware.device",
	"summary.config.instanceUuid", "summary.config.template", "summary.storage",
	"guest.guestFullName", "guest.hostName", "guest.ipAddress", "guest.net", "guest.toolsRunningStatus", "guest.toolsVersionStatus2", "guest.toolsVersion",
}

// newMachinePaths are properties that came later: createDate with vSphere 6.7.
var newMachinePaths = []string{"config.createDate"}

// machine is a virtual machine or a template.
type machine struct {
	object
	mo.VirtualMachine
	config types.VirtualMachineConfigInfo // empty if vCenter cannot read it, as of an orphaned machine
	guest  types.GuestInfo
}

// machines yields the virtual machines and the templates.
func (p *pass) machines(ctx context.Context, yield func(*models.EstateRecord) bool) error {
	q := query{container: p.container, kinds: []string{"VirtualMachine"}, paths: machinePaths, optional: newMachinePaths, list: true}
	run, err := p.read(ctx, q, yield,
		func(o object) (*models.EstateRecord, []types.BaseCustomFieldValue) {
			vm := machine{object: o, VirtualMachine: o.content.(mo.VirtualMachine)}
			if vm.Config != nil {
				vm.config = *vm.Config
			}
			if vm.Guest != nil {
				vm.guest = *vm.Guest
			}
			switch {
			case vm.isClusterService():
				p.counts.system++
				return nil, nil
			case !vm.isIdentified():
				p.counts.unknown++
				return nil, nil
			}
			r := &models.EstateRecord{ID: p.machineID(vm), Type: TypeVM, Name: decode(vm.Name), Metadata: map[string]any{}}
			if vm.config.Template || vm.Summary.Config.Template {
				r.Type = TypeTemplate
			}
			p.describeMachine(r.Metadata, vm)
			r.Costs = p.costs(vm)
			return r, vm.CustomValue
		})
	if unseen := run.unseen(); err == nil && run.complete && len(unseen) > 0 {
		remaining := p.remaining(ctx, q, unseen)
		p.counts.vanished += len(unseen) - remaining
		p.counts.unread += remaining
	}
	return err
}

// isClusterService reports whether vSphere runs the machine for itself (vCLS), and creates it anew
// as it likes. Broadcom advises to ignore those, and has these marks of them: article 370219.
func (vm machine) isClusterService() bool {
	by := vm.config.ManagedBy
	return by != nil && (by.ExtensionKey == "com.vmware.vim.eam" && by.Type == "cluster-agent" ||
		by.ExtensionKey == "VirtualCenter" && by.Type == "vcls-entity")
}

// isIdentified reports whether it is known what makes the ID and the type. Of a machine that is
// orphaned or inaccessible vCenter may not know its UUID: under another ID it would be in Klarity a
// second time, until its configuration can be read again.
func (vm machine) isIdentified() bool {
	if vm.missing["summary.config.template"] && (vm.Config == nil || vm.missing["config.template"]) {
		return false
	}
	if vm.config.InstanceUuid != "" || vm.Summary.Config.InstanceUuid != "" {
		return true
	}
	return vm.Config != nil && !vm.missing["config.instanceUuid"]
}

// machineID is the instance UUID, which vCenter keeps unique and which a machine takes with it to
// another vCenter. The summary has it also when the configuration cannot be read. One that an
// earlier machine has already is not used a second time: two machines would become one record.
func (p *pass) machineID(vm machine) string {
	id := strings.ToLower(vm.config.InstanceUuid)
	if id == "" {
		id = strings.ToLower(vm.Summary.Config.InstanceUuid)
	}
	switch {
	case id == "":
		return p.foreignID(vm.ref)
	case p.ids[id]:
		p.counts.shared++
		return p.foreignID(vm.ref)
	}
	p.ids[id] = true
	return id
}

func (p *pass) describeMachine(m map[string]any, vm machine) {
	// Without a configuration, or without a guest, nothing is known of what it would tell.
	for _, path := range slices.Concat(machinePaths, newMachinePaths) {
		if vm.Config == nil && strings.HasPrefix(path, "config.") || vm.Guest == nil && strings.HasPrefix(path, "guest.") {
			vm.missing[path] = true
		}
	}
	p.describeHardware(m, vm)
	vm.tell(m, "bios_uuid", "config.uuid", vm.config.Uuid)
	vm.tell(m, "annotation", "config.annotation", vm.config.Annotation)
	vm.tell(m, "created", "config.createDate", moment(vm.config.CreateDate))
	vm.tell(m, "power_state", "runtime.powerState", string(vm.Runtime.PowerState))
	vm.tell(m, "connection_state", "runtime.connectionState", string(vm.Runtime.ConnectionState))

	vm.tell(m, "guest_os", "config.guestFullName", either(vm.guest.GuestFullName, vm.config.GuestFullName))
	vm.tell(m, "guest_id", "config.guestId", vm.config.GuestId)
	vm.tell(m, "hostname", "guest.hostName", vm.guest.HostName)
	vm.tell(m, "ip_addresses", "guest.net", addresses(vm.guest))
	vm.tell(m, "tools_running", "guest.toolsRunningStatus", vm.guest.ToolsRunningStatus)
	vm.tell(m, "tools_status", "guest.toolsVersionStatus2", vm.guest.ToolsVersionStatus2)
	vm.tell(m, "tools_version", "guest.toolsVersion", vm.guest.ToolsVersion)

	p.tellPlaces(m, vm)
}

// tellPlaces adds where a machine is. A place that the user does not see is not known, and not null.
func (p *pass) tellPlaces(m map[string]any, vm machine) {
	on, seen := p.hostNames[value(vm.Runtime.Host)]
	if seen || vm.Runtime.Host == nil {
		vm.tell(m, "host", "runtime.host", on.name)
		vm.tellAbove(m, "cluster", "runtime.host", p.places, on.parent, kindCluster)
	}
	vm.tellPath(m, "resource_pool", "resourcePool", p.places, value(vm.ResourcePool))
	vm.tellPath(m, "vapp", "parentVApp", p.places, value(vm.ParentVApp))
	vm.tellPath(m, "folder", "parent", p.places, value(vm.Parent))
	vm.tellAbove(m, "datacenter", "parent", p.places, either(value(vm.Parent), value(vm.ParentVApp)), kindDatacenter)
	var stores []string
	for _, ref := range vm.Datastore {
		if name := p.storeNames[ref.Value]; name != "" {
			stores = append(stores, name)
		}
	}
	slices.Sort(stores)
	if len(stores) == len(vm.Datastore) {
		vm.tell(m, "datastores", "datastore", stores)
	}
}

func (p *pass) describeHardware(m map[string]any, vm machine) {
	hardware := vm.config.Hardware
	vm.tell(m, "vcpus", "config.hardware.numCPU", positive(hardware.NumCPU))
	vm.tell(m, "cores_per_socket", "config.hardware.numCoresPerSocket", coresPerSocket(hardware))
	vm.tell(m, "memory_mb", "config.hardware.memoryMB", positive(hardware.MemoryMB))
	vm.tell(m, "hardware_version", "config.version", vm.config.Version)
	vm.tell(m, "firmware", "config.firmware", vm.config.Firmware)
	disks, provisioned := disksOf(hardware.Device)
	vm.tell(m, "disks", "config.hardware.device", disks)
	if !vm.missing["config.hardware.device"] {
		m["provisioned_bytes"] = provisioned
	}
	if vm.Summary.Storage != nil {
		m["committed_bytes"], m["uncommitted_bytes"] = vm.Summary.Storage.Committed, vm.Summary.Storage.Uncommitted
	}
}

// disksOf returns the virtual disks among devices, and the sum of their capacities in bytes.
func disksOf(devices []types.BaseVirtualDevice) (disks []any, provisioned int64) {
	for _, device := range devices {
		disk, ok := device.(*types.VirtualDisk)
		if !ok {
			continue
		}
		provisioned += disk.CapacityInBytes
		described := map[string]any{"capacity_bytes": disk.CapacityInBytes}
		if info := disk.DeviceInfo; info != nil && info.GetDescription().Label != "" {
			described["label"] = info.GetDescription().Label
		}
		if file, ok := disk.Backing.(types.BaseVirtualDeviceFileBackingInfo); ok && file.GetVirtualDeviceFileBackingInfo().FileName != "" {
			described["file"] = file.GetVirtualDeviceFileBackingInfo().FileName
		}
		disks = append(disks, described)
	}
	return disks, provisioned
}

// addresses are the guest's IP addresses, each once and in order, so that they change only if the
// addresses do.
func addresses(guest types.GuestInfo) []string {
	var all []string
	if guest.IpAddress != "" {
		all = append(all, guest.IpAddress)
	}
	for _, nic := range guest.Net {
		all = append(all, nic.IpAddress...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// coresPerSocket is null where it is not told, as by vSphere 8 for a machine that chooses by itself.
func coresPerSocket(hardware types.VirtualHardware) any {
	if hardware.NumCoresPerSocket == nil {
		return nil
	}
	return positive(*hardware.NumCoresPerSocket)
}

// positive is a number, or null for 0, with which an absent property is decoded.
func positive[N int16 | int32 | int64](n N) any {
	if n <= 0 {
		return nil
	}
	return int64(n)
}

// moment is a time as RFC 3339 has it, in UTC, or "".
func moment(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
