package main

import (
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vmware/govmomi/simulator"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
)

// setEnvironment sets the variables of both services to those of the servers, or to none where one is
// nil.
func setEnvironment(t *testing.T, k *apitest.Server, f *simulated.Front, password string) {
	t.Helper()
	jobtest.Environment(t, k)
	env := map[string]string{
		inventory.EnvURL: "", inventory.EnvUsername: "", inventory.EnvPassword: "", inventory.EnvCACerts: "",
		inventory.EnvKnownHosts: "", inventory.EnvDatacenter: "", inventory.EnvInsecure: "",
	}
	if f != nil {
		env[inventory.EnvURL], env[inventory.EnvUsername], env[inventory.EnvPassword] = f.URL.String(), simulated.Username, password
		if cert := f.Server.Certificate(); cert != nil {
			env[inventory.EnvCACerts] = jobtest.File(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})))
		}
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
}

func TestMain(m *testing.M) {
	status := m.Run()
	if v, err := shared(); err == nil {
		v.Close()
	}
	os.Exit(status)
}

// shared is a vCenter of 20 machines that no test changes.
var shared = sync.OnceValues(func() (*simulated.VCenter, error) { return simulated.Start(20, false) })

// servers starts Klarity's emulator and a front before the shared vCenter, which speaks TLS, and sets
// the environment to them.
func servers(t *testing.T, hook func(*simulated.Call) bool) (*apitest.Server, *simulated.VCenter, *simulated.Front) {
	t.Helper()
	v, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	k, f := before(t, v, hook)
	return k, v, f
}

// ownServers is servers with a vCenter that the test may change.
func ownServers(t *testing.T) (*apitest.Server, *simulated.VCenter) {
	t.Helper()
	v, err := simulated.Start(20, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	k, _ := before(t, v, nil)
	return k, v
}

// before puts a front before a vCenter and sets the environment to it, and to an emulator of Klarity.
func before(t *testing.T, v *simulated.VCenter, hook func(*simulated.Call) bool) (*apitest.Server, *simulated.Front) {
	t.Helper()
	f := simulated.NewFront(v, true, hook)
	t.Cleanup(f.Close)
	k := apitest.NewServer(t)
	setEnvironment(t, k, f, v.Password)
	return k, f
}

// runVsphere runs the program and checks that it does not show the password.
func runVsphere(t *testing.T, args ...string) jobtest.Result {
	t.Helper()
	result := jobtest.Run(t, run, "", args...)
	if password := os.Getenv(inventory.EnvPassword); password != "" && strings.Contains(result.Out+result.Err, password) {
		t.Errorf("the output shows the password:\n%s%s", result.Out, result.Err)
	}
	return result
}

const total = 20 + 6 // with 4 hosts and 2 datastores

// The README's first command.
func TestWithNothingSet(t *testing.T) {
	setEnvironment(t, nil, nil, "")
	report := filepath.Join(t.TempDir(), "report.jsonl")
	result := runVsphere(t, "-report", report)
	result.Want(t, 0, []string{
		"No credentials are set: this runs on an emulator", "The inventory is made up: it comes from a simulated vCenter",
		"So are its prices", "Reading from 127.0.0.1:", "accepted       46", "EUR", "vsphere/vm ", "vsphere/template ", "vsphere/host ", "vsphere/datastore ", "All records were accepted.",
	}, nil)
	if result.Err != "" {
		t.Errorf("got errors: %s", result.Err)
	}
	if lines := jobtest.Report(t, report, 46); jobtest.Count(lines, "accepted") != 46 {
		t.Errorf("got %d accepted records in the report, want 46", jobtest.Count(lines, "accepted"))
	}
}

// find returns the record with a name.
func find(t *testing.T, k *apitest.Server, name string) apitest.Record {
	t.Helper()
	for _, r := range k.Records() {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("the estate has no record named %q", name)
	return apitest.Record{}
}

// field returns what a record of the estate has at a path such as metadata.vendor, and null if it has
// nothing.
func field(t *testing.T, r apitest.Record, path string) any {
	t.Helper()
	have := plain(t, r)
	for key := range strings.SplitSeq(path, ".") {
		object, _ := have.(map[string]any)
		have = object[key]
	}
	return have
}

// plain is a value as JSON has it.
func plain(t *testing.T, v any) (decoded any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &decoded)
	}
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// Every field of the README's tables is in the estate, with the value that vCenter has.
func TestEveryFieldArrives(t *testing.T) {
	k, v := ownServers(t)
	web, app := machineNamed(t, v, "web-1"), machineNamed(t, v, "app-1")
	longName := strings.Repeat("n", 300)
	app.Name = longName
	app.ParentVApp = web.ResourcePool // what a vApp is, too
	registry := v.Model.Map()
	host := registry.Get(*web.Runtime.Host).(*simulator.HostSystem)
	booted := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	host.Runtime.BootTime, host.Runtime.InMaintenanceMode = &booted, true
	store := registry.Get(web.Datastore[0]).(*simulator.Datastore)
	store.Summary.Capacity, store.Summary.FreeSpace, store.Summary.Uncommitted = 9000, 4000, 700
	store.Summary.MaintenanceMode, store.Summary.MultipleHostAccess = "inMaintenance", new(true)
	machine := web.VirtualMachine

	runVsphere(t, "-cost", "prices.csv", "-today", "-tag-attributes", "Owner").
		Want(t, 0, []string{"All records were accepted."}, nil)
	if k.Len() != total {
		t.Errorf("the estate has %d records, want %d", k.Len(), total)
	}
	vcenter, _, _ := strings.Cut(find(t, k, host.Name).ID, "/")
	if len(vcenter) != 36 {
		t.Fatalf("the host has the ID %q, want a UUID before the moref", find(t, k, host.Name).ID)
	}
	hardware := host.Summary.Hardware
	checked := map[string]bool{}
	for name, fields := range map[string]map[string]any{
		"web-1": {
			"type": "vsphere/vm", "id": machine.Config.InstanceUuid, "name": "web-1",
			"tags": map[string]string{"Environment": "production", "Application": "billing, shop", "Backup": "daily", "Owner": "Platform"},
			"metadata.vsphere_tags": []any{
				map[string]any{"category": "Application", "tags": []string{"billing", "shop"}},
				map[string]any{"category": "Backup", "tags": []string{"daily"}},
				map[string]any{"category": "Environment", "tags": []string{"production"}},
			},
			"metadata.custom_attributes": []any{map[string]string{"name": "Last backup", "value": "2024-04-01 09:30:00"}, map[string]string{"name": "Owner", "value": "Platform"}},
			"metadata.vcenter":           "127.0.0.1", "metadata.moref": machine.Self.Value,
			"metadata.guest_os": "Debian GNU/Linux 12 (64-bit)", "metadata.guest_id": "debian12_64Guest",
			"metadata.hostname": "web-1.example.internal", "metadata.ip_addresses": []string{"10.0.0.0", "fd00::0"},
			"metadata.tools_running": "guestToolsRunning", "metadata.tools_status": "guestToolsCurrent", "metadata.tools_version": "12389",
			"metadata.vcpus": 2, "metadata.cores_per_socket": 2, "metadata.memory_mb": 4096,
			"metadata.disks":             []any{map[string]any{"label": "disk-202-0", "capacity_bytes": int64(40 << 30), "file": "[LocalDS_0] DC0_C0_RP0_VM0/disk1.vmdk"}},
			"metadata.provisioned_bytes": int64(40 << 30), "metadata.committed_bytes": int64(20 << 30), "metadata.uncommitted_bytes": int64(20 << 30),
			"metadata.firmware": "efi", "metadata.hardware_version": "vmx-20",
			"metadata.bios_uuid": machine.Config.Uuid, "metadata.created": "2024-03-01T09:30:00Z", "metadata.annotation": "Serves web.",
			"metadata.power_state": "poweredOn", "metadata.connection_state": "connected",
			"metadata.host": host.Name, "metadata.cluster": "DC0_C0", "metadata.resource_pool": "/DC0/host/DC0_C0/Resources",
			"metadata.folder": "/DC0/vm", "metadata.datacenter": "DC0", "metadata.datastores": []string{"LocalDS_0"},
			"metadata.vapp": nil, "metadata.full_name": nil, "metadata.left_out": nil,
			// 2 × 0.42 + 4 × 0.105 + 40 / 1024 × 1.85
			"costs": []any{map[string]string{"date": time.Now().UTC().Format(time.DateOnly), "value": "1.332265625", "currency": "EUR"}},
		},
		strings.Repeat("n", 254) + "…": {
			"metadata.full_name": longName, "metadata.vapp": "/DC0/host/DC0_C0/Resources", "metadata.host": "DC0_H0", "metadata.cluster": nil,
		},
		"cache-2":            {"metadata.folder": "/DC0/vm/lab%2fold"},
		"db-2":               {"metadata.folder": "/DC0/vm/staging"},
		"batch-1":            {"metadata.folder": "/DC0/vm/staging"},
		"batch/nightly 100%": {"metadata.folder": "/DC0/vm/production"},
		host.Name: {
			"type": "vsphere/host", "id": vcenter + "/" + host.Self.Value, "costs": nil,
			"metadata.vendor": hardware.Vendor, "metadata.model": hardware.Model, "metadata.hardware_uuid": hardware.Uuid, "metadata.cpu_model": hardware.CpuModel,
			"metadata.cpu_sockets": hardware.NumCpuPkgs, "metadata.cpu_cores": hardware.NumCpuCores, "metadata.cpu_threads": hardware.NumCpuThreads,
			"metadata.cpu_mhz": hardware.CpuMhz, "metadata.memory_bytes": hardware.MemorySize,
			"metadata.esxi_version": host.Summary.Config.Product.Version, "metadata.esxi_build": host.Summary.Config.Product.Build,
			"metadata.connection_state": "connected", "metadata.power_state": "poweredOn", "metadata.in_maintenance_mode": true,
			"metadata.booted": "2026-01-02T03:04:05Z", "metadata.cluster": "DC0_C0", "metadata.datacenter": "DC0", "metadata.folder": "/DC0/host/DC0_C0",
		},
		"LocalDS_0": {
			"type": "vsphere/datastore", "id": vcenter + "/" + store.Self.Value, "costs": nil,
			"metadata.datastore_type": "OTHER", "metadata.url": store.Summary.Url, "metadata.capacity_bytes": 9000, "metadata.free_bytes": 4000,
			"metadata.uncommitted_bytes": 700, "metadata.accessible": true, "metadata.maintenance_mode": "inMaintenance", "metadata.shared": true,
			"metadata.datacenter": "DC0", "metadata.folder": "/DC0/datastore",
		},
	} {
		record := find(t, k, name)
		for path, want := range fields {
			checked[path] = true
			if got, want := field(t, record, path), plain(t, want); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: got %s %v, want %v", name, path, got, want)
			}
		}
	}
	for _, path := range documented(t) {
		if !checked[path] {
			t.Errorf("README.md has the field %s, and nothing checks it", path)
		}
	}
	for _, r := range k.Records() {
		for key := range r.Metadata {
			if !slices.Contains(documented(t), "metadata."+key) {
				t.Errorf("%s has metadata.%s, which README.md does not have", r.Name, key)
			}
		}
	}
}

// documented are the fields in the second column of README's tables under "What becomes what".
func documented(t *testing.T) (fields []string) {
	t.Helper()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "## What becomes what")
	section, _, _ := strings.Cut(rest, "What vSphere says is not there")
	for line := range strings.Lines(section) {
		if columns := strings.Split(line, "|"); len(columns) == 5 {
			for _, name := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(columns[2], -1) {
				fields = append(fields, name[1])
			}
		}
	}
	if len(fields) < 50 {
		t.Fatalf("README.md has %d fields", len(fields))
	}
	return fields
}

// machineNamed is a machine of a simulated vCenter.
func machineNamed(t *testing.T, v *simulated.VCenter, name string) *simulator.VirtualMachine {
	t.Helper()
	for _, entity := range v.Model.Map().All("VirtualMachine") {
		if vm := entity.(*simulator.VirtualMachine); vm.Name == name {
			return vm
		}
	}
	t.Fatalf("there is no machine %q", name)
	return nil
}
