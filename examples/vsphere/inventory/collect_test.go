package inventory_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/examples/vsphere/inventory"
	"github.com/klarity-go/klarity/examples/vsphere/simulated"
)

// A run for each kind of object, a page of objects with one call and their tags with another one:
// no call is about a single object.
func TestCallsGrowWithPagesOnly(t *testing.T) {
	v := unchanged(t, 45)
	f := front(t, v, func(c *simulated.Call) bool {
		if c.Name == "RetrievePropertiesEx" && strings.Contains(c.Body, "ContainerView") && !strings.Contains(c.Body, "<pathSet>view</pathSet>") &&
			!strings.Contains(c.Body, "<reportMissingObjectsInResults>true</reportMissingObjectsInResults>") {
			t.Errorf("an object that is deleted would end this run: %s", c.Body)
		}
		return false
	})
	read(t, small(f.Config())).complete(t, 45+others)
	for call, want := range map[string]int{
		"CreateContainerView":                           4,     // places, hosts, datastores, machines
		"RetrievePropertiesEx":                          4 + 2, // and the custom attributes, and which machines there are
		"ContinueRetrievePropertiesEx":                  3,     // 45 machines are 4 pages, all else is one
		"tag-association:list-attached-tags-on-objects": 4 + 2,
		"category": 1,
		"Login":    1, "Logout": 1, "POST session": 1, "DELETE session": 1,
	} {
		if got := f.Count(call); got != want {
			t.Errorf("got %d calls of %s, want %d", got, call, want)
		}
	}
	tags, categories := 0, 0
	for _, call := range f.Calls() {
		switch {
		case strings.Contains(call, "InventoryServiceTag"):
			tags++
		case strings.Contains(call, "InventoryServiceCategory"):
			categories++
		}
	}
	if tags != 5 || categories != 3 {
		t.Errorf("got %d calls for 5 tags and %d for 3 categories, want one each: %q", tags, categories, f.Calls())
	}
}

// Records arrive while later pages have not been asked for.
func TestRecordsComeAPageAtATime(t *testing.T) {
	f := front(t, unchanged(t, 45), nil)
	s, err := inventory.Open(t.Context(), small(f.Config()))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close(t.Context())
	n := 0
	for _, err := range s.Records(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; n == others+13 {
			break
		}
	}
	if got := f.Count("ContinueRetrievePropertiesEx"); got != 1 {
		t.Errorf("got %d calls for more after two pages, want 1", got)
	}
	if got := f.Count("CancelRetrievePropertiesEx"); got != 1 {
		t.Errorf("got %d calls that give the rest up, want 1", got)
	}
	// It can be read again, as -strict does.
	readFrom(t.Context(), t, s).complete(t, 45+others)
}

// A machine that is deleted before its page is read is left out, and counted. One that is in no page
// and was not deleted is a gap.
func TestMachinesThatAreInNoPage(t *testing.T) {
	for name, test := range map[string]struct {
		deleted, unlisted bool
		gap, note         string
	}{
		"deleted":                        {deleted: true, note: "Vanished while the inventory was read, and not sent: 3 objects."},
		"forgotten":                      {gap: "not read, and not sent, although vCenter lists them: 3 machines"},
		"deleted, and nobody can say so": {deleted: true, unlisted: true, gap: "not read, and not sent, although vCenter lists them: 3 machines"},
	} {
		t.Run(name, func(t *testing.T) {
			gone := map[string]bool{}
			f := front(t, unchanged(t, 45), func(c *simulated.Call) bool {
				if test.deleted && strings.Contains(c.Body, "<pathSet>view</pathSet>") {
					c.Change = func(response []byte) []byte {
						for ref := range gone {
							response = regexp.MustCompile(`<[^<>]+>`+ref+`</[^<>]+>`).ReplaceAll(response, nil)
						}
						return response
					}
				}
				if test.unlisted && c.Name == "CreateContainerView" && c.Number > 4 {
					return faultOf(c, "RuntimeFault", "")
				}
				if c.Name != "ContinueRetrievePropertiesEx" {
					return false
				}
				// The simulator answers with what there was at the beginning, vCenter with what there is.
				c.Change = func(response []byte) []byte {
					return objects.ReplaceAllFunc(response, func(object []byte) []byte {
						if len(gone) == 3 {
							return object
						}
						ref := string(object[bytes.Index(object, []byte(">vm-"))+1 : bytes.Index(object, []byte("</obj>"))])
						gone[ref] = true
						return nil
					})
				}
				return false
			})
			got := read(t, small(f.Config()))
			if got.err != nil || len(got.records) != 42+others {
				t.Fatalf("got %d records and the error %v, want %d and none", len(got.records), got.err, 42+others)
			}
			if notes := strings.Join(got.notes, "\n"); notes != test.note {
				t.Errorf("got the notes %q, want %q", notes, test.note)
			}
			if gaps := strings.Join(got.gaps, "\n"); gaps != test.gap {
				t.Errorf("got the gaps %q, want %q", gaps, test.gap)
			}
			for _, r := range got.records {
				if gone[r.Metadata["moref"].(string)] {
					t.Errorf("%s was sent", r.Name)
				}
			}
		})
	}
}

// faultOf answers with a fault of the vSphere API.
func faultOf(c *simulated.Call, kind, detail string) bool {
	c.Writer.Header().Set("Content-Type", "text/xml")
	c.Writer.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintf(c.Writer, `<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>%s happened</faultstring><detail><Fault xmlns="urn:vim25" xsi:type="%s">%s</Fault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`,
		kind, kind, detail)
	return true
}

// hangUp ends the connection in the middle of a response.
func hangUp(c *simulated.Call) bool {
	c.Writer.Header().Set("Content-Length", "1000")
	c.Writer.WriteHeader(http.StatusOK)
	_, _ = c.Writer.Write([]byte("<?xml"))
	panic(http.ErrAbortHandler)
}

// What ends a run early once does not end the reading: it is begun again, and no object is yielded
// a second time.
func TestRunIsBegunAgain(t *testing.T) {
	v := unchanged(t, 45)
	for name, hook := range map[string]func(*simulated.Call) bool{
		"the session has ended": func(c *simulated.Call) bool { return faultOf(c, "NotAuthenticated", "") },
		"an object was deleted": func(c *simulated.Call) bool {
			return faultOf(c, "ManagedObjectNotFound", `<obj type="VirtualMachine">vm-1</obj>`)
		},
		"the run is not known any more": func(c *simulated.Call) bool {
			return faultOf(c, "InvalidArgument", "<invalidProperty>token</invalidProperty>")
		},
		"the connection broke": hangUp,
		"a proxy answers": func(c *simulated.Call) bool {
			http.Error(c.Writer, "later", http.StatusServiceUnavailable)
			return true
		},
		"and breaks another time": nil,
	} {
		t.Run(name, func(t *testing.T) {
			failed, logins := 0, 1
			f := front(t, v, func(c *simulated.Call) bool {
				switch second := c.Name == "ContinueRetrievePropertiesEx" && c.Number == 2; {
				case name == "the session has ended" && (second || failed > 0 && c.Name == "Login"):
					failed++
					c.Request.Header.Del("Cookie") // vCenter does not know the session any more
				case name == "and breaks another time" && (second || c.Name == "ContinueRetrievePropertiesEx" && c.Number == 5):
					failed++
					return hangUp(c)
				case second && hook != nil:
					failed++
					return hook(c)
				}
				return false
			})
			read(t, small(f.Config())).complete(t, 45+others)
			if failed == 0 {
				t.Error("nothing failed")
			}
			if name == "the session has ended" {
				logins++
			}
			if got := f.Count("Login"); got != logins {
				t.Errorf("got %d logins, want %d", got, logins)
			}
		})
	}
}

// What goes on failing ends the reading with an error, after the records so far.
func TestReadingThatBreaksOffSaysSo(t *testing.T) {
	v := unchanged(t, 45)
	for _, test := range []struct {
		name  string
		fail  func(*simulated.Call) bool
		tries int
		texts []string
	}{
		{"the connection breaks", hangUp, 4, []string{"the connection to 127.0.0.1", "broke", "given up after 3 restarts"}},
		{"the session ends", func(c *simulated.Call) bool { c.Request.Header.Del("Cookie"); return false }, 4, []string{"the session has ended", "given up after 3 restarts"}},
		{"vCenter has a fault", func(c *simulated.Call) bool { return faultOf(c, "RuntimeFault", "") }, 1, []string{"RuntimeFault happened"}},
		{"no permission", func(c *simulated.Call) bool {
			return faultOf(c, "NoPermission", "<privilegeId>System.Read</privilegeId>")
		}, 1, []string{"lacks a permission", "Read-only"}},
		{"status 403", func(c *simulated.Call) bool { c.Writer.WriteHeader(http.StatusForbidden); return true }, 1, []string{"status 403"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := front(t, v, func(c *simulated.Call) bool {
				// The second page of machines fails, and so does the first of each new run, whose
				// objects were read before.
				if c.Name == "Login" {
					c.Request.Header.Del("Cookie")
				}
				return c.Name == "ContinueRetrievePropertiesEx" && test.fail(c)
			})
			got := read(t, small(f.Config()))
			wantError(t, got.err, v.Password, append(test.texts, "VirtualMachine")...)
			if len(got.records) != 12+others {
				t.Errorf("got %d records before the error, want %d", len(got.records), 12+others)
			}
			if n := f.Count("ContinueRetrievePropertiesEx"); n != test.tries {
				t.Errorf("got %d tries, want %d", n, test.tries)
			}
			if n := f.Count("Logout"); n != 1 {
				t.Errorf("got %d logouts, want 1", n)
			}
		})
	}
}

// A context that ends while vCenter is slow ends the reading at once, and the sessions are closed.
func TestInterruptEndsReadingAndLogsOut(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("interrupted by the test")
	f := front(t, unchanged(t, 45), func(c *simulated.Call) bool {
		if c.Name != "ContinueRetrievePropertiesEx" {
			return false
		}
		cancel(reason)
		<-c.Request.Context().Done()
		return true
	})
	s, err := inventory.Open(t.Context(), small(f.Config()))
	if err != nil {
		t.Fatal(err)
	}
	got := readFrom(ctx, t, s)
	if !errors.Is(got.err, reason) {
		t.Errorf("got the error %v, want %v", got.err, reason)
	}
	s.Close(ctx)
	if calls := f.Calls(); !slices.Contains(calls, "Logout") || !slices.Contains(calls, "DELETE session") {
		t.Errorf("a session stays open: got the calls %q", calls)
	}
}

// A vCenter that does not know a property of later versions is read without it.
func TestOlderVCenterHasNoCreateDate(t *testing.T) {
	f := front(t, unchanged(t, 20), func(c *simulated.Call) bool {
		if c.Name != "RetrievePropertiesEx" {
			return false
		}
		return strings.Contains(c.Body, "config.createDate") && faultOf(c, "InvalidProperty", "<name>config.createDate</name>")
	})
	got := read(t, small(f.Config()))
	got.complete(t, 20+others)
	if created := got.named(t, "web-1").Metadata["created"]; created != nil {
		t.Errorf("got created %v, want null", created)
	}
}
