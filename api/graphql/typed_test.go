package graphql_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/klarity-go/klarity/api/graphql"
)

var publicSchema = sync.OnceValue(func() *ast.Schema {
	return gqlparser.MustLoadSchema(&ast.Source{Name: "schema.graphql", Input: graphql.Schema()})
})

// received validates a request against the schema and returns the only field that it asks for,
// with its arguments as a server gets them: variables, literals and what is absent resolved.
func received(t *testing.T, r *sent) (field string, args map[string]any) {
	t.Helper()
	document, errs := gqlparser.LoadQueryWithRules(publicSchema(), r.body.Query, rules.NewDefaultRules())
	if errs != nil {
		t.Fatalf("%s\n%v", r.body.Query, errs)
	}
	if len(document.Operations) != 1 || len(document.Operations[0].SelectionSet) != 1 {
		t.Fatalf("want one operation with one field: %s", r.body.Query)
	}
	op := document.Operations[0]
	variables, err := validator.VariableValues(publicSchema(), op, r.body.Variables)
	if err != nil {
		t.Fatalf("%s\n%v\n%v", r.body.Query, r.body.Variables, err)
	}
	f := op.SelectionSet[0].(*ast.Field)
	j, err := json.Marshal(f.ArgumentMap(variables))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(j, &args); err != nil {
		t.Fatal(err)
	}
	return f.Name, args
}

type object = map[string]any

var (
	hostile  = "a \"quoted\" \\ line\nand\ttab\x00 }) { people { id } } # 😀 \u2028"
	archived = "archived"
)

// typed is a call of every typed operation: what the server gets, responds, and what the
// caller does.
var typed = []struct {
	name  string
	call  func(context.Context, *graphql.Client) (any, error)
	field string
	args  object
	data  string // the value of the field in the response
	want  any
}{
	{"Accounts", func(ctx context.Context, c *graphql.Client) (any, error) { return collect(c.Accounts(ctx)) },
		"accountsV2", object{"limit": 100.0, "page": 0.0},
		`{"count":2,"pages":1,"accounts":[{"nid":"n1","provider":"AWS","providerId":"0042","name":"a","displayName":"A","description":"d",
			"metadata":{"x":[1]},"status":"s","providerType":"CLOUD","chargeTypeCosts":[{"chargeType":"Usage","cost":12.340},{"chargeType":"Tax","cost":"0.1"}],
			"contacts":[{"id":"p","name":"Ada","email":"ada@example.com"}],"owner":{"id":"p","name":"Ada","email":"ada@example.com"}},
			{"nid":"n2","provider":null,"name":null,"metadata":null,"chargeTypeCosts":null,"contacts":null,"owner":null}]}`,
		[]*graphql.Account{{NID: "n1", Provider: "AWS", ProviderID: "0042", Name: "a", DisplayName: "A", Description: "d",
			Metadata: json.RawMessage(`{"x":[1]}`), Status: "s", ProviderType: "CLOUD",
			ChargeTypeCosts: []graphql.ChargeTypeCost{{ChargeType: "Usage", Cost: "12.340"}, {ChargeType: "Tax", Cost: "0.1"}},
			Contacts:        []graphql.Person{{ID: "p", Name: "Ada", Email: "ada@example.com"}}, Owner: &graphql.Person{ID: "p", Name: "Ada", Email: "ada@example.com"}},
			{NID: "n2", Metadata: json.RawMessage("null")}}},
	{"Account", func(ctx context.Context, c *graphql.Client) (any, error) { return c.Account(ctx, hostile) },
		"accountV2", object{"id": hostile},
		`{"nid":"n1","displayName":"A","description":"d","name":"a","owner":{"id":"p"}}`,
		&graphql.AccountDetails{NID: "n1", DisplayName: "A", Description: "d", Name: "a", Owner: &graphql.Owner{ID: "p"}}},
	{"Applications", func(ctx context.Context, c *graphql.Client) (any, error) {
		apps, err := collect(c.Applications(ctx, graphql.WithPageSize(7)))
		return describe(apps), err
	},
		"applicationsPaginated", object{"limit": 7.0, "page": 0.0},
		`{"count":1,"pages":1,"results":[{"nid":"n","name":"a","displayName":"A","description":"d","environmentsV2":
			{"environments":[{"nid":"e","name":"prod","displayName":"Prod","environmentType":"PRODUCTION"}]}},{"nid":"m","environmentsV2":null}]}`,
		[]string{"n a A d: e prod Prod PRODUCTION", "m   :"}},
	{"ApplicationCosts", func(ctx context.Context, c *graphql.Client) (any, error) {
		costs, err := collect(c.ApplicationCosts(ctx, graphql.WithPageSize(-1)))
		if len(costs) != 2 || costs[1].Cost != nil {
			return nil, err
		}
		return costs[0].NID + " " + costs[0].Name + " " + costs[0].Cost.CurrentMonth.String(), err
	},
		"applicationsPaginated", object{"limit": 100.0, "page": 0.0},
		`{"pages":1,"results":[{"nid":"n","name":"a","cost":{"currentMonth":1234.50}},{"nid":"m","name":"b","cost":null}]}`, "n a 1234.50"},
	{"Application", func(ctx context.Context, c *graphql.Client) (any, error) { return c.Application(ctx, "n") },
		"application", object{"id": "n"}, `{"nid":"n","name":"a","displayName":"A","description":"d","owner":null}`,
		&graphql.ApplicationDetails{NID: "n", Name: "a", DisplayName: "A", Description: "d"}},
	{"People", func(ctx context.Context, c *graphql.Client) (any, error) { return c.People(ctx) },
		"people", nil, `[{"id":"p","name":"Ada","email":"ada@example.com"},null]`,
		[]*graphql.Person{{ID: "p", Name: "Ada", Email: "ada@example.com"}}},
	{"GlobalTagKeys", func(ctx context.Context, c *graphql.Client) (any, error) { return c.GlobalTagKeys(ctx) },
		"globalTagKeys", nil, `{"application":["app"],"environment":[]}`,
		&graphql.TagKeys{Application: []string{"app"}, Environment: []string{}}},

	{"AddApplication", func(ctx context.Context, c *graphql.Client) (any, error) {
		return c.AddApplication(ctx, graphql.NewApplication{Name: hostile, OwnerID: "p"})
	},
		"addApplicationV2", object{"input": object{"name": hostile, "displayName": hostile, "ownerId": "p"}}, `{"id":"n"}`, "n"},
	{"UpdateApplication", func(ctx context.Context, c *graphql.Client) (any, error) {
		return nil, c.UpdateApplication(ctx, "n", graphql.ApplicationUpdate{Name: "a", DisplayName: "A", OwnerID: "p", Description: &archived})
	},
		"updateApplicationV3", object{"nid": "n", "input": object{"name": "a", "displayName": "A", "ownerId": "p", "description": "archived"}}, `{"nid":"n"}`, nil},
	{"AddEnvironment", func(ctx context.Context, c *graphql.Client) (any, error) {
		return c.AddEnvironment(ctx, graphql.NewEnvironment{ApplicationNID: "n", Name: "prod", Type: graphql.EnvironmentProduction, OwnerID: "p"})
	},
		"addEnvironmentV2", object{"input": object{"applicationNid": "n", "name": "prod", "displayName": "prod", "type": "PRODUCTION", "ownerId": "p"}}, `{"id":"e"}`, "e"},
	{"AddDiscoveryRule", func(ctx context.Context, c *graphql.Client) (any, error) {
		return c.AddDiscoveryRule(ctx, graphql.NewDiscoveryRule{EnvironmentID: "e", Name: "r", CloudAccounts: []string{"0042", hostile}})
	},
		"addDiscoveryRule", object{"input": object{"environmentId": "e", "name": "r", "match": object{"cloudAccount": []any{"0042", hostile}}}}, `{"id":"r1"}`, "r1"},
	{"AddPerson", func(ctx context.Context, c *graphql.Client) (any, error) {
		return c.AddPerson(ctx, "Ada", "ada@example.com")
	},
		"addPerson", object{"input": object{"name": "Ada", "email": "ada@example.com"}}, `{"id":"p"}`, "p"},
	{"AddAccount", func(ctx context.Context, c *graphql.Client) (any, error) {
		return c.AddAccount(ctx, graphql.NewAccount{Provider: graphql.ProviderIBMCloud, ProviderID: "0042", Name: hostile, OwnerID: "p", Creds: `{"apikey":"x"}`})
	},
		"addAccountV3", object{"input": object{"provider": "IBMCLOUD", "providerId": "0042", "providerType": "CLOUD", "name": hostile,
			"displayName": hostile, "description": "", "ownerId": "p", "creds": `{"apikey":"x"}`}}, `{"id":"n"}`, "n"},
	{"AddAccountV2", func(ctx context.Context, c *graphql.Client) (any, error) {
		return c.AddAccountV2(ctx, graphql.NewAccount{Provider: graphql.ProviderAWS, ProviderID: "0042", Name: "a", OwnerID: "p", Creds: "x"})
	},
		"addAccountV2", object{"input": object{"provider": "AWS", "providerId": "0042", "name": "a", "ownerId": "p", "creds": "x"}}, `{"id":"n"}`, "n"},
	{"UpdateAccount", func(ctx context.Context, c *graphql.Client) (any, error) {
		return nil, c.UpdateAccount(ctx, "n", graphql.AccountUpdate{Provider: graphql.ProviderGCP, ProviderID: "0042", Name: "a", Description: "d"})
	},
		"updateAccountV3", object{"nid": "n", "input": object{"provider": "GCP", "providerId": "0042", "name": "a", "displayName": "a", "description": "d"}}, `{"id":"n"}`, nil},
	{"RemoveAccount", func(ctx context.Context, c *graphql.Client) (any, error) { return nil, c.RemoveAccount(ctx, "n") },
		"removeAccountV3", object{"nid": "n"}, `{"id":"n"}`, nil},
	{"UpdateGlobalTagKeys", func(ctx context.Context, c *graphql.Client) (any, error) {
		return c.UpdateGlobalTagKeys(ctx, graphql.TagKeys{Application: []string{"app", hostile}})
	},
		"updateGlobalTagKeys", object{"input": object{"application": []any{"app", hostile}, "environment": []any{}}}, `true`, json.RawMessage("true")},
	{"AddEvent", func(ctx context.Context, c *graphql.Client) (any, error) {
		return c.AddEvent(ctx, graphql.NewEvent{ApplicationNID: "n", Title: "Release", Type: "Jira", Content: hostile})
	},
		"addEvent", object{"input": object{"nid": "n", "title": "Release", "type": "Jira", "content": hostile}}, `"ok"`, json.RawMessage(`"ok"`)},
	{"CreateAccessKey", func(ctx context.Context, c *graphql.Client) (any, error) {
		return c.CreateAccessKey(ctx, graphql.RoleAdmin, hostile)
	},
		"createAccessKey", object{"input": object{"role": "ADMIN", "description": hostile}}, `{"id":"k","secret":"s3cret/1"}`, graphql.Key("k/s3cret/1")},
}

func TestTypedOperations(t *testing.T) {
	for _, tt := range typed {
		t.Run(tt.name, func(t *testing.T) {
			s := responds(200, `{"data":{"`+tt.field+`":`+tt.data+`}}`)
			got, err := tt.call(t.Context(), newClient(t, s))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
			if n := len(s.requests()); n != 1 {
				t.Fatalf("got %d requests", n)
			}
			field, args := received(t, s.requests()[0])
			if field != tt.field || len(args)+len(tt.args) > 0 && !reflect.DeepEqual(args, tt.args) {
				t.Errorf("the server gets %s %v, want %s %v", field, args, tt.field, tt.args)
			}
		})
	}
}

// Everything in the schema has a typed operation, and no typed operation asks for a field
// that the schema does not have.
func TestEveryPublicOperationIsTyped(t *testing.T) {
	fields := make(map[string]bool)
	for _, tt := range typed {
		fields[tt.field] = true
	}
	for _, root := range []*ast.Definition{publicSchema().Query, publicSchema().Mutation} {
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") && !fields[f.Name] {
				t.Errorf("no method sends %s", f.Name)
			}
		}
	}
	methods := reflect.TypeFor[*graphql.Client]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		found := name == "Do" || name == "Format"
		for _, tt := range typed {
			found = found || tt.name == name
		}
		if !found {
			t.Errorf("no test calls %s", name)
		}
	}
}

// The table in README.md names each method, what it sends, and a source.
func TestTableOfOperations(t *testing.T) {
	page, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("operations.graphql")
	if err != nil {
		t.Fatal(err)
	}
	document := string(text)
	sources := regexp.MustCompile(`\b(actions|manage|events|finops|conn)\b`)
	rows := make(map[string][]string)
	for line := range strings.Lines(string(page)) {
		if cells := strings.Split(line, "|"); len(cells) == 6 && strings.HasPrefix(cells[1], " `") {
			rows[strings.Trim(cells[1], " `")] = cells[2:5]
		}
	}
	for _, tt := range typed {
		row := rows[tt.name]
		if row == nil || strings.Trim(row[0], " `") != tt.field || !sources.MatchString(row[2]) {
			t.Errorf("%s has the row %q, want %s and a source", tt.name, row, tt.field)
		}
		generated := strings.Contains(document, tt.field+"(") || strings.Contains(document, tt.field+" {")
		if row != nil && generated != (strings.TrimSpace(row[1]) == "generated") {
			t.Errorf("%s: that it is generated is %v, and the table says %s", tt.name, generated, row[1])
		}
		delete(rows, tt.name)
	}
	for name := range rows {
		t.Errorf("there is no method %s", name)
	}
}

// What a response claims and does not have is an error, and nobody knows what a mutation did.
func TestResponseThatLacksWhatItWasAskedFor(t *testing.T) {
	for _, tt := range typed {
		s := responds(200, `{"data":{"`+tt.field+`":null}}`)
		_, err := tt.call(t.Context(), newClient(t, s))
		var e *graphql.Error
		if errors.As(err, &e) && (e.StatusCode != 200 || e.Attempts != 1) {
			t.Errorf("%s: got %d and %d attempts, want the response's", tt.name, e.StatusCode, e.Attempts)
		}
		if strings.HasPrefix(tt.name, "Add") && tt.name != "AddEvent" {
			_, err := tt.call(t.Context(), newClient(t, responds(200, `{"data":{"`+tt.field+`":{"id":null}}}`)))
			if !errors.Is(err, graphql.ErrResponse) || !errors.Is(err, graphql.ErrOutcomeUnknown) {
				t.Errorf("%s without an ID: got %v", tt.name, err)
			}
		}
		switch tt.name {
		case "People", "Accounts", "Applications", "ApplicationCosts": // no list and an empty one look the same
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		case "UpdateGlobalTagKeys", "AddEvent": // what a scalar means is not public
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
		default:
			if !errors.As(err, &e) || !errors.Is(err, graphql.ErrResponse) || e.Retryable() || !strings.Contains(err.Error(), tt.name) {
				t.Errorf("%s: got %v", tt.name, err)
			}
			if mutates := strings.HasPrefix(e.Operation, "mutation"); mutates != errors.Is(err, graphql.ErrOutcomeUnknown) {
				t.Errorf("%s: that it may have taken effect is %v", tt.name, !mutates)
			}
		}
	}
}

// An error about what a mutation returned comes after the mutation.
func TestErrorBelowAMutationLeavesItsOutcomeOpen(t *testing.T) {
	for _, tt := range []struct {
		body    string
		id      string
		unknown bool
	}{
		{`{"data":{"addPerson":null},"errors":[{"message":"m","path":["addPerson"]}]}`, "", false},
		{`{"data":null,"errors":[{"message":"m"}]}`, "", false},
		{`{"data":{"addPerson":null},"errors":[{"message":"m","path":["addPerson","id"]}]}`, "", true},
		{`{"data":{"addPerson":{"id":null}},"errors":[{"message":"m","path":["addPerson","id"]}]}`, "", true},
		{`{"data":{"addPerson":{"id":"p"}},"errors":[{"message":"m","path":["addPerson","name"]}]}`, "p", true},
	} {
		id, err := newClient(t, responds(200, tt.body)).AddPerson(t.Context(), "Ada", "ada@example.com")
		if id != tt.id || err == nil || errors.Is(err, graphql.ErrOutcomeUnknown) != tt.unknown {
			t.Errorf("%s: got %q, %v", tt.body, id, err)
		}
		err = newClient(t, responds(200, tt.body)).Do(t.Context(), query, nil, nil)
		if errors.Is(err, graphql.ErrOutcomeUnknown) {
			t.Errorf("%s: got %v of a query", tt.body, err)
		}
	}
}

// Without credentials none are sent, not even empty ones.
func TestAccountWithoutCredentials(t *testing.T) {
	s := responds(200, `{"data":{"addAccountV3":{"id":"n"}}}`)
	_, err := newClient(t, s).AddAccount(t.Context(), graphql.NewAccount{Provider: graphql.ProviderIBMCloud, ProviderID: "0042", Name: "a", OwnerID: "p"})
	if err != nil {
		t.Fatal(err)
	}
	_, args := received(t, s.requests()[0])
	if input, _ := args["input"].(object); input["name"] != "a" || input["creds"] != nil {
		t.Errorf("the server gets %v", args)
	} else if _, has := input["creds"]; has {
		t.Error("the server gets the credentials null")
	}
}

// A mutation without an error whose data does not fit has taken effect, as far as anybody knows.
func TestMutationWhoseDataDoesNotFit(t *testing.T) {
	for _, tt := range typed {
		for _, value := range []string{`{"id":17,"nid":17}`, `7`, `["x"]`} {
			s := responds(200, `{"data":{"`+tt.field+`":`+value+`}}`)
			_, err := tt.call(t.Context(), newClient(t, s))
			var e *graphql.Error
			if err == nil {
				continue // it asks for nothing that this does not fit into
			}
			if !errors.As(err, &e) || e.Retryable() || len(s.requests()) != 1 {
				t.Errorf("%s %s: got %v", tt.name, value, err)
				continue
			}
			if mutates := e.Operation == "mutation"; mutates != errors.Is(err, graphql.ErrOutcomeUnknown) {
				t.Errorf("%s %s: that it may have taken effect is %v", tt.name, value, !mutates)
			}
		}
	}
}

// A value that is missing would make a name empty, say. Nothing is sent, and all that is
// missing is told.
func TestValuesThatAreMissing(t *testing.T) {
	s := &script{}
	c, ctx := newClient(t, s), t.Context()
	for _, tt := range []struct {
		name string
		call func() error
		want string
	}{
		{"AddApplication", func() error { _, err := c.AddApplication(ctx, graphql.NewApplication{}); return err }, "Name OwnerID"},
		{"UpdateApplication", func() error { return c.UpdateApplication(ctx, "", graphql.ApplicationUpdate{}) }, "nid Name OwnerID"},
		{"AddEnvironment", func() error { _, err := c.AddEnvironment(ctx, graphql.NewEnvironment{}); return err }, "ApplicationNID Name Type OwnerID"},
		{"AddDiscoveryRule", func() error { _, err := c.AddDiscoveryRule(ctx, graphql.NewDiscoveryRule{}); return err }, "EnvironmentID Name CloudAccounts"},
		{"AddPerson", func() error { _, err := c.AddPerson(ctx, "", ""); return err }, "name email"},
		{"AddAccount", func() error { _, err := c.AddAccount(ctx, graphql.NewAccount{}); return err }, "Provider ProviderID Name OwnerID"},
		{"AddAccountV2", func() error { _, err := c.AddAccountV2(ctx, graphql.NewAccount{}); return err }, "Provider ProviderID Name OwnerID Creds"},
		{"UpdateAccount", func() error { return c.UpdateAccount(ctx, "", graphql.AccountUpdate{}) }, "nid Provider ProviderID Name"},
		{"RemoveAccount", func() error { return c.RemoveAccount(ctx, "") }, "nid"},
		{"AddEvent", func() error { _, err := c.AddEvent(ctx, graphql.NewEvent{}); return err }, "ApplicationNID Title Type Content"},
		{"CreateAccessKey", func() error { _, err := c.CreateAccessKey(ctx, "", ""); return err }, "role description"},
	} {
		err := tt.call()
		var e *graphql.Error
		if err == nil || errors.As(err, &e) {
			t.Errorf("%s: got %v", tt.name, err)
			continue
		}
		for _, field := range strings.Fields(tt.want) {
			if !strings.Contains(err.Error(), tt.name+": "+field+" is missing") {
				t.Errorf("%s: %v, which lacks %s", tt.name, err, field)
			}
		}
	}
	_, err := c.UpdateGlobalTagKeys(ctx, graphql.TagKeys{})
	if err == nil || !strings.Contains(err.Error(), "refuses to remove all") {
		t.Errorf("UpdateGlobalTagKeys: got %v", err)
	}
	if n := len(s.requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// Text that would arrive as another is not sent, whether as a variable or in the document.
func TestTextThatIsNotUTF8IsNotSent(t *testing.T) {
	const text = "caf\xe9"
	s := &script{}
	c, ctx := newClient(t, s), t.Context()
	for name, call := range map[string]func() error{
		"AddPerson": func() error { _, err := c.AddPerson(ctx, text, "a"); return err },
		"AddEvent": func() error {
			_, err := c.AddEvent(ctx, graphql.NewEvent{ApplicationNID: "a", Title: "t", Type: "t", Content: text})
			return err
		},
		"CreateAccessKey": func() error { _, err := c.CreateAccessKey(ctx, graphql.RoleAdmin, text); return err },
		"AddApplication": func() error {
			_, err := c.AddApplication(ctx, graphql.NewApplication{Name: "a", OwnerID: "o", Description: text})
			return err
		},
	} {
		if err := call(); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(s.requests()); n > 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// The secret of a new key is in the response's data, and the credentials of an account in the
// request, which a server may repeat.
func TestErrorsShowNoSecretOfAnOperation(t *testing.T) {
	for _, tt := range []struct{ name, body string }{
		{"CreateAccessKey", `{"data":{"createAccessKey":{"id":"k","secret":"s3cr3t-quoted`},
		{"CreateAccessKey", `{"data":{"createAccessKey":{"secret":"s3cr3t-quoted"}}}`},
		{"CreateAccessKey", `{"data":{"createAccessKey":"s3cr3t-quoted"}}`},
		{"CreateAccessKey", `{"data":{"createAccessKey":{"id":"k","secret":"s3cr3t-quoted"}},"errors":[{"message":"an audit failed"}]}`},
		{"CreateAccessKey", `{"data":{"createAccessKey":{"id":"k","secret":"s3cr3t-quoted"}},"errors":[{"message":"s3cr3t-quoted was not sent by mail","extensions":{"of":["s3cr3t-quoted"]}}]}`},
		{"AddAccount", `{"errors":[{"message":"cannot sign in with {\"apikey\":\"s3cr3t-quoted\"}"}]}`},
		{"AddAccount", `{"errors":[{"message":"the key s3cr3t-quoted is refused"}]}`},
		{"AddAccountV2", `{"message":"the key s3cr3t-quoted is refused"}`},
	} {
		s := responds(200, tt.body)
		c, ctx := newClient(t, s), t.Context()
		var key graphql.Key
		var err error
		account := graphql.NewAccount{Provider: "AWS", ProviderID: "1", Name: "a", OwnerID: "p", Creds: `{"apikey":"s3cr3t-quoted"}`}
		switch tt.name {
		case "CreateAccessKey":
			key, err = c.CreateAccessKey(ctx, graphql.RoleAdmin, "d")
		case "AddAccount":
			_, err = c.AddAccount(ctx, account)
		case "AddAccountV2":
			_, err = c.AddAccountV2(ctx, account)
		}
		var e *graphql.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v", tt.body, err)
			continue
		}
		secretsIn(t, tt.body, shown(err, mostVerbs...)+string(e.Body))
		if strings.Contains(tt.body, `"id":"k","secret":"s3cr3t-quoted"}`) && key != "k/s3cr3t-quoted" {
			t.Errorf("the key that was created is lost: %#v", key)
		}
	}
}

// A sum that is no number costs nothing but itself.
func TestSumThatIsNoNumber(t *testing.T) {
	s := responds(200, `{"data":{"accountsV2":{"pages":1,"accounts":[
		{"nid":"a","chargeTypeCosts":[{"chargeType":"Usage","cost":"12,50"},{"chargeType":"Tax","cost":{"amount":1}},{"chargeType":"Credit","cost":2}]},{"nid":"b"}]}}}`)
	list, err := collect(newClient(t, s).Accounts(t.Context()))
	if err != nil || len(list) != 2 {
		t.Fatalf("got %d accounts, %v", len(list), err)
	}
	var got []string
	for _, c := range list[0].ChargeTypeCosts {
		got = append(got, c.ChargeType+" "+c.Cost.String())
	}
	if want := `Usage 12,50; Tax {"amount":1}; Credit 2`; strings.Join(got, "; ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
