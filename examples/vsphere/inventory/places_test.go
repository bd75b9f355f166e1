package inventory_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vmware/govmomi/simulator"

	"github.com/klarity-go/klarity/examples/vsphere/simulated"
)

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
