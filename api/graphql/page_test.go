package graphql_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/graphql"
)

// collect reads a list to its end, and returns the first error.
func collect[T any](list iter.Seq2[*T, error]) (elements []*T, first error) {
	for element, err := range list {
		if err != nil && first == nil {
			first = err
		}
		if (element == nil) == (err == nil) && first == nil {
			first = fmt.Errorf("a list yields %v and the error %v: want one of them", element, err)
		}
		if element != nil {
			elements = append(elements, element)
		}
	}
	return elements, first
}

func describe(apps []*graphql.Application) (lines []string) {
	for _, a := range apps {
		line := a.NID + " " + a.Name + " " + a.DisplayName + " " + a.Description + ":"
		if a.EnvironmentsV2 != nil {
			for _, e := range a.EnvironmentsV2.Environments {
				line += " " + e.NID + " " + e.Name + " " + e.DisplayName + " " + e.Type
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// accounts is the data of a page of accounts with these nids; "-" is null.
func accounts(pages int, nids string) string {
	var list []string
	for _, nid := range strings.Fields(nids) {
		if nid == "-" {
			list = append(list, "null")
		} else {
			list = append(list, `{"nid":"`+nid+`"}`)
		}
	}
	return fmt.Sprintf(`{"accountsV2":{"pages":%d,"accounts":[%s]}}`, pages, strings.Join(list, ","))
}

func TestPages(t *testing.T) {
	for _, tt := range []struct {
		name      string
		responses []string // the last one repeats
		want      string
		err       string
		requests  int
	}{
		{"one page", []string{`{"data":` + accounts(1, "a b") + `}`}, "a b", "", 1},
		{"several", []string{`{"data":` + accounts(3, "a b") + `}`, `{"data":` + accounts(3, "c d") + `}`, `{"data":` + accounts(3, "e") + `}`}, "a b c d e", "", 3},
		{"none", []string{`{"data":` + accounts(0, "") + `}`}, "", "", 1},
		{"no list", []string{`{"data":{"accountsV2":null}}`}, "", "", 1},
		{"nulls among the elements", []string{`{"data":` + accounts(1, "- a -") + `}`}, "a", "", 1},
		{"their number is not said", []string{`{"data":` + accounts(0, "a b") + `}`, `{"data":` + accounts(0, "c") + `}`, `{"data":` + accounts(0, "") + `}`}, "a b c", "", 3},
		{"a page is not known, and repeats", []string{`{"data":` + accounts(0, "a b") + `}`}, "a b", "", 2},
		{"a page is not known, and repeats in another order", []string{`{"data":` + accounts(0, "a b") + `}`, `{"data":` + accounts(0, "b a") + `}`}, "a b", "", 2},
		{"there are fewer now", []string{`{"data":` + accounts(3, "a") + `}`, `{"data":` + accounts(2, "b") + `}`}, "a b", "", 2},
		{"one repeats before the last", []string{`{"data":` + accounts(9, "a b") + `}`}, "a b", "lacks page 2 of 9", 2},
		{"one is empty before the last", []string{`{"data":` + accounts(3, "a") + `}`, `{"data":` + accounts(3, "") + `}`}, "a", "lacks page 2 of 3", 2},
		{"the last is empty", []string{`{"data":` + accounts(2, "a") + `}`, `{"data":` + accounts(2, "") + `}`}, "a", "lacks page 2 of 2", 2},
		{"the first is empty, and there are others", []string{`{"data":` + accounts(2, "") + `}`}, "", "lacks page 1 of 2", 1},
		{"errors beside data", []string{
			`{"data":` + accounts(2, "a -") + `,"errors":[{"message":"no access","path":["accountsV2","accounts",1]}]}`,
			`{"data":` + accounts(2, "c") + `}`}, "a c", "no access", 2},
		{"errors without data", []string{`{"data":` + accounts(3, "a") + `}`, `{"data":null,"errors":[{"message":"no access"}]}`}, "a", "no access", 2},
		{"a page of HTML", []string{`{"data":` + accounts(3, "a") + `}`, `<html><title>Sign in</title>`}, "a", "not one of GraphQL", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{response: func(r *sent) (*http.Response, error) {
				if _, args := received(t, r); args["page"] != float64(r.n) || args["limit"] != 2.0 {
					t.Errorf("request %d asks for %v", r.n, args)
				}
				return respond(200, tt.responses[min(r.n, len(tt.responses)-1)]), nil
			}}
			list, err := collect(newClient(t, s, noRetry).Accounts(t.Context(), graphql.WithPageSize(2)))
			var nids []string
			for _, a := range list {
				nids = append(nids, a.NID)
			}
			if got := strings.Join(nids, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			var e *graphql.Error
			switch {
			case tt.err == "" && err != nil:
				t.Error(err)
			case tt.err != "" && (!errors.As(err, &e) || !strings.Contains(err.Error(), tt.err)):
				t.Errorf("got %v, want ...%s...", err, tt.err)
			}
			if n := len(s.requests()); n != tt.requests {
				t.Errorf("got %d requests, want %d", n, tt.requests)
			}
		})
	}
}

// A loop that is left asks for nothing more, and one that begins again begins with page 0.
func TestListCanBeLeftAndReadAgain(t *testing.T) {
	s := responds(200, `{"data":`+accounts(9, "a b")+`}`)
	list := newClient(t, s).Accounts(t.Context())
	for range 2 {
		for a, err := range list {
			if err != nil || a.NID != "a" {
				t.Fatalf("got %v, %v", a, err)
			}
			break
		}
	}
	if n := len(s.requests()); n != 2 {
		t.Errorf("got %d requests, want one a loop", n)
	}
}

func TestListEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s := &script{response: func(r *sent) (*http.Response, error) {
		return respond(200, `{"data":`+accounts(1000, fmt.Sprint(r.n))+`}`), nil
	}}
	n := 0
	var last error
	for _, err := range newClient(t, s).Accounts(ctx) {
		if last = err; err != nil {
			continue // as some do: the list must end by itself
		}
		if n++; n == 3 {
			cancel()
		}
	}
	if n != 3 || !errors.Is(last, context.Canceled) {
		t.Errorf("got %d accounts and %v", n, last)
	}
}

// Each application has its environments in pages of at most fifty, which can be read only with
// the applications around it.
func TestEnvironmentsOfAllPages(t *testing.T) {
	environments := map[string]int{"a": 120, "b": 50, "c": 0, "d": 49, "e": 101}
	type variables struct{ Limit, Page, EnvironmentsLimit, EnvironmentsPage int }
	for name, beyond := range map[string]string{"empty": "empty", "repeated": "repeated", "null": "null"} {
		t.Run("pages beyond the last are "+name, func(t *testing.T) {
			s := &script{response: func(r *sent) (*http.Response, error) {
				received(t, r) // it is valid
				var v variables
				j, _ := json.Marshal(r.body.Variables)
				if err := json.Unmarshal(j, &v); err != nil || v.Limit != 3 && v.Limit != 100 {
					t.Errorf("%v %v", v, err)
				}
				all := []string{"a", "b", "c", "d", "e"}
				var results []object
				for _, nid := range all[min(v.Page*v.Limit, 5):min((v.Page+1)*v.Limit, 5)] {
					page := v.EnvironmentsPage
					if last := max(environments[nid]-1, 0) / v.EnvironmentsLimit; page > last && beyond == "repeated" {
						page = last
					}
					list := []object{}
					for i := page * v.EnvironmentsLimit; i < min((page+1)*v.EnvironmentsLimit, environments[nid]); i++ {
						list = append(list, object{"nid": fmt.Sprint(nid, i)})
					}
					app := object{"nid": nid, "environmentsV2": object{"environments": list}}
					if len(list) == 0 && page > 0 && beyond == "null" {
						app["environmentsV2"] = nil
					}
					results = append(results, app)
				}
				body, _ := json.Marshal(object{"data": object{"applicationsPaginated": object{"pages": (5 + v.Limit - 1) / v.Limit, "results": results}}})
				return respond(200, string(body)), nil
			}}
			for _, opts := range [][]graphql.PageOption{nil, {graphql.WithPageSize(3)}} {
				apps, err := collect(newClient(t, s).Applications(t.Context(), opts...))
				if err != nil || len(apps) != 5 {
					t.Fatalf("got %d applications, %v", len(apps), err)
				}
				for _, a := range apps {
					var got, want []string
					if a.EnvironmentsV2 != nil {
						for _, e := range a.EnvironmentsV2.Environments {
							got = append(got, e.NID)
						}
					}
					for i := range environments[a.NID] {
						want = append(want, fmt.Sprint(a.NID, i))
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s has %d environments, want %d: %v", a.NID, len(got), len(want), got)
					}
				}
			}
		})
	}
}

// When further environments cannot be read, those that are there come with the error.
func TestEnvironmentsThatCannotBeRead(t *testing.T) {
	s := &script{response: func(r *sent) (*http.Response, error) {
		if r.n == 1 {
			return respond(403, `{"message":"no access"}`), nil
		}
		return respond(200, `{"data":{"applicationsPaginated":{"pages":1,"results":[{"nid":"a","environmentsV2":{"environments":[{"nid":"e"}]}}]}}}`), nil
	}}
	apps, err := collect(newClient(t, s).Applications(t.Context(), graphql.WithPageSize(1)))
	if len(apps) != 1 || len(apps[0].EnvironmentsV2.Environments) != 1 || !errors.Is(err, graphql.ErrKey) {
		t.Errorf("got %v, %v", describe(apps), err)
	}
}

// While environments are read a page at a time, applications may move between pages, and
// environments, too. What is not read as a whole comes with an error, and nothing comes twice.
func TestEnvironmentsThatChangeMeanwhile(t *testing.T) {
	environments := func(nids string) string {
		return `{"environments":[{"nid":"` + strings.Join(strings.Fields(nids), `"},{"nid":"`) + `"}]}`
	}
	for _, tt := range []struct {
		name      string
		responses []string // the results of a page; the last one repeats
		want      string
		err       string
		requests  int
	}{
		{"the application is on another page now", []string{`{"nid":"a","environmentsV2":` + environments("e f") + `}`, `{"nid":"b"}`},
			"e f", `lacks page 2 of the environments of application "a"`, 2},
		{"all of them are", []string{`{"nid":"a","environmentsV2":` + environments("e f") + `}`, ``}, "e f", "lacks page 2", 2},
		{"it has no nid", []string{`{"environmentsV2":` + environments("e f") + `}`}, "e f", "lacks page 2", 2},
		{"pages overlap", []string{`{"nid":"a","environmentsV2":` + environments("e f") + `}`, `{"nid":"a","environmentsV2":` + environments("f g") + `}`,
			`{"nid":"a","environmentsV2":` + environments("h") + `}`}, "e f g h", "", 3},
		{"the page is ignored, and the order is random", []string{`{"nid":"a","environmentsV2":` + environments("e f") + `}`,
			`{"nid":"a","environmentsV2":` + environments("f e") + `}`}, "e f", "", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{response: func(r *sent) (*http.Response, error) {
				if r.n > 10 {
					return respond(404, `{}`), nil
				}
				results := tt.responses[min(r.n, len(tt.responses)-1)]
				return respond(200, `{"data":{"applicationsPaginated":{"pages":1,"results":[`+results+`]}}}`), nil
			}}
			apps, err := collect(newClient(t, s).Applications(t.Context(), graphql.WithPageSize(2)))
			var nids []string
			for _, e := range apps[0].EnvironmentsV2.Environments {
				nids = append(nids, e.NID)
			}
			if got := strings.Join(nids, " "); got != tt.want || len(apps) != 1 {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if (err != nil) != (tt.err != "") || err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got %v, want ...%s...", err, tt.err)
			}
			if n := len(s.requests()); n != tt.requests {
				t.Errorf("got %d requests, want %d", n, tt.requests)
			}
		})
	}
}
