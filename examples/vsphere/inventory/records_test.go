package inventory_test

import (
	"bytes"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
	"github.com/klarity-go/klarity/models"
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

// Where a machine is, in places that the user does not see, is not known. It is not cleared.
func TestPlacesThatAreNotSeen(t *testing.T) {
	v := unchanged(t, 10)
	places := []string{"folder", "resource_pool", "datacenter", "host", "cluster", "datastores"}
	for kind, unknown := range map[string]map[string][]string{ // by the name of the record
		"HostSystem":             {"web-1": {"host", "cluster"}},
		"ResourcePool":           {"web-1": {"resource_pool"}},
		"ClusterComputeResource": {"web-1": {"resource_pool", "cluster"}, "DC0_C0_H0": {"folder", "datacenter", "cluster"}},
		"Folder":                 {"web-1": {"folder", "resource_pool", "datacenter"}, "DC0_C0_H0": {"folder", "datacenter"}, "LocalDS_0": {"folder", "datacenter"}},
		"Datacenter":             {"web-1": {"folder", "resource_pool", "datacenter"}, "DC0_C0_H0": {"folder", "datacenter"}, "LocalDS_0": {"folder", "datacenter"}},
		"Datastore":              {"web-1": {"datastores"}},
	} {
		t.Run(kind, func(t *testing.T) {
			f := front(t, v, func(c *simulated.Call) bool {
				if c.Name == "RetrievePropertiesEx" {
					c.Change = func(response []byte) []byte {
						return objects.ReplaceAllFunc(response, func(object []byte) []byte {
							if bytes.Contains(object, []byte(`<obj type="`+kind+`">`)) {
								return nil
							}
							return object
						})
					}
				}
				return false
			})
			got := read(t, f.Config())
			for name, fields := range unknown {
				for _, field := range places {
					value, there := got.named(t, name).Metadata[field]
					switch unknown := slices.Contains(fields, field); {
					case unknown && there:
						t.Errorf("%s: got %s %v, want nothing", name, field, value)
					case !unknown && name == "web-1" && value == nil:
						t.Errorf("%s: got no %s", name, field)
					}
				}
			}
		})
	}
}

// Of a datastore that cannot be reached, and whose size vCenter does not know, the size that was known
// stays.
func TestDatastoreThatCannotBeReached(t *testing.T) {
	v := vcenter(t, 10)
	for _, entity := range v.Model.Map().All("Datastore") {
		store := entity.(*simulator.Datastore)
		store.Summary.Accessible = false
		if store.Name == "LocalDS_0" {
			store.Summary.Capacity, store.Summary.FreeSpace, store.Summary.Uncommitted = 0, 0, 0
		}
	}
	got := read(t, v.Config())
	for _, field := range []string{"capacity_bytes", "free_bytes", "uncommitted_bytes"} {
		if value, there := got.named(t, "LocalDS_0").Metadata[field]; there {
			t.Errorf("LocalDS_0: got %s %v, want nothing", field, value)
		}
		if got.named(t, "LocalDS_1").Metadata[field] == nil {
			t.Errorf("LocalDS_1: got no %s", field)
		}
	}
}

// A response with a circle of places does not hold the reading for ever.
func TestPlacesInACircle(t *testing.T) {
	own, parent := regexp.MustCompile(`<obj type="\w+">([^<]+)</obj>`), regexp.MustCompile(`(<name>parent</name><val[^>]*>)[^<]+`)
	f := front(t, unchanged(t, 10), func(c *simulated.Call) bool {
		if c.Name == "RetrievePropertiesEx" && strings.Contains(c.Body, "Datacenter") {
			c.Change = func(response []byte) []byte {
				return objects.ReplaceAllFunc(response, func(object []byte) []byte {
					return parent.ReplaceAll(object, slices.Concat([]byte("${1}"), own.FindSubmatch(object)[1]))
				})
			}
		}
		return false
	})
	if folder, there := read(t, f.Config()).named(t, "web-1").Metadata["folder"]; there {
		t.Errorf("got the folder %v, want nothing", folder)
	}
}

// What is told of a text that is too long is cleared when it is not any more.
func TestMarksOfLimitsAreCleared(t *testing.T) {
	record := read(t, unchanged(t, 10).Config()).named(t, "web-1")
	for _, field := range []string{"full_name", "left_out"} {
		if value, there := record.Metadata[field]; value != nil || !there {
			t.Errorf("got %s %v of a short record, want null", field, value)
		}
	}
}

// What is longer than Klarity takes is shortened where it must be, and whole in the metadata.
func TestLimits(t *testing.T) {
	v := vcenter(t, 10)
	vm := machineNamed(t, v.Model, "web-1")
	long := strings.Repeat("ü", 300)
	vm.Name = long
	vm.CustomValue[0].(*types.CustomFieldStringValue).Value = long
	vm.Config.Annotation = strings.Repeat("n", 2<<20)
	cfg := v.Config()
	cfg.TagAttributes = []string{"Owner"}
	got := read(t, cfg)
	wantTexts(t, "gaps", got.gaps, "with more metadata than Klarity takes: 1 object")
	record := got.named(t, strings.Repeat("ü", 254)+"…")
	if record.Metadata["full_name"] != long {
		t.Error("the metadata do not have the full name")
	}
	if got, want := *record.Tags["Owner"], strings.Repeat("ü", 254)+"…"; got != want {
		t.Errorf("got the tag %q, want %q", got, want)
	}
	if !strings.Contains(asJSON(t, record.Metadata["custom_attributes"]), long) {
		t.Error("the metadata do not have the whole attribute")
	}
	if text, there := record.Metadata["annotation"]; text != nil || !there {
		t.Error("the metadata have the annotation of 2 MB")
	}
	if got, want := asJSON(t, record.Metadata["left_out"]), `["annotation"]`; got != want {
		t.Errorf("got left_out %s, want %s", got, want)
	}
}

func TestSetTags(t *testing.T) {
	values, empty := map[string]string{}, []string{}
	for i := range 990 {
		values[fmt.Sprintf("full-%04d", i)] = "x"
		empty = append(empty, fmt.Sprintf("empty-%04d", i))
	}
	r := &models.EstateRecord{ID: "1", Type: "t"}
	if left := inventory.SetTags(r, values, empty); left != 0 || len(r.Tags) != 1000 || r.Tags["full-0989"] == nil {
		t.Errorf("got %d tags and %d left, want 1000 and none", len(r.Tags), left)
	}
	for i := range 20 {
		values[fmt.Sprintf("more-%04d", i)] = "x"
	}
	if left := inventory.SetTags(r, values, empty); left != 10 || len(r.Tags) != 1000 {
		t.Errorf("got %d tags and %d left, want 1000 and 10", len(r.Tags), left)
	}
	for key := range values {
		values[key] = strings.Repeat("\x01", 255) // six bytes each, in JSON
	}
	if left := inventory.SetTags(r, values, nil); left == 0 {
		t.Error("got none left of 1.5 MB")
	}
	if err := api.CheckRecord(r, models.InsertInPeriodCurrent); err != nil {
		t.Error(err)
	}
}

func TestJoined(t *testing.T) {
	a, b := strings.Repeat("a", 130), strings.Repeat("b", 124)
	for _, test := range []struct {
		names []string
		want  string
	}{
		{[]string{"a"}, "a"},
		{[]string{"a", "b", "c"}, "a, b, c"},
		{[]string{a, strings.Repeat("b", 123)}, a + ", " + strings.Repeat("b", 123)},
		{[]string{a, b}, a},
		{[]string{strings.Repeat("é", 256)}, strings.Repeat("é", 254) + "…"},
	} {
		if got := inventory.Joined(test.names); got != test.want {
			t.Errorf("%q: got %q, want %q", test.names, got, test.want)
		}
	}
}
