package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
	"github.com/klarity-go/klarity/examples/internal/organisation"
)

// start starts an emulator with the organisation and sets the environment to it.
func start(t *testing.T, opts ...apitest.Option) *apitest.Server {
	t.Helper()
	s := apitest.NewServer(t, append([]apitest.Option{apitest.WithLandscape(organisation.Landscape())}, opts...)...)
	jobtest.Environment(t, s)
	return s
}

// copyPlan copies the plan of this example, so that its record is kept in a folder of the test.
func copyPlan(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("plan.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return jobtest.File(t, "plan.yaml", string(text))
}

// mutations are the names of the mutations that took effect, in order.
func mutations(s *apitest.Server) (names []string) {
	for _, r := range s.Requests() {
		if r.Applied > 0 {
			names = append(names, r.OperationName)
		}
	}
	return names
}

// faultAt applies a fault to the requests of an operation whose body has a text.
func faultAt(operation, text string, f apitest.Fault) apitest.Hook {
	return func(r *apitest.Request) *apitest.Fault {
		if r.OperationName == operation && strings.Contains(string(r.Body), text) {
			return &f
		}
		return nil
	}
}

var refusal = apitest.Fault{Status: 200, Body: `{"data":null,"errors":[{"message":"the quota is used up","path":["addEnvironmentV2"]}]}`}

func TestTree(t *testing.T) {
	jobtest.Environment(t, nil)
	jobtest.Run(t, run, "").Want(t, 0, []string{
		"runs on an emulator",
		"4 applications with 9 environments, costs of this month  7,818.44\n",
		"├─ webshop “Web shop”                                    5,422.16\n│  ├─ production (PRODUCTION)\n",
		"└─ archive “Archive of orders”                             109.20\n",
		"6 accounts\n├─ AWS\n│  ├─ shop-live “Web shop, live”                         4,956.44\n│  │  ├─ ID 111122223333, owner Mira Aalto\n",
		"│  │  ├─ Credit                                            -96.00\n",
		"│  ├─ garden-playground\n│  │  └─ ID garden-playground\n",
		"The API does not say which currency",
	}, nil)
	start(t, apitest.TextAmounts()) // a string or a number: which one is not public
	jobtest.Run(t, run, "").Want(t, 0, []string{"7,818.44\n"}, nil)
}

func TestEmptyLandscape(t *testing.T) {
	jobtest.Environment(t, apitest.NewServer(t))
	jobtest.Run(t, run, "").Want(t, 0, []string{"0 applications with 0 environments\n0 accounts\n"}, nil)
}

func TestPlanIsAppliedOnce(t *testing.T) {
	s := start(t)
	plan := copyPlan(t)
	jobtest.Run(t, run, "", "-apply", plan, "-dry-run").Want(t, 1,
		[]string{"6 to create, 2 there", "  = application webshop\n", `      + rule "all of the test account" for 444455556666`, "Nothing was created."}, nil)
	if n := len(mutations(s)); n > 0 {
		t.Fatalf("a dry run changed something: %v", mutations(s))
	}

	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, []string{"created application intranet, ", "6 created, 2 were there.\n"}, nil)
	want := "AddEnvironment AddDiscoveryRule AddApplication AddEnvironment AddDiscoveryRule AddEnvironment"
	if got := strings.Join(mutations(s), " "); got != want {
		t.Errorf("got the mutations %s, want %s", got, want)
	}
	l := s.Landscape()
	intranet := l.Applications[len(l.Applications)-1]
	if intranet.Name != "intranet" || intranet.Description != "news, forms and the canteen's menu" || intranet.DisplayName != "Intranet" || len(intranet.Environments) != 2 {
		t.Fatalf("got %+v", intranet)
	}
	production := intranet.Environments[0]
	if production.OwnerID != l.People[2].ID || intranet.OwnerID != l.People[1].ID || len(production.Rules) != 1 || production.Rules[0].CloudAccounts[0] != "7c0e0f5a-9f0d-4f62-8f5b-6f2a5c1f7e10" {
		t.Errorf("got %+v", production)
	}

	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, []string{"0 to create, 8 there", "0 created, 8 were there.\n"}, nil)
	if n := len(mutations(s)); n != 6 {
		t.Errorf("the second run changed something: %v", mutations(s))
	}
	if r := jobtest.Run(t, run, "", "-apply", plan, "-quiet"); r.Status != 0 || r.Out+r.Err != "" {
		t.Errorf("-quiet prints %q, %q, and ends with %d", r.Out, r.Err, r.Status)
	}
}

func TestPartialFailureAndWhatComesAfterIt(t *testing.T) {
	s := start(t)
	plan := copyPlan(t)
	s.InterceptGraphQL(faultAt("AddEnvironment", `"preview"`, refusal))
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 1,
		[]string{"created application intranet, environment development", "4 created, 2 were there, 2 not done.\n"},
		[]string{
			"not created: application webshop, environment preview (OTHER): mutation AddEnvironment: the quota is used up",
			`not tried: application webshop, environment preview (OTHER), rule "all of the test account" for 444455556666: environment preview (OTHER) is not there`,
			"run it again to go on",
		})
	s.InterceptGraphQL()
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, []string{"2 to create, 6 there", "2 created, 6 were there.\n"}, nil)
}

// Without a response, nothing more is tried.
func TestRunEndsWithoutAResponse(t *testing.T) {
	s := start(t)
	s.InterceptGraphQL(faultAt("AddApplication", "", apitest.Reset()))
	jobtest.Run(t, run, "", "-apply", copyPlan(t)).Want(t, 1, []string{"2 created, 2 were there, 4 not done."},
		[]string{"may be there: application intranet: mutation AddApplication", "run it again, which looks first", "not tried: application intranet, environment development (DEVELOPMENT): the run ended before"})
}

// When the key is refused in the middle, nothing more is tried.
func TestWhatCannotSucceedIsNotTried(t *testing.T) {
	s := start(t)
	s.InterceptGraphQL(faultAt("AddApplication", "", apitest.Status(403)))
	jobtest.Run(t, run, "", "-apply", copyPlan(t)).Want(t, 1, []string{"2 created, 2 were there, 4 not done."},
		[]string{"not created: application intranet: mutation AddApplication: 403 Forbidden", "check the API key", "not tried: application intranet, environment development (DEVELOPMENT): the run ended before"})
}

// Nobody knows whether a rule is there whose response was lost, and no operation can tell.
func TestRuleWithoutAResponseIsNotSentAgain(t *testing.T) {
	s := start(t)
	plan := copyPlan(t)
	s.InterceptGraphQL(faultAt("AddDiscoveryRule", "test account", apitest.DropResponse()))
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 1, nil, []string{"may be there: application webshop, environment preview (OTHER), rule", "may have taken effect"})
	s.InterceptGraphQL()
	before := len(mutations(s))
	for range 2 {
		jobtest.Run(t, run, "", "-apply", plan).Want(t, 1, []string{"? rule"}, []string{"may be there: application webshop, environment preview (OTHER), rule", "remove it from the record"})
	}
	for _, name := range mutations(s)[before:] {
		if name == "AddDiscoveryRule" && len(s.Landscape().Applications[0].Environments[3].Rules) > 1 {
			t.Error("the rule was created twice")
		}
	}
	if rules := s.Landscape().Applications[0].Environments[3].Rules; len(rules) != 1 {
		t.Errorf("got the rules %+v, want one", rules)
	}
}

// An application or environment whose response was lost is looked for by the next run.
func TestApplicationWithoutAResponseIsLookedFor(t *testing.T) {
	s := start(t)
	plan := copyPlan(t)
	s.InterceptGraphQL(faultAt("AddApplication", "intranet", apitest.Fault{Apply: true, Status: 504}))
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 1, nil, []string{"may be there: application intranet: mutation AddApplication: 504", "run it again, which looks first"})
	s.InterceptGraphQL()
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, []string{"= application intranet"}, nil)
	if n := len(s.Landscape().Applications); n != 5 {
		t.Errorf("got %d applications, want 5", n)
	}
}

// A rule that was refused is not there, and is tried again.
func TestRefusedRuleIsTriedAgain(t *testing.T) {
	s := start(t)
	plan := copyPlan(t)
	s.InterceptGraphQL(faultAt("AddDiscoveryRule", "", refusal))
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 1, nil, []string{"the quota is used up"})
	s.InterceptGraphQL()
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, []string{"2 created, 6 were there"}, nil)
}

// Without a record a rule would be created by each run, so none is.
func TestRecordThatCannotBeWritten(t *testing.T) {
	s := start(t)
	jobtest.Run(t, run, "", "-apply", copyPlan(t), "-record", filepath.Join(t.TempDir(), "none", "record.json")).Want(t, 1, nil,
		[]string{"the record of the rules that were created cannot be written"})
	if n := len(mutations(s)); n > 0 {
		t.Errorf("something was created: %v", mutations(s))
	}
	broken := jobtest.File(t, "record.json", "{")
	jobtest.Run(t, run, "", "-apply", copyPlan(t), "-record", broken).Want(t, 2, nil, []string{broken, "cannot be read"})
}

// The order of a rule's accounts is of no matter.
func TestRuleWithItsAccountsInAnotherOrder(t *testing.T) {
	start(t)
	const text = "applications: [{name: webshop, owner: mira.aalto@garden.example, environments: [{name: staging, type: STAGING, rules: [{name: r, cloudAccounts: [%s]}]}]}]"
	plan := jobtest.File(t, "plan.yaml", strings.Replace(text, "%s", `"1", "2"`, 1))
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, []string{"1 created"}, nil)
	if err := os.WriteFile(plan, []byte(strings.Replace(text, "%s", `"2", "1"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	r := jobtest.Run(t, run, "", "-apply", plan)
	r.Want(t, 0, []string{"0 to create, 3 there"}, nil)
	if strings.Contains(r.Out, "was created for") {
		t.Errorf("got %s", r.Out)
	}
}

// Rules cannot be changed: one that was created for other accounts is told.
func TestRuleThatDiffersFromWhatWasCreated(t *testing.T) {
	start(t)
	plan := copyPlan(t)
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, nil, nil)
	text, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(plan, []byte(strings.Replace(string(text), "444455556666", "111122223333", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 1, []string{"≠ rule"}, []string{"not as planned: application webshop, environment preview (OTHER), rule", "was created for 444455556666; no public operation changes a rule"})
}

func TestRecordNamesWhatWasCreated(t *testing.T) {
	s := start(t)
	plan := copyPlan(t)
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, nil, nil)
	text, err := os.ReadFile(plan + ".rules.json")
	if err != nil {
		t.Fatal(err)
	}
	var r record
	if err := json.Unmarshal(text, &r); err != nil || len(r.Rules) != 2 {
		t.Fatalf("%v: %s", err, text)
	}
	e := s.Landscape().Applications[0].Environments[3]
	if r.Rules[0].ID != e.Rules[0].ID || r.Rules[0].EnvironmentNID != e.NID {
		t.Errorf("got %s, want the rule %+v", text, e)
	}
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(plan), "*")); len(files) != 3 { // and the lock
		t.Errorf("beside the plan and the record there is %v", files)
	}
}

// A gap is told, and the rest shown. When it leaves open what is missing, nothing is created.
func TestWhatCannotBeRead(t *testing.T) {
	s := start(t)
	s.InterceptGraphQL(faultAt("GetAccounts", "", apitest.HTML(403)))
	jobtest.Run(t, run, "").Want(t, 1, []string{"4 applications with 9 environments", "0 accounts"},
		[]string{"the accounts could not be read as a whole: query GetAccounts: 403 Forbidden"})
	if r := jobtest.Run(t, run, "", "-apply", copyPlan(t)); r.Status != 0 || r.Err != "" { // a plan needs no accounts
		t.Errorf("got exit status %d and the errors %q", r.Status, r.Err)
	}
	s = start(t)
	for _, operation := range []string{"GetPeople", "GetApplications"} {
		s.InterceptGraphQL(faultAt(operation, "", apitest.GraphQLError("", "out of order")))
		jobtest.Run(t, run, "", "-apply", copyPlan(t)).Want(t, 1, nil, []string{"out of order", "nothing was created"})
	}
	if n := len(mutations(s)); n > 0 {
		t.Errorf("something was created: %v", mutations(s))
	}
}

func TestRefusedKey(t *testing.T) {
	start(t)
	t.Setenv("KLARITY_API_KEY", "ID/other-s3cret")
	r := jobtest.Run(t, run, "")
	r.Want(t, 1, nil, []string{"401 Unauthorized", "check the API key (KLARITY_API_KEY)"})
	if strings.Contains(r.Out+r.Err, "s3cret") {
		t.Error("the secret is shown")
	}
}

func TestInterruptedRun(t *testing.T) {
	s := start(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.InterceptGraphQL(func(r *apitest.Request) *apitest.Fault {
		if r.OperationName == "AddApplication" {
			cancel()
			return &apitest.Fault{Hang: true}
		}
		return nil
	})
	jobtest.RunWith(ctx, run, strings.NewReader(""), "-apply", copyPlan(t)).Want(t, 1, nil, []string{"may be there: application intranet", "not tried: application intranet, environment development"})
}

// The names in the tree are a server's text.
func TestTreeIsPrintable(t *testing.T) {
	const evil = "\x1b[2J\r\n\u202e"
	cost := []apitest.ChargeTypeCost{{ChargeType: evil, Cost: "1"}}
	start(t, apitest.WithLandscape(apitest.Landscape{
		People: []apitest.Person{{ID: "p", Name: evil}},
		Applications: []apitest.Application{
			{Name: evil, DisplayName: "a" + evil, Environments: []apitest.Environment{{Name: evil, DisplayName: evil + "b"}}},
			{DisplayName: evil},
		},
		Accounts: []apitest.Account{{Name: evil, DisplayName: "c" + evil, ProviderID: evil, OwnerID: "p", Costs: cost}},
	}))
	r := jobtest.Run(t, run, "")
	r.Want(t, 0, []string{"2 applications with 1 environment"}, nil)
	if strings.ContainsAny(r.Out, "\x1b\r\u202e") {
		t.Errorf("got %q", r.Out)
	}
}

// Nothing is created when the plan cannot be told from what is there.
func TestPlanThatDoesNotFit(t *testing.T) {
	l := organisation.Landscape()
	l.Applications = append(l.Applications, apitest.Application{Name: "office"})
	l.Applications[0].Environments = append(l.Applications[0].Environments, apitest.Environment{Name: "staging", Type: "STAGING"})
	l.People = append(l.People, apitest.Person{ID: "x", Name: "Mira A.", Email: "Mira.Aalto@garden.example"})
	s := start(t, apitest.WithLandscape(l))
	jobtest.Run(t, run, "", "-apply", jobtest.File(t, "plan.yaml", `
applications:
- {name: office, owner: jonas.weber@garden.example}
- {name: webshop, owner: nobody@garden.example, environments: [{name: staging, type: STAGING}]}
- {name: new, owner: mira.aalto@garden.example}
`)).Want(t, 1, nil, []string{
		"application office: there are several of this name",
		"application webshop: there are several environments staging",
		`application webshop: the owner "nobody@garden.example" is neither the email address nor the ID of a person`,
		`application new: the owner "mira.aalto@garden.example" is the email address of several people`,
	})
	if n := len(mutations(s)); n > 0 {
		t.Errorf("something was created: %v", mutations(s))
	}
}

// What is there and differs is told, and left alone.
func TestWhatIsThereIsNotChanged(t *testing.T) {
	s := start(t)
	jobtest.Run(t, run, "", "-apply", jobtest.File(t, "plan.yaml", `
applications:
- {name: webshop, displayName: Shop, owner: jonas.weber@garden.example, environments: [{name: staging, type: OTHER}]}
`)).Want(t, 0, []string{`the display name is "Web shop", not changed`, `the type is "STAGING", not changed`, "0 created, 2 were there"}, nil)
	if n := len(mutations(s)); n > 0 {
		t.Errorf("something was changed: %v", mutations(s))
	}
}

func TestUsage(t *testing.T) {
	jobtest.Environment(t, nil)
	plan := copyPlan(t)
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"-dry-run"}, "need -apply"},
		{[]string{"-record", "x"}, "need -apply"},
		{[]string{"plan.yaml"}, "unexpected argument"},
		{[]string{"-aply", "x"}, "-aply"},
		{[]string{"-apply", plan}, "KLARITY_API_KEY is not set"},
		{[]string{"-apply", plan, "-emulator", "-record", "x"}, "forgets"},
		{[]string{"-apply", filepath.Join(t.TempDir(), "none.yaml")}, "none.yaml"},
	} {
		jobtest.Run(t, run, "", tt.args...).Want(t, 2, nil, []string{tt.want, "landscape -h"})
	}
	jobtest.Run(t, run, "", "-h").Want(t, 0, []string{"KLARITY_API_KEY", "-apply FILE"}, nil)
	t.Setenv("KLARITY_REGION", "us")
	jobtest.Run(t, run, "").Want(t, 2, nil, []string{"KLARITY_REGION is set, KLARITY_API_KEY is not"})
	t.Setenv("KLARITY_API_KEY", "no-slash")
	jobtest.Run(t, run, "").Want(t, 2, nil, []string{"no slash"})
	jobtest.Run(t, run, "", "-emulator", "-apply", plan).Want(t, 0, []string{"6 created"}, nil)
}

func TestPlansThatAreWrong(t *testing.T) {
	jobtest.Environment(t, nil)
	for text, want := range map[string]string{
		"":                             "the plan is empty",
		"# nothing\n":                  "the plan is empty",
		"applications: []":             "applications is missing or empty",
		"apps: []":                     "field apps not found",
		"applications: 7":              "cannot unmarshal",
		"\t":                           "found character that cannot start any token",
		"applications: []\n---\na: b":  "more than one document",
		"applications: [{owner: a}]":   `applications[0] "": name is missing`,
		"applications: [{name: ' a'}]": "white space around it",
		"applications: [{name: a}]":    `applications[0] "a": owner is missing`,
		"applications: [{name: a, owner: o}, {name: a, owner: o}]":                                                                   "the name occurs twice",
		"applications: [{name: a, owner: o, environments: [{name: e, type: production}]}]":                                           `environments[0] "e": type is "production", want one of PRODUCTION`,
		"applications: [{name: a, owner: o, environments: [{name: e, type: OTHER, rules: [{name: r}]}]}]":                            "cloudAccounts is missing",
		"applications: [{name: a, owner: o, environments: [{name: e, type: OTHER, rules: [{name: r, cloudAccounts: [\"\"]}]}]}]":     "one of them is empty",
		"applications: [{name: a, owner: o, environments: [{name: e, type: OTHER, rule: [{name: r, cloudAccounts: [\"1\"]}]}]}]":     "field rule not found",
		"applications: [{name: a, owner: o, environments: [{name: e, type: OTHER, rules: [{name: r, cloudAccounts: {a: \"1\"}}]}]}]": "cannot unmarshal",
		"applications: [{name: a, owner: o, environments: [{name: e, type: OTHER}, {name: e, type: STAGING}]}]":                      "the name occurs twice",
		"x: &x [*x]": "",
		"a: &a [1,1]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]": "not found",
	} {
		plan := jobtest.File(t, "plan.yaml", text)
		jobtest.Run(t, run, "", "-emulator", "-apply", plan).Want(t, 2, nil, []string{plan, want})
	}
}

// A response that has no ID that can be read leaves open what was created.
func TestRuleWithAnUnreadableIDIsNotSentAgain(t *testing.T) {
	for _, body := range []string{
		`{"data":{"addDiscoveryRule":{"id":17}}}`,
		`{"data":{"addDiscoveryRule":null},"errors":[{"message":"m","path":["addDiscoveryRule","id"]}]}`,
	} {
		s := start(t)
		plan := copyPlan(t)
		s.InterceptGraphQL(faultAt("AddDiscoveryRule", "test account", apitest.Fault{Apply: true, Status: 200, Body: body}))
		jobtest.Run(t, run, "", "-apply", plan).Want(t, 1, nil, []string{"may have taken effect"})
		s.InterceptGraphQL()
		jobtest.Run(t, run, "", "-apply", plan).Want(t, 1, []string{"? rule"}, []string{"may be there"})
		if rules := s.Landscape().Applications[0].Environments[3].Rules; len(rules) != 1 {
			t.Errorf("got the rules %+v, want one", rules)
		}
	}
}

// A rule that has an ID is there, whatever errors come with it.
func TestRuleWithAnIDBesideAnErrorIsThere(t *testing.T) {
	s := start(t)
	plan := copyPlan(t)
	s.InterceptGraphQL(faultAt("AddDiscoveryRule", "test account", apitest.Fault{Apply: true, Status: 200,
		Body: `{"data":{"addDiscoveryRule":{"id":"r"}},"errors":[{"message":"m","path":["addDiscoveryRule","name"]}]}`}))
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 1, nil, []string{"created, with an error: application webshop, environment preview (OTHER), rule"})
	s.InterceptGraphQL()
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, []string{"0 to create, 8 there"}, nil)
}

// An application that moves to the next page while they are read comes twice, and is one.
func TestApplicationThatComesTwice(t *testing.T) {
	s := start(t)
	n := 0
	s.InterceptGraphQL(func(r *apitest.Request) *apitest.Fault {
		if r.OperationName != "GetApplications" {
			return nil
		}
		n++
		results := `{"nid":"a","name":"shop","environmentsV2":{"environments":[]}}`
		if n > 1 {
			results += `,{"nid":"b","name":"office","environmentsV2":{"environments":[]}}`
		}
		return &apitest.Fault{Status: 200, Body: `{"data":{"applicationsPaginated":{"pages":2,"results":[` + results + `]}}}`}
	})
	jobtest.Run(t, run, "", "-apply", jobtest.File(t, "plan.yaml", "applications: [{name: shop, owner: mira.aalto@garden.example}]")).Want(t, 0, []string{"0 to create, 1 there"}, nil)
	n = 0
	jobtest.Run(t, run, "").Want(t, 0, []string{"2 applications with"}, nil)
}

// A server's text cannot move the cursor of whoever reads the errors.
func TestErrorsArePrintable(t *testing.T) {
	l := organisation.Landscape()
	l.Applications = append(l.Applications, apitest.Application{Name: "x", NID: "n1\x1b[31m\nlandscape: all is well"}, apitest.Application{Name: "x", NID: "n2"})
	start(t, apitest.WithLandscape(l))
	r := jobtest.Run(t, run, "", "-apply", jobtest.File(t, "plan.yaml", "applications: [{name: x, owner: mira.aalto@garden.example}, {name: y, owner: nobody}]"))
	r.Want(t, 1, nil, []string{"landscape: application x: there are several of this name", "landscape: application y: the owner"})
	if strings.Contains(r.Err, "\x1b") || strings.Count(r.Err, "\n") != 2 {
		t.Errorf("got %q", r.Err)
	}
}

// The record may be a link into another folder, and others may read it.
func TestRecordBehindALink(t *testing.T) {
	start(t)
	file := jobtest.File(t, "record.json", "{}")
	link := filepath.Join(t.TempDir(), "link.json")
	if err := errors.Join(os.Chmod(file, 0o640), os.Symlink(file, link)); err != nil {
		t.Skip(err)
	}
	jobtest.Run(t, run, "", "-apply", copyPlan(t), "-record", link).Want(t, 0, []string{"6 created"}, nil)
	text, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(text), "all of the test account") {
		t.Errorf("got %s, %v", text, err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v, %v", info.Mode(), err)
	}
}

// Another file is not replaced by the record.
func TestRecordThatIsNone(t *testing.T) {
	start(t)
	for _, text := range []string{`{"name": "frontend"}`, `{} {}`, `[]`, ``} {
		file := jobtest.File(t, "record.json", text)
		jobtest.Run(t, run, "", "-apply", copyPlan(t), "-record", file).Want(t, 2, nil, []string{file, "cannot be read"})
		if got, err := os.ReadFile(file); err != nil || string(got) != text {
			t.Errorf("%s became %s, %v", text, got, err)
		}
	}
}

// What was created is not called missing because its record could not be completed.
func TestRecordThatCannotBeCompleted(t *testing.T) {
	s := start(t)
	folder := t.TempDir()
	s.InterceptGraphQL(func(r *apitest.Request) *apitest.Fault {
		if r.OperationName == "AddDiscoveryRule" {
			_ = os.RemoveAll(folder)
		}
		return nil
	})
	r := jobtest.Run(t, run, "", "-apply", copyPlan(t), "-record", filepath.Join(folder, "record.json"))
	r.Want(t, 1, nil, []string{"landscape: created, with an error: application webshop, environment preview (OTHER), rule", "no further one is created"})
	if got := strings.Join(mutations(s), " "); got != "AddEnvironment AddDiscoveryRule" {
		t.Errorf("got the mutations %s, want none after the rule", got)
	}
}

// A cost that cannot be added up makes the sum unknown.
func TestCostThatIsNoSum(t *testing.T) {
	s := start(t)
	s.InterceptGraphQL(faultAt("GetApplicationCosts", "", apitest.Fault{Status: 200,
		Body: `{"data":{"applicationsPaginated":{"pages":1,"results":[{"nid":"a","name":"shop","cost":{"currentMonth":1e3}},{"nid":"b","name":"office","cost":{"currentMonth":5}}]}}}`}),
		faultAt("GetApplications", "", apitest.Fault{Status: 200, Body: `{"data":{"applicationsPaginated":{"pages":1,"results":[{"nid":"a","name":"shop","environmentsV2":{"environments":[]}},{"nid":"b","name":"office","environmentsV2":{"environments":[]}}]}}}`}))
	r := jobtest.Run(t, run, "")
	r.Want(t, 0, []string{"2 applications with 0 environments\n", "1e3\n", "5.00\n"}, nil)
}

// Two runs at once would both create what is missing.
func TestOneRunAtATime(t *testing.T) {
	s := start(t)
	plan := copyPlan(t)
	var second jobtest.Result
	s.InterceptGraphQL(func(r *apitest.Request) *apitest.Fault {
		if r.OperationName == "GetPeople" && second.Err == "" {
			second = jobtest.Run(t, run, "", "-apply", plan)
		}
		return nil
	})
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, []string{"6 created"}, nil)
	second.Want(t, 1, nil, []string{"another run is applying a plan with the record " + plan + ".rules.json: wait for its end"})
	if n := len(mutations(s)); n != 6 {
		t.Errorf("got %d mutations, want 6", n)
	}
	jobtest.Run(t, run, "", "-apply", plan).Want(t, 0, []string{"0 created"}, nil)
}

// Null where the environments should be does not say that there are none.
func TestEnvironmentsThatAreNull(t *testing.T) {
	s := start(t)
	s.InterceptGraphQL(faultAt("GetApplications", "", apitest.Fault{Status: 200,
		Body: `{"data":{"applicationsPaginated":{"pages":1,"results":[{"nid":"a","name":"webshop","environmentsV2":null}]}}}`}))
	jobtest.Run(t, run, "", "-apply", copyPlan(t)).Want(t, 1, nil, []string{"the environments of application webshop could not be read", "nothing was created"})
	if n := len(mutations(s)); n > 0 {
		t.Errorf("something was created: %v", mutations(s))
	}
}

// A failure that is tried again is a line, so that a program that waits does not look dead.
func TestRetriesAreTold(t *testing.T) {
	s := start(t)
	s.ScriptGraphQL(apitest.Status(503))
	jobtest.Run(t, run, "").Want(t, 0, []string{"4 applications"}, []string{"landscape: query GetApplications: 503 Service Unavailable", "; try 1 failed, next in "})
}
