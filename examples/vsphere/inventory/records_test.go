package inventory_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/examples/vsphere/simulated"
)

// instance is the ID of a simulated vCenter.
func instance(v *simulated.VCenter) string {
	return v.Model.Service.Context.Map.Get(types.ManagedObjectReference{Type: "ServiceInstance", Value: "ServiceInstance"}).(*simulator.ServiceInstance).Content.About.InstanceUuid
}

func TestIDs(t *testing.T) {
	v := vcenter(t, 20)
	vm := machineNamed(t, v.Model, "web-1")
	double, inaccessible, unknown := machineNamed(t, v.Model, "app-1"), machineNamed(t, v.Model, "db-1"), machineNamed(t, v.Model, "cache-1")
	double.Config.InstanceUuid = strings.ToUpper(vm.Config.InstanceUuid)
	summary := inaccessible.Config.InstanceUuid
	inaccessible.Config, inaccessible.Guest = nil, nil
	unknown.Config.InstanceUuid, unknown.Summary.Config.InstanceUuid = "", ""
	got := read(t, v.Config())
	wantTexts(t, "notes", got.notes, "With an instance UUID that an earlier one has, too, and therefore sent with the ID VCENTER/MOREF: 1 machine.")
	if got.err != nil || len(got.records) != 20+others {
		t.Fatalf("got %d records and the error %v, want %d and none", len(got.records), got.err, 20+others)
	}
	// Which of two is the first one is vCenter's order.
	ids := map[string]bool{got.named(t, "web-1").ID: true, got.named(t, "app-1").ID: true}
	other := instance(v) + "/" + double.Self.Value
	if !ids[other] {
		other = instance(v) + "/" + vm.Self.Value
	}
	if want := (map[string]bool{vm.Config.InstanceUuid: true, other: true}); !reflect.DeepEqual(ids, want) {
		t.Errorf("got the IDs %v, want %v", ids, want)
	}
	for name, want := range map[string]string{
		"db-1":      summary,
		"cache-1":   instance(v) + "/" + unknown.Self.Value,
		"DC0_H0":    instance(v) + "/" + got.named(t, "DC0_H0").Metadata["moref"].(string),
		"LocalDS_1": instance(v) + "/" + got.named(t, "LocalDS_1").Metadata["moref"].(string),
	} {
		if got := got.named(t, name).ID; got != want {
			t.Errorf("%s: got the ID %s, want %s", name, got, want)
		}
	}
	// An inaccessible machine says nothing about its hardware and its guest, and nothing is cleared.
	for _, field := range []string{"vcpus", "memory_mb", "disks", "provisioned_bytes", "annotation", "created", "firmware", "guest_os", "hostname", "ip_addresses", "tools_running"} {
		if v, there := got.named(t, "db-1").Metadata[field]; there {
			t.Errorf("got %s %v of a machine without a configuration, want nothing", field, v)
		}
	}
}

func TestESXiHost(t *testing.T) {
	m := simulator.ESX()
	if err := m.Create(); err != nil {
		t.Fatal(err)
	}
	defer m.Remove()
	v := &simulated.VCenter{Model: m, Server: m.Service.NewServer(), Password: "any"}
	defer v.Server.Close()
	address := *v.Server.URL
	address.User = nil
	v.URL = &address
	got := read(t, v.Config())
	wantTexts(t, "gaps", got.gaps)
	wantTexts(t, "notes", got.notes, "an ESXi host has none")
	if len(got.records) != 4 || got.err != nil { // a host, a datastore, two machines
		t.Fatalf("got %d records and the error %v, want 4 and none", len(got.records), got.err)
	}
	host := got.records[0]
	if want := host.Metadata["hardware_uuid"].(string) + "/ha-host"; host.ID != want {
		t.Errorf("got the ID %s of the host, want %s", host.ID, want)
	}
}

// forbid makes a response say that a property of a machine may not be read.
func forbid(ref, property, fault string) func([]byte) []byte {
	return func(response []byte) []byte {
		return objects.ReplaceAllFunc(response, func(object []byte) []byte {
			if !bytes.Contains(object, []byte(">"+ref+"</obj>")) {
				return object
			}
			start := bytes.Index(object, []byte("<propSet><name>"+property+"</name>"))
			if start < 0 {
				return object
			}
			end := start + bytes.Index(object[start:], []byte("</propSet>")) + len("</propSet>")
			without := append(bytes.Clone(object[:start]), object[end:]...)
			missing := `<missingSet><path>` + property + `</path><fault><fault xsi:type="` + fault + `"><privilegeId>System.Read</privilegeId></fault><localizedMessage>no</localizedMessage></fault></missingSet></objects>`
			return bytes.Replace(without, []byte("</objects>"), []byte(missing), 1)
		})
	}
}

// A machine that cannot be told from others is not sent: as something else it would be in Klarity
// twice, or as often as its ID changes.
func TestMachinesThatAreNotSent(t *testing.T) {
	noID := func(vm *simulator.VirtualMachine) { vm.Config.InstanceUuid, vm.Summary.Config.InstanceUuid = "", "" }
	managed := func(key, kind string) func(*simulator.VirtualMachine) {
		return func(vm *simulator.VirtualMachine) {
			vm.Config.ManagedBy = &types.ManagedByInfo{ExtensionKey: key, Type: kind}
		}
	}
	v := vcenter(t, 10)
	vm := machineNamed(t, v.Model, "web-1")
	const gap, note = "not sent, since vCenter does not tell which one it is: 1 machine", "vSphere runs them for itself (vCLS): 1 machine."
	for _, test := range []struct {
		name      string
		change    func(*simulator.VirtualMachine)
		forbidden []string
		sent      bool
		gap, note string
	}{
		{name: "inaccessible, and without an ID", change: func(vm *simulator.VirtualMachine) { noID(vm); vm.Config = nil }, gap: gap},
		{name: "an ID that may not be read", forbidden: []string{"config.instanceUuid", "summary.config.instanceUuid"}, gap: gap},
		{name: "an ID that is told elsewhere", forbidden: []string{"config.instanceUuid"}, sent: true, gap: "not read as a whole"},
		{name: "a kind that may not be read", forbidden: []string{"config.template", "summary.config.template"}, gap: gap},
		{name: "a kind that is told elsewhere", forbidden: []string{"config.template"}, sent: true, gap: "not read as a whole"},
		{name: "an agent of a cluster", change: managed("com.vmware.vim.eam", "cluster-agent"), note: note},
		{name: "an embedded agent of a cluster", change: managed("VirtualCenter", "vcls-entity"), note: note},
		{name: "another agent", change: managed("com.vmware.vim.eam", "agent"), sent: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			before, config := vm.VirtualMachine, *vm.Config
			vm.Config = &config
			defer func() { vm.VirtualMachine = before }()
			if test.change != nil {
				test.change(vm)
			}
			f := front(t, v, func(c *simulated.Call) bool {
				if c.Name == "RetrievePropertiesEx" {
					c.Change = func(response []byte) []byte {
						for _, property := range test.forbidden {
							response = forbid(vm.Self.Value, property, "NoPermission")(response)
						}
						return response
					}
				}
				return false
			})
			got := read(t, f.Config())
			if sent := len(got.records) == 10+others; got.err != nil || sent != test.sent {
				t.Errorf("got %d records and the error %v, want web-1 to be sent: %v", len(got.records), got.err, test.sent)
			}
			if all := strings.Join(got.gaps, "\n"); !strings.Contains(all, test.gap) || test.gap == "" && all != "" {
				t.Errorf("got the gaps %q, want %q", all, test.gap)
			}
			if all := strings.Join(got.notes, "\n"); !strings.Contains(all, test.note) || test.note == "" && all != "" {
				t.Errorf("got the notes %q, want %q", all, test.note)
			}
		})
	}
}

// What the user may not read is counted, and nothing is cleared that is not known.
func TestObjectsWithoutPermission(t *testing.T) {
	for _, test := range []struct {
		property, fault string
		records         int
		gaps, notes     []string
	}{
		{"name", "NoPermission", 9, []string{"not read, and not sent: 1 object: the user lacks a permission (give it the role Read-only"}, nil},
		{"config.annotation", "NoPermission", 10, []string{"not read as a whole, so what is missing is left as it is in Klarity: 1 object, such as config.annotation of"}, nil},
		{"config.hardware.device", "NoPermission", 10, []string{"not read as a whole", "sent without costs, since what they depend on could not be read: 1 machine"}, nil},
		{"customValue", "NoPermission", 10, []string{"not read as a whole"}, nil},
		{"name", "ManagedObjectNotFound", 9, nil, []string{"Vanished while the inventory was read, and not sent: 1 object."}},
	} {
		t.Run(test.property+", "+test.fault, func(t *testing.T) {
			v := unchanged(t, 10)
			vm := machineNamed(t, v.Model, "web-1")
			f := front(t, v, func(c *simulated.Call) bool {
				if c.Name == "RetrievePropertiesEx" {
					c.Change = forbid(vm.Self.Value, test.property, test.fault)
				}
				return false
			})
			cfg := f.Config()
			cfg.TagAttributes = []string{"Owner"}
			var err error
			if cfg.Prices, err = sheet(t, "unit,currency,price\nvcpu,EUR,1\ngb,EUR,1\ntb,EUR,1\n"); err != nil {
				t.Fatal(err)
			}
			got := read(t, cfg)
			if got.err != nil || len(got.records) != test.records+others {
				t.Fatalf("got %d records and the error %v, want %d and none", len(got.records), got.err, test.records+others)
			}
			wantTexts(t, "gaps", got.gaps, test.gaps...)
			wantTexts(t, "notes", got.notes, test.notes...)
			if test.records < 10 {
				return
			}
			record := got.named(t, "web-1")
			for _, field := range map[string][]string{
				"config.annotation":      {"annotation"},
				"config.hardware.device": {"disks", "provisioned_bytes"},
				"customValue":            {"custom_attributes"},
			}[test.property] {
				if value, there := record.Metadata[field]; there {
					t.Errorf("got %s %v, want nothing", field, value)
				}
			}
			if owner, there := record.Tags["Owner"]; there && test.property == "customValue" {
				t.Errorf("got the tag Owner %v, want nothing", owner)
			}
		})
	}
}
