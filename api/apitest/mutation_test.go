package apitest_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
)

// anyID replaces the IDs that the emulator made by (id).
func anyID(s string) string {
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`).ReplaceAllString(s, "(id)")
}

func TestMutations(t *testing.T) {
	last := func(l *apitest.Landscape) *apitest.Application { return &l.Applications[len(l.Applications)-1] }
	for _, test := range []struct {
		name, mutation string
		data           string
		change         func(*apitest.Landscape) // of the organisation, with (id) for a new ID
	}{
		{"add an application", `addApplicationV2(input: {name: "new", displayName: "New", ownerId: "p2", description: "d"}) { id }`, `{"id":"(id)"}`, func(l *apitest.Landscape) {
			l.Applications = append(l.Applications, apitest.Application{NID: "(id)", Name: "new", DisplayName: "New", Description: "d", OwnerID: "p2"})
		}},
		{"add an application of a name that exists", `addApplicationV2(input: {name: "shop", ownerId: "p2"}) { id }`, `{"id":"(id)"}`, func(l *apitest.Landscape) {
			l.Applications = append(l.Applications, apitest.Application{NID: "(id)", Name: "shop", OwnerID: "p2"})
		}},
		{"update an application", `updateApplicationV3(nid: "app2", input: {name: "n", displayName: "dn", description: "d", ownerId: "p2"}) { nid }`, `{"nid":"app2"}`, func(l *apitest.Landscape) {
			*last(l) = apitest.Application{NID: "app2", Name: "n", DisplayName: "dn", Description: "d", OwnerID: "p2"}
		}},
		{"update leaves what is absent or null", `updateApplicationV3(nid: "app1", input: {description: null, ownerId: "p2"}) { nid }`, `{"nid":"app1"}`, func(l *apitest.Landscape) {
			l.Applications[0].OwnerID = "p2"
		}},
		{"update clears", `updateApplicationV3(nid: "app1", input: {description: "", displayName: "", ownerId: "p1"}) { nid }`, `{"nid":"app1"}`, func(l *apitest.Landscape) {
			l.Applications[0].Description, l.Applications[0].DisplayName = "", ""
		}},
		{"add an environment", `addEnvironmentV2(input: {applicationNid: "app2", name: "new", displayName: "New", type: OTHER, ownerId: "p1"}) { id }`, `{"id":"(id)"}`, func(l *apitest.Landscape) {
			last(l).Environments = []apitest.Environment{{NID: "(id)", Name: "new", DisplayName: "New", Type: "OTHER", OwnerID: "p1"}}
		}},
		{"add a rule", `addDiscoveryRule(input: {environmentId: "env2", name: "r", match: {cloudAccount: ["acc1", "x"]}}) { id }`, `{"id":"(id)"}`, func(l *apitest.Landscape) {
			l.Applications[0].Environments[1].Rules = []apitest.DiscoveryRule{{ID: "(id)", Name: "r", CloudAccounts: []string{"acc1", "x"}}}
		}},
		{"add a rule without a match", `addDiscoveryRule(input: {environmentId: "env2", name: "r"}) { id }`, `{"id":"(id)"}`, func(l *apitest.Landscape) {
			l.Applications[0].Environments[1].Rules = []apitest.DiscoveryRule{{ID: "(id)", Name: "r"}}
		}},
		{"add a person", `addPerson(input: {name: "Cleo", email: "cleo@example.com"}) { id }`, `{"id":"(id)"}`, func(l *apitest.Landscape) {
			l.People = append(l.People, apitest.Person{ID: "(id)", Name: "Cleo", Email: "cleo@example.com"})
		}},
		{"add an account", `addAccountV2(input: {provider: AZURE, providerId: "sub", name: "n", ownerId: "p1", creds: "{}"}) { id }`, `{"id":"(id)"}`, func(l *apitest.Landscape) {
			l.Accounts = append(l.Accounts, apitest.Account{NID: "(id)", Provider: "AZURE", ProviderID: "sub", Name: "n", OwnerID: "p1"})
		}},
		{"add an account, version 3", `addAccountV3(input: {provider: IBMCLOUD, providerId: "x", providerType: CLOUD, displayName: "dn", description: "d", name: "n", ownerId: "p1", creds: "{}"}) { id }`, `{"id":"(id)"}`, func(l *apitest.Landscape) {
			l.Accounts = append(l.Accounts, apitest.Account{NID: "(id)", Provider: "IBMCLOUD", ProviderID: "x", ProviderType: "CLOUD", DisplayName: "dn", Description: "d", Name: "n", OwnerID: "p1"})
		}},
		{"update an account", `updateAccountV3(nid: "acc2", input: {provider: AWS, providerId: "x", displayName: "dn", description: "d", name: "n", ownerId: "p2"}) { id }`, `{"id":"acc2"}`, func(l *apitest.Landscape) {
			l.Accounts[1] = apitest.Account{NID: "acc2", Provider: "AWS", ProviderID: "x", DisplayName: "dn", Description: "d", Name: "n", OwnerID: "p2"}
		}},
		{"update nothing of an account", `updateAccountV3(nid: "acc1", input: {}) { id }`, `{"id":"acc1"}`, func(*apitest.Landscape) {}},
		{"remove an account", `removeAccountV3(nid: "acc1") { id }`, `{"id":"acc1"}`, func(l *apitest.Landscape) {
			l.Accounts = l.Accounts[1:]
		}},
		{"replace the tag keys", `updateGlobalTagKeys(input: {application: ["a"], environment: ["b", "c"]})`, `true`, func(l *apitest.Landscape) {
			l.TagKeys = apitest.TagKeys{Application: []string{"a"}, Environment: []string{"b", "c"}}
		}},
		{"a list of tag keys that is absent becomes empty", `updateGlobalTagKeys(input: {environment: ["b"]})`, `true`, func(l *apitest.Landscape) {
			l.TagKeys = apitest.TagKeys{Environment: []string{"b"}}
		}},
		{"add an event", `addEvent(input: {nid: "app2", title: "t", type: "Jira", content: "say \"hi\""})`, `true`, func(l *apitest.Landscape) {
			l.Events = append(l.Events, apitest.Event{ApplicationNID: "app2", Title: "t", Type: "Jira", Content: `say "hi"`, Created: may2022()})
		}},
		{"create a key", `createAccessKey(input: {role: ADMIN, description: "ci"}) { id }`, `{"id":"(id)"}`, func(l *apitest.Landscape) {
			l.AccessKeys = append(l.AccessKeys, apitest.AccessKey{ID: "(id)", Role: "ADMIN", Description: "ci", Works: may2022()})
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			document := "mutation { x: " + test.mutation + " }"
			want := organisation()
			for _, option := range []apitest.Option{apitest.Stateless(), apitest.WithLandscape(organisation())} {
				c := inProcess(t, apitest.WithClock(may2022), apitest.WithLandscape(organisation()), option)
				if got, want := anyID(c.mustGraphQL(t, document, nil)), `{"x":`+test.data+`}`; got != want {
					t.Errorf("got the data %s, want %s", got, want)
				}
				if got := landscapeJSON(t, c.Landscape()); got != landscapeJSON(t, want) {
					t.Errorf("got the landscape %s\nwant %s", got, landscapeJSON(t, want))
				}
				if r := c.Requests()[0]; r.Items != 1 || r.Applied != 1 {
					t.Errorf("got %d items, %d applied, want 1, 1", r.Items, r.Applied)
				}
				test.change(&want) // of the one that is not stateless
			}
		})
	}
}

func landscapeJSON(t *testing.T, l apitest.Landscape) string {
	t.Helper()
	text, err := json.Marshal(l)
	if err != nil {
		t.Fatal(err)
	}
	return anyID(string(text))
}

func TestMutationsThatAreRefused(t *testing.T) {
	for _, test := range []struct{ name, mutation, want string }{
		{"no name", `addApplicationV2(input: {name: "", ownerId: "p1"}) { id }`, "name must not be empty"},
		{"unknown owner", `addApplicationV2(input: {name: "n", ownerId: "acc1"}) { id }`, "no person with this ownerId"},
		{"empty owner", `addApplicationV2(input: {name: "n", ownerId: ""}) { id }`, "no person with this ownerId"},
		{"update of an unknown application", `updateApplicationV3(nid: "acc1", input: {ownerId: "p1"}) { nid }`, "no application with this nid"},
		{"update to no name", `updateApplicationV3(nid: "app1", input: {name: "", ownerId: "p1"}) { nid }`, "name must not be empty"},
		{"update to an unknown owner", `updateApplicationV3(nid: "app1", input: {ownerId: "p9"}) { nid }`, "no person with this ownerId"},
		{"environment of an unknown application", `addEnvironmentV2(input: {applicationNid: "app9", name: "n", type: OTHER, ownerId: "p1"}) { id }`, "no application with this applicationNid"},
		{"environment without a name", `addEnvironmentV2(input: {applicationNid: "app1", name: "", type: OTHER, ownerId: "p1"}) { id }`, "name must not be empty"},
		{"environment of an unknown owner", `addEnvironmentV2(input: {applicationNid: "app1", name: "n", type: OTHER, ownerId: "p9"}) { id }`, "no person with this ownerId"},
		{"rule of an unknown environment", `addDiscoveryRule(input: {environmentId: "app1", name: "n"}) { id }`, "no environment with this environmentId"},
		{"rule without a name", `addDiscoveryRule(input: {environmentId: "env1", name: ""}) { id }`, "name must not be empty"},
		{"rule with a null", `addDiscoveryRule(input: {environmentId: "env1", name: "n", match: {cloudAccount: ["a", null]}}) { id }`, "match.cloudAccount[1] must not be null"},
		{"person without an email", `addPerson(input: {name: "n", email: ""}) { id }`, "email must not be empty"},
		{"account of an unknown owner", `addAccountV3(input: {providerId: "x", ownerId: "p9"}) { id }`, "no person with this ownerId"},
		{"account without an ID", `addAccountV2(input: {provider: AWS, providerId: "", name: "n", ownerId: "p1", creds: ""}) { id }`, "providerId must not be empty"},
		{"update of an unknown account", `updateAccountV3(nid: "app1", input: {}) { id }`, "no account with this nid"},
		{"update of an account to no name", `updateAccountV3(nid: "acc1", input: {name: ""}) { id }`, "name must not be empty"},
		{"removal of an unknown account", `removeAccountV3(nid: "app1") { id }`, "no account with this nid"},
		{"no tag keys", `updateGlobalTagKeys(input: {application: [], environment: null})`, "must not both be without keys"},
		{"a null among the tag keys", `updateGlobalTagKeys(input: {application: ["a", null], environment: ["b"]})`, "application[1] must not be null"},
		{"a null among the other tag keys", `updateGlobalTagKeys(input: {environment: [null]})`, "environment[0] must not be null"},
		{"event of an unknown application", `addEvent(input: {nid: "acc1", title: "t", type: "t", content: "c"})`, "no application with this nid"},
		{"event without a content", `addEvent(input: {nid: "app1", title: "t", type: "t", content: ""})`, "content must not be empty"},
		{"key without a role", `createAccessKey(input: {description: "d"}) { id }`, "role must not be empty"},
		{"key without a description", `createAccessKey(input: {role: ADMIN}) { id }`, "description must not be empty"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t, apitest.WithLandscape(organisation()))
			r := c.graphql(t, "mutation { x: "+test.mutation+" }", nil)
			if r.status != 200 || !strings.HasPrefix(r.body, `{"data":{"x":null},"errors":[{"message":`) || !strings.Contains(r.body, test.want) || !strings.Contains(r.body, `"path":["x"]`) {
				t.Errorf("got %d %s, want 200, null and the error %q", r.status, r.body, test.want)
			}
			if got := c.Landscape(); !reflect.DeepEqual(got, organisation()) {
				t.Errorf("got the landscape %+v, want it unchanged", got)
			}
			if r := c.Requests()[0]; r.Items != 1 || r.Applied != 0 {
				t.Errorf("got %d items, %d applied, want 1, 0", r.Items, r.Applied)
			}
		})
	}
}

func TestUniqueNames(t *testing.T) {
	c := inProcess(t, apitest.WithLandscape(organisation()), apitest.UniqueNames())
	for mutation, want := range map[string]string{
		`addApplicationV2(input: {name: "shop", ownerId: "p1"}) { id }`:                                                "application of this name",
		`addApplicationV2(input: {name: "Shop", ownerId: "p1"}) { id }`:                                                "",
		`addEnvironmentV2(input: {applicationNid: "app1", name: "live", type: OTHER, ownerId: "p1"}) { id }`:           "environment of this name",
		`addEnvironmentV2(input: {applicationNid: "app2", name: "live", type: OTHER, ownerId: "p1"}) { id }`:           "",
		`addDiscoveryRule(input: {environmentId: "env1", name: "all"}) { id }`:                                         "rule of this name",
		`addDiscoveryRule(input: {environmentId: "env2", name: "all"}) { id }`:                                         "",
		`addPerson(input: {name: "Ada", email: "ada@example.com"}) { id }`:                                             "person with this email",
		`addPerson(input: {name: "Ada", email: "ada@example.org"}) { id }`:                                             "",
		`addAccountV2(input: {provider: AWS, providerId: "111122223333", name: "n", ownerId: "p1", creds: ""}) { id }`: "account of this provider",
		`addAccountV2(input: {provider: GCP, providerId: "111122223333", name: "n", ownerId: "p1", creds: ""}) { id }`: "",
	} {
		r := c.graphql(t, "mutation { "+mutation+" }", nil)
		if refused := strings.Contains(r.body, "errors"); refused != (want != "") || !strings.Contains(r.body, want) {
			t.Errorf("%s: got %s, want the error %q", mutation, r.body, want)
		}
	}
}

// What is created can be used at once, under the ID that creation returned.
func TestCreatedIDsAreNIDs(t *testing.T) {
	c := inProcess(t)
	id := func(mutation string) string {
		t.Helper()
		var body map[string]struct{ ID string }
		if err := json.Unmarshal([]byte(c.mustGraphQL(t, "mutation { x: "+mutation+" }", nil)), &body); err != nil || body["x"].ID == "" {
			t.Fatalf("%s: got %v, %v, want an id", mutation, body, err)
		}
		return `"` + body["x"].ID + `"`
	}
	person := id(`addPerson(input: {name: "Ada", email: "ada@example.com"}) { id }`)
	application := id(`addApplicationV2(input: {name: "shop", ownerId: ` + person + `}) { id }`)
	environment := id(`addEnvironmentV2(input: {applicationNid: ` + application + `, name: "live", type: PRODUCTION, ownerId: ` + person + `}) { id }`)
	account := id(`addAccountV2(input: {provider: AWS, providerId: "1", name: "prod", ownerId: ` + person + `, creds: "{}"}) { id }`)
	id(`addDiscoveryRule(input: {environmentId: ` + environment + `, name: "r", match: {cloudAccount: [` + account + `]}}) { id }`)
	c.mustGraphQL(t, `mutation { addEvent(input: {nid: `+application+`, title: "t", type: "t", content: "c"}) }`, nil)

	got := c.mustGraphQL(t, `{ accountV2(id: `+account+`) { nid owner { id } } application(id: `+application+`) { nid owner { name } environmentsV2(limit: 5) { environments { nid } } } }`, nil)
	want := `{"accountV2":{"nid":` + account + `,"owner":{"id":` + person + `}},"application":{"nid":` + application + `,"owner":{"name":"Ada"},"environmentsV2":{"environments":[{"nid":` + environment + `}]}}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// One mutation that fails keeps neither those before it nor those after it from taking effect.
func TestMutationsTakeEffectOneByOne(t *testing.T) {
	c := inProcess(t)
	r := c.graphql(t, `mutation { a: addPerson(input: {name: "a", email: "a"}) { id } b: addPerson(input: {name: "", email: "b"}) { id } c: addPerson(input: {name: "c", email: "c"}) { id } }`, nil)
	if got, want := anyID(r.body), `{"data":{"a":{"id":"(id)"},"b":null,"c":{"id":"(id)"}},"errors":[{"message":"name must not be empty","path":["b"],"locations":[{"line":1,"column":64}]}]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	l := c.Landscape()
	if len(l.People) != 2 || l.People[0].Name != "a" || l.People[1].Name != "c" {
		t.Errorf("got the people %v, want a and c", l.People)
	}
	if r := c.Requests()[0]; r.Items != 3 || r.Applied != 2 {
		t.Errorf("got %d items, %d applied, want 3, 2", r.Items, r.Applied)
	}
}

// The operations that package graphql is generated from are valid, and work.
func TestOperationsOfTheClientWork(t *testing.T) {
	document, err := os.ReadFile("../graphql/operations.graphql")
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]string{"id": "acc1", "ownerID": "p1", "applicationNID": "app1", "environmentID": "env1", "nid": "app1"}
	byOperation := map[string]map[string]any{
		"GetApplication": {"id": "app1"}, "RemoveAccount": {"nid": "acc1"}, "UpdateAccount": {"nid": "acc1"},
	}
	operations := regexp.MustCompile(`(?m)^(query|mutation) (\w+)`).FindAllStringIndex(string(document), -1)
	if len(operations) < 10 {
		t.Fatalf("got %d operations, want more", len(operations))
	}
	for i, at := range operations {
		end := len(document)
		if i+1 < len(operations) {
			end = operations[i+1][0]
		}
		text := string(document[at[0]:end])
		_, name, _ := strings.Cut(string(document[at[0]:at[1]]), " ")
		t.Run(name, func(t *testing.T) {
			variables := make(map[string]any)
			for _, declared := range regexp.MustCompile(`\$(\w+): ([\w\[]+)`).FindAllStringSubmatch(text, -1) {
				variable, typ := declared[1], declared[2]
				switch {
				case byOperation[name][variable] != nil:
					variables[variable] = byOperation[name][variable]
				case known[variable] != "":
					variables[variable] = known[variable]
				case strings.Contains(strings.ToLower(variable), "page"):
					variables[variable] = 0
				case typ == "Int":
					variables[variable] = 10
				case typ == "EnvironmentType":
					variables[variable] = "OTHER"
				case typ == "Provider":
					variables[variable] = "AWS"
				case typ == "ProviderType":
					variables[variable] = "CLOUD"
				case strings.HasPrefix(typ, "["):
					variables[variable] = []string{"some"}
				default:
					variables[variable] = "some"
				}
			}
			c := inProcess(t, apitest.WithLandscape(organisation()))
			if got := c.mustGraphQL(t, text, variables); strings.Contains(got, ":null}") && !strings.Contains(got, "[") {
				t.Errorf("got %s, want no null", got)
			}
			if r := c.Requests()[0]; r.OperationName != name || r.Operation != apitest.GraphQL {
				t.Errorf("got the operation %s %s, want %s %s", r.Operation, r.OperationName, apitest.GraphQL, name)
			}
		})
	}
}

// Each root field of the schema is resolved.
func TestEveryRootFieldOfTheSchemaIsResolved(t *testing.T) {
	for _, root := range []string{"Query", "Mutation"} {
		_, body, _ := strings.Cut(graphql.Schema(), "\ntype "+root+" {\n")
		body, _, _ = strings.Cut(body, "\n}")
		fields := regexp.MustCompile(`(?m)^  (\w+)`).FindAllStringSubmatch(body, -1)
		if len(fields) < 6 {
			t.Fatalf("got the fields %v of %s, want more", fields, root)
		}
		for _, f := range fields {
			if !apitest.Resolves(root, f[1]) {
				t.Errorf("%s.%s is not resolved", root, f[1])
			}
		}
	}
}

func TestEventsHaveTheTimeOfTheClock(t *testing.T) {
	c := inProcess(t, apitest.WithLandscape(organisation()), apitest.WithClock(may2022))
	c.mustGraphQL(t, `mutation { addEvent(input: {nid: "app1", title: "t", type: "t", content: "c"}) }`, nil)
	events := c.Landscape().Events
	if got := events[len(events)-1].Created; !got.Equal(may2022()) || got.Location() != time.UTC {
		t.Errorf("got %v, want %v", got, may2022())
	}
}
