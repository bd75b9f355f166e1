package inventory_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
)

// never answers a call.
func never(c *simulated.Call) bool {
	<-c.Request.Context().Done()
	return true
}

// impatient is a configuration whose calls have no more than a moment, and pages of three objects,
// which take less than that.
func impatient(f *simulated.Front) inventory.Config {
	cfg := small(f.Config())
	cfg.PageSize, cfg.CallTimeout = 3, time.Second
	return cfg
}

// What is not answered once is asked again, whatever it is.
func TestCallThatIsNotAnswered(t *testing.T) {
	for _, call := range []string{"Login", "CreateContainerView", "ContinueRetrievePropertiesEx", "tag-association:list-attached-tags-on-objects"} {
		t.Run(call, func(t *testing.T) {
			v := vcenter(t, 10) // two cannot be started at the same time
			t.Parallel()
			f := front(t, v, func(c *simulated.Call) bool { return c.Name == call && c.Number == 1 && never(c) })
			read(t, impatient(f)).complete(t, 10+others)
			if f.Count(call) < 2 {
				t.Errorf("got the calls %q, want %s twice", f.Calls(), call)
			}
		})
	}
}

// A vCenter that does not answer any more does not hold a run for ever.
func TestVCenterThatNeverAnswers(t *testing.T) {
	t.Run("at the login", func(t *testing.T) {
		v := vcenter(t, 10) // two cannot be started at the same time
		t.Parallel()
		f := front(t, v, func(c *simulated.Call) bool { return c.Name == "Login" && never(c) })
		cfg := impatient(f)
		cfg.CallTimeout = 200 * time.Millisecond
		wantError(t, open(t, cfg), v.Password, "logging in", "did not answer in time", "GOVC_URL")
	})
	t.Run("in the middle", func(t *testing.T) {
		v := vcenter(t, 10) // two cannot be started at the same time
		t.Parallel()
		f := front(t, v, func(c *simulated.Call) bool { return c.Name == "ContinueRetrievePropertiesEx" && never(c) })
		cfg := impatient(f)
		cfg.CallTimeout = 400 * time.Millisecond
		wantError(t, open(t, cfg), v.Password, "Folder", "given up after 3 restarts", "did not answer in time")
	})
}

// A call about tags that fails in a way that may pass is made again.
func TestTagsAreAskedForAgain(t *testing.T) {
	v := unchanged(t, 20)
	for _, call := range []string{"POST session", "category", "InventoryServiceCategory", "InventoryServiceTag", "tag-association"} {
		for _, status := range []int{0, 429, 500, 502, 503, 504} {
			if call != "tag-association" && status > 0 && status != 503 {
				continue
			}
			t.Run(fmt.Sprintf("%s, %d", call, status), func(t *testing.T) {
				failed := 0
				f := front(t, v, func(c *simulated.Call) bool {
					if failed == 3 || !strings.Contains(c.Name, call) {
						return false
					}
					failed++
					if status == 0 {
						return hangUp(c)
					}
					http.Error(c.Writer, "later", status)
					return true
				})
				read(t, small(f.Config())).complete(t, 20+others)
				if failed != 3 {
					t.Errorf("got %d failed calls, want 3", failed)
				}
			})
		}
	}
}

// When asking again does not help, the tags of the rest are not asked for: a service that is down
// must not hold up each page.
func TestTagServiceThatIsDown(t *testing.T) {
	f := front(t, unchanged(t, 45), func(c *simulated.Call) bool {
		if !strings.HasPrefix(c.Name, "tag-association") {
			return false
		}
		http.Error(c.Writer, "down", http.StatusServiceUnavailable)
		return true
	})
	got := read(t, small(f.Config()))
	if got.err != nil || len(got.records) != 45+others {
		t.Fatalf("got %d records and the error %v, want %d and none", len(got.records), got.err, 45+others)
	}
	wantTexts(t, "gaps", got.gaps, "the tags of 51 objects are not known, so they are left as they are in Klarity: the tag service of")
	if n := f.Count("tag-association:list-attached-tags-on-objects"); n != 4 {
		t.Errorf("got %d calls, want 4", n)
	}
}
