package inventory_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/models"
)

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
