package simulated

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// populate makes machines of those that the model has, and gives everything tags and custom
// attributes.
func (v *VCenter) populate(ctx context.Context, machines int) error {
	client, err := v.login(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Logout(ctx) }()
	folders, err := createFolders(ctx, object.NewRootFolder(client.Client))
	if err != nil {
		return err
	}
	fieldsManager, err := object.GetCustomFieldsManager(client.Client)
	if err != nil {
		return err
	}
	owner, backup, err := createFields(ctx, fieldsManager)
	if err != nil {
		return err
	}
	registry := v.Model.Map()
	templates := registry.All("VirtualMachine") // one on a host of its own, one in the cluster
	if len(templates) < 2 {
		return errors.New("the model has no machines")
	}
	slices.SortFunc(templates, func(a, b mo.Entity) int { return cmp.Compare(a.Entity().Name, b.Entity().Name) })
	var all []mo.Reference
	for i := range machines {
		original := templates[i%len(templates)].(*simulator.VirtualMachine)
		vm := original
		if i >= len(templates) {
			vm = clone(original, i)
			folder := registry.Get(folders[i%len(folders)]).(*simulator.Folder)
			folder.ChildEntity = append(folder.ChildEntity, vm.Self)
			registry.PutEntity(folder, vm)
		}
		dress(vm, i, owner, backup)
		all = append(all, vm.Self)
	}
	return v.createTags(ctx, tags.NewManager(rest.NewClient(client.Client)), all)
}

// createFolders makes folders for the machines. The third has a slash in its name, which vSphere
// stores as an escape, lab%2fold.
func createFolders(ctx context.Context, root *object.Folder) (refs []types.ManagedObjectReference, err error) {
	children, err := root.Children(ctx)
	if err != nil {
		return nil, err
	}
	dc, ok := children[0].(*object.Datacenter)
	if !ok {
		return nil, errors.New("the model has no datacenter")
	}
	in, err := dc.Folders(ctx)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"production", "staging", "lab/old"} {
		folder, err := in.VmFolder.CreateFolder(ctx, name)
		if err != nil {
			return nil, err
		}
		refs = append(refs, folder.Reference())
	}
	return refs, nil
}

// createFields makes the custom attributes and returns their keys.
func createFields(ctx context.Context, m *object.CustomFieldsManager) (owner, backup int32, err error) {
	for _, f := range []struct {
		name string
		key  *int32
	}{{"Owner", &owner}, {"Last backup", &backup}} {
		def, err := m.Add(ctx, f.name, "", nil, nil)
		if err != nil {
			return 0, 0, err
		}
		*f.key = def.Key
	}
	return owner, backup, nil
}

// clone copies a machine. What is changed in a copy is copied deeply.
func clone(original *simulator.VirtualMachine, i int) *simulator.VirtualMachine {
	vm := *original
	vm.Self = types.ManagedObjectReference{Type: "VirtualMachine", Value: fmt.Sprintf("vm-%d", 100_000+i)}
	vm.Summary.Vm = &vm.Self
	return &vm
}

// The made-up facts, each of which repeats.
var (
	roles   = []string{"web", "app", "db", "cache", "batch"}
	sizes   = []struct{ vcpus, memoryMB, diskGB int32 }{{2, 4096, 40}, {4, 8192, 80}, {8, 65536, 500}, {2, 16384, 60}, {16, 32768, 1024}}
	systems = []struct{ id, name string }{{"debian12_64Guest", "Debian GNU/Linux 12 (64-bit)"}, {"windows2022srvNext_64Guest", "Microsoft Windows Server 2022 (64-bit)"}}
	owners  = []string{"Platform", "Shop", "Data"}
)

// dress gives a machine its facts.
func dress(vm *simulator.VirtualMachine, i int, owner, backup int32) {
	role, size, system := roles[i%len(roles)], sizes[i%len(sizes)], systems[i%len(systems)]
	vm.Name = fmt.Sprintf("%s-%d", role, i/len(roles)+1)
	if i == 9 {
		vm.Name = "batch%2fnightly 100%25" // batch/nightly 100%
	}
	created := time.Date(2024, 3, 1+i%28, 9, 30, 0, 0, time.UTC)
	config := *vm.Config
	config.Name = vm.Name
	config.InstanceUuid = uuid.NewSHA1(uuid.NameSpaceOID, fmt.Appendf(nil, "klarity-vsphere-%d", i)).String()
	config.Uuid = uuid.NewSHA1(uuid.NameSpaceURL, fmt.Appendf(nil, "klarity-vsphere-%d", i)).String()
	config.CreateDate = &created
	config.GuestId, config.GuestFullName = system.id, system.name
	config.Annotation = fmt.Sprintf("Serves %s.", role)
	config.Firmware, config.Version = "efi", "vmx-20"
	config.Hardware.NumCPU, config.Hardware.MemoryMB = size.vcpus, size.memoryMB
	config.Hardware.NumCoresPerSocket = types.NewInt32(2)
	config.Hardware.Device = resize(config.Hardware.Device, int64(size.diskGB)<<30)
	config.Template = i%20 == 8
	vm.Config = &config
	vm.Summary.Config.Name, vm.Summary.Config.InstanceUuid, vm.Summary.Config.Template = config.Name, config.InstanceUuid, config.Template
	vm.Summary.Storage = &types.VirtualMachineStorageSummary{Committed: int64(size.diskGB) << 29, Uncommitted: int64(size.diskGB) << 29, Timestamp: created}
	vm.Runtime.PowerState = types.VirtualMachinePowerStatePoweredOn
	switch {
	case config.Template, i%7 == 3:
		vm.Runtime.PowerState = types.VirtualMachinePowerStatePoweredOff
	case i%20 == 11:
		vm.Runtime.PowerState = types.VirtualMachinePowerStateSuspended
	}
	vm.Guest = &types.GuestInfo{GuestId: system.id, ToolsRunningStatus: "guestToolsNotRunning", ToolsVersionStatus2: "guestToolsCurrent", ToolsVersion: "12389"}
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		address := fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255)
		vm.Guest.ToolsRunningStatus, vm.Guest.GuestFullName = "guestToolsRunning", system.name
		vm.Guest.HostName, vm.Guest.IpAddress = vm.Name+".example.internal", address
		vm.Guest.Net = []types.GuestNicInfo{{Connected: true, IpAddress: []string{address, fmt.Sprintf("fd00::%x", i)}}}
	}
	vm.CustomValue = []types.BaseCustomFieldValue{field(owner, owners[i%len(owners)])}
	if i%3 == 0 {
		vm.CustomValue = append(vm.CustomValue, field(backup, created.AddDate(0, 1, 0).Format(time.DateTime)))
	}
}

func field(key int32, value string) types.BaseCustomFieldValue {
	return &types.CustomFieldStringValue{CustomFieldValue: types.CustomFieldValue{Key: key}, Value: value}
}

// resize returns the devices with disks of the given size.
func resize(devices []types.BaseVirtualDevice, bytes int64) []types.BaseVirtualDevice {
	devices = slices.Clone(devices)
	for i, device := range devices {
		if disk, ok := device.(*types.VirtualDisk); ok {
			resized := *disk
			resized.CapacityInBytes, resized.CapacityInKB = bytes, bytes>>10
			devices[i] = &resized
		}
	}
	return devices
}

// attach says which machines have a tag.
type attach struct {
	category, name string
	to             func(i int) bool
}

var tagged = []attach{
	{"Environment", "production", func(i int) bool { return i%3 == 0 }},
	{"Environment", "staging", func(i int) bool { return i%3 == 1 }},
	{"Application", "shop", func(i int) bool { return i%2 == 0 }},
	{"Application", "billing", func(i int) bool { return i%5 == 0 }},
	{"Backup", "daily", func(i int) bool { return i%4 != 3 }},
}

// createTags makes categories and tags, and attaches them to machines.
func (v *VCenter) createTags(ctx context.Context, m *tags.Manager, machines []mo.Reference) error {
	if err := m.Login(ctx, url.UserPassword(Username, v.Password)); err != nil {
		return err
	}
	defer func() { _ = m.Logout(ctx) }()
	categories := map[string]string{}
	for _, a := range tagged {
		if categories[a.category] == "" {
			id, err := m.CreateCategory(ctx, &tags.Category{Name: a.category, Cardinality: "MULTIPLE"})
			if err != nil {
				return err
			}
			categories[a.category] = id
		}
		id, err := m.CreateTag(ctx, &tags.Tag{Name: a.name, CategoryID: categories[a.category]})
		if err != nil {
			return err
		}
		var to []mo.Reference
		for i, machine := range machines {
			if a.to(i) {
				to = append(to, machine)
			}
		}
		if err := m.AttachTagToMultipleObjects(ctx, id, to); err != nil {
			return err
		}
	}
	return nil
}
