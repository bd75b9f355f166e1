package inventory_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
)

func TestTagsAndAttributes(t *testing.T) {
	v := unchanged(t, 12)
	cfg := v.Config()
	cfg.TagAttributes = []string{"Owner", "Last backup"}
	got := read(t, cfg)
	got.complete(t, 12+others)
	for name, want := range map[string]map[string]*string{
		"web-1":              {"Environment": api.Tag("production"), "Application": api.Tag("billing, shop"), "Backup": api.Tag("daily"), "Owner": api.Tag("Platform"), "Last backup": api.Tag("2024-04-01 09:30:00")},
		"app-1":              {"Environment": api.Tag("staging"), "Application": nil, "Backup": api.Tag("daily"), "Owner": api.Tag("Shop"), "Last backup": nil},
		"DC0_H0":             {"Environment": nil, "Application": nil, "Backup": nil, "Owner": nil, "Last backup": nil},
		"batch/nightly 100%": {"Environment": api.Tag("production"), "Application": nil, "Backup": api.Tag("daily"), "Owner": api.Tag("Platform"), "Last backup": api.Tag("2024-04-10 09:30:00")},
	} {
		if tags := got.named(t, name).Tags; !reflect.DeepEqual(tags, want) {
			t.Errorf("%s: got the tags %s, want %s", name, asJSON(t, tags), asJSON(t, want))
		}
	}
	record := got.named(t, "web-1")
	want := `[{"category":"Application","tags":["billing","shop"]},{"category":"Backup","tags":["daily"]},{"category":"Environment","tags":["production"]}]`
	if got := asJSON(t, record.Metadata["vsphere_tags"]); got != want {
		t.Errorf("got vsphere_tags %s, want %s", got, want)
	}
	want = `[{"name":"Last backup","value":"2024-04-01 09:30:00"},{"name":"Owner","value":"Platform"}]`
	if got := asJSON(t, record.Metadata["custom_attributes"]); got != want {
		t.Errorf("got custom_attributes %s, want %s", got, want)
	}
	if tags, there := got.named(t, "DC0_H0").Metadata["vsphere_tags"]; tags != nil || !there {
		t.Errorf("got vsphere_tags %v of a host without tags, want null", tags)
	}
}

// Without being asked for, a custom attribute is no tag; one with the name of a category, or that
// does not exist, is refused.
func TestAttributesThatBecomeTags(t *testing.T) {
	v := vcenter(t, 10)
	record := read(t, v.Config()).named(t, "web-1")
	if owner, there := record.Tags["Owner"]; there {
		t.Errorf("got the tag Owner %v, want none", owner)
	}
	fields := v.Model.Map().Get(*v.Model.ServiceContent.CustomFieldsManager).(*simulator.CustomFieldsManager)
	fields.Field[0].Name = "Environment"
	for name, text := range map[string]string{"Environment": "has the name of a category of tags", "Nothing": `there is no custom attribute "Nothing"`} {
		cfg := v.Config()
		cfg.TagAttributes = []string{name}
		err := open(t, cfg)
		wantError(t, err, v.Password, text)
		if !inventory.IsConfig(err) {
			t.Errorf("%s: the error is not one of the configuration", name)
		}
	}
}

// What is deleted or made while it is read is no fault.
func TestTagsThatChangeMeanwhile(t *testing.T) {
	v := unchanged(t, 10)
	environment := func(t *testing.T, hook func(*simulated.Call) bool) (value *string, there bool) {
		t.Helper()
		got := read(t, front(t, v, hook).Config())
		got.complete(t, 10+others)
		value, there = got.named(t, "app-1").Tags["Environment"]
		return value, there
	}
	t.Run("all tags are deleted", func(t *testing.T) {
		value, there := environment(t, func(c *simulated.Call) bool {
			if !strings.Contains(c.Name, "InventoryServiceTag") {
				return false
			}
			c.Writer.WriteHeader(http.StatusNotFound)
			return true
		})
		if value != nil || !there {
			t.Errorf("got the tag %v, want null", value)
		}
	})
	for known := range 3 { // whichever of the categories that is
		value, _ := environment(t, func(c *simulated.Call) bool {
			if c.Name == "category" {
				c.Change = func(response []byte) []byte {
					var ids struct {
						Value []string `json:"value"`
					}
					if err := json.Unmarshal(response, &ids); err != nil {
						t.Error(err)
					}
					ids.Value = ids.Value[known : known+1]
					return []byte(asJSON(t, ids))
				}
			}
			return false
		})
		if value == nil || *value != "staging" {
			t.Errorf("got the tag %v of a category that is new, want staging", value)
		}
	}
}

// An attribute that was emptied is one that is not there.
func TestEmptyAttribute(t *testing.T) {
	v := vcenter(t, 10)
	machineNamed(t, v.Model, "web-1").CustomValue[0].(*types.CustomFieldStringValue).Value = ""
	cfg := v.Config()
	cfg.TagAttributes = []string{"Owner"}
	record := read(t, cfg).named(t, "web-1")
	if owner, there := record.Tags["Owner"]; owner != nil || !there {
		t.Errorf("got the tag %v, want null", owner)
	}
	if got, want := asJSON(t, record.Metadata["custom_attributes"]), `[{"name":"Last backup","value":"2024-04-01 09:30:00"}]`; got != want {
		t.Errorf("got the attributes %s, want %s", got, want)
	}
}

// A tag that an object cannot have is not cleared. Clients write the kinds of objects in two ways.
func TestCategoriesForSomeKinds(t *testing.T) {
	for _, test := range []struct {
		kinds         string
		machine, host bool
	}{
		{`[]`, true, true}, {`["VirtualMachine"]`, true, false}, {`["urn:vim25:VirtualMachine"]`, true, false},
		{`["Folder","HostSystem"]`, false, true}, {`["com.vmware.content.Library"]`, false, false},
	} {
		f := front(t, unchanged(t, 10), func(c *simulated.Call) bool {
			if strings.Contains(c.Name, "InventoryServiceCategory") {
				c.Change = func(response []byte) []byte {
					var content struct {
						Value map[string]any `json:"value"`
					}
					if err := json.Unmarshal(response, &content); err != nil {
						t.Error(err)
					}
					content.Value["associable_types"] = json.RawMessage(test.kinds)
					return []byte(asJSON(t, content))
				}
			}
			return false
		})
		got := read(t, f.Config())
		for name, want := range map[string]bool{"app-1": test.machine, "DC0_H0": test.host} {
			if value, there := got.named(t, name).Tags["Application"]; value != nil || there != want {
				t.Errorf("%s: %s has the tag Application %v, want it to be cleared: %v", test.kinds, name, there, want)
			}
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Without the service of tags there are all records, without tags, and a gap.
func TestVCenterWithoutTags(t *testing.T) {
	v := unchanged(t, 45)
	for name, test := range map[string]struct {
		fails func(*simulated.Call) bool
		gap   string
	}{
		"no such service":         {func(c *simulated.Call) bool { return c.Name == "POST session" }, "status 404"},
		"no categories":           {func(c *simulated.Call) bool { return c.Name == "category" }, "status 404"},
		"not the tags of a page":  {func(c *simulated.Call) bool { return strings.HasPrefix(c.Name, "tag-association") && c.Number == 4 }, "the tags of 12 objects are not known"},
		"not the name of the tag": {func(c *simulated.Call) bool { return strings.Contains(c.Name, "InventoryServiceTag") && c.Number == 1 }, "objects are not known"},
	} {
		for _, status := range []int{http.StatusNotFound, http.StatusForbidden} {
			if strings.HasPrefix(name, "not the name") && status == http.StatusNotFound {
				continue // a tag that was deleted meanwhile
			}
			t.Run(fmt.Sprintf("%s, %d", name, status), func(t *testing.T) {
				f := front(t, v, func(c *simulated.Call) bool {
					if !test.fails(c) {
						return false
					}
					http.Error(c.Writer, "no", status)
					return true
				})
				got := read(t, small(f.Config()))
				if got.err != nil || len(got.records) != 45+others {
					t.Fatalf("got %d records and the error %v, want %d and none", len(got.records), got.err, 45+others)
				}
				wantTexts(t, "gaps", got.gaps, strings.Replace(test.gap, "404", fmt.Sprint(status), 1))
				without := 0
				for _, r := range got.records {
					if _, there := r.Metadata["vsphere_tags"]; !there {
						without++
						if len(r.Tags) > 0 {
							t.Errorf("%s has the tags %s, which nobody told", r.Name, asJSON(t, r.Tags))
						}
					}
				}
				if without == 0 {
					t.Error("all tags are known")
				}
			})
		}
	}
}

// A user who may not read tags sees no categories. What was sent earlier is not cleared.
func TestUserWithoutPermissionForTags(t *testing.T) {
	v := unchanged(t, 10)
	f := front(t, v, func(c *simulated.Call) bool {
		if c.Name == "category" {
			c.Change = func([]byte) []byte { return []byte(`{"value":[]}`) }
		}
		return false
	})
	got := read(t, f.Config())
	wantTexts(t, "gaps", got.gaps)
	wantTexts(t, "notes", got.notes, "the user sees no category of tags")
	for _, r := range got.records {
		if _, there := r.Metadata["vsphere_tags"]; there || len(r.Tags) > 0 {
			t.Errorf("%s has the tags %s, want none, and none cleared", r.Name, asJSON(t, r.Tags))
		}
	}
}

// The session of the tags ends on its own, and is opened again.
func TestTagsAfterTheirSessionHasEnded(t *testing.T) {
	f := front(t, unchanged(t, 45), func(c *simulated.Call) bool {
		if strings.HasPrefix(c.Name, "tag-association") && c.Number == 4 {
			c.Writer.WriteHeader(http.StatusUnauthorized)
			return true
		}
		return false
	})
	read(t, small(f.Config())).complete(t, 45+others)
	if got := f.Count("POST session"); got != 2 {
		t.Errorf("got %d logins of the tags, want 2", got)
	}
}
