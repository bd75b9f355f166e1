package apitest_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

const allOfAccount = `nid provider providerId name displayName description metadata status providerType
	chargeTypeCosts { chargeType cost } contacts { id name email } owner { id name email }`

const allOfApplication = `nid name displayName description owner { id name email } cost { currentMonth }
	environmentsV2(page: 0, limit: 100) { environments { nid name displayName environmentType } }`

func TestQueries(t *testing.T) {
	const account1 = `{"nid":"acc1","provider":"AWS","providerId":"111122223333","name":"prod","displayName":"Production","description":"main",` +
		`"metadata":{"a":[1,null]},"status":"ACTIVE","providerType":"CLOUD","chargeTypeCosts":[{"chargeType":"Usage","cost":12.50},{"chargeType":"Tax","cost":null}],` +
		`"contacts":[{"id":"p2","name":"Ben","email":"ben@example.com"}],"owner":{"id":"p1","name":"Ada","email":"ada@example.com"}}`
	const account2 = `{"nid":"acc2","provider":"GCP","providerId":"proj","name":"lab","displayName":null,"description":null,` +
		`"metadata":null,"status":null,"providerType":null,"chargeTypeCosts":[],"contacts":[],"owner":null}`
	const application1 = `{"nid":"app1","name":"shop","displayName":"Shop","description":"sells","owner":{"id":"p1","name":"Ada","email":"ada@example.com"},"cost":{"currentMonth":99.9},` +
		`"environmentsV2":{"environments":[{"nid":"env1","name":"live","displayName":"Live","environmentType":"PRODUCTION"},` +
		`{"nid":"env2","name":"test","displayName":null,"environmentType":"STAGING"},{"nid":"env3","name":"dev","displayName":null,"environmentType":"DEVELOPMENT"}]}}`
	const application2 = `{"nid":"app2","name":"wiki","displayName":null,"description":null,"owner":null,"cost":{"currentMonth":null},"environmentsV2":{"environments":[]}}`

	c := inProcess(t, apitest.WithLandscape(organisation()))
	for _, test := range []struct{ name, query, want string }{
		{"accounts", `{ accountsV2(limit: 50, page: 0) { count pages accounts { ` + allOfAccount + ` } } }`,
			`{"accountsV2":{"count":2,"pages":1,"accounts":[` + account1 + `,` + account2 + `]}}`},
		{"account", `{ accountV2(id: "acc1") { ` + allOfAccount + ` } }`, `{"accountV2":` + account1 + `}`},
		{"unknown account", `{ accountV2(id: "acc3") { nid } }`, `{"accountV2":null}`},
		{"applications", `{ applicationsPaginated(limit: 50, page: 0) { count pages results { ` + allOfApplication + ` } } }`,
			`{"applicationsPaginated":{"count":2,"pages":1,"results":[` + application1 + `,` + application2 + `]}}`},
		{"application", `{ application(id: "app1") { ` + allOfApplication + ` } }`, `{"application":` + application1 + `}`},
		{"unknown application", `{ application(id: "acc1") { nid } }`, `{"application":null}`},
		{"people", `{ people { id email name } }`, `{"people":[{"id":"p1","email":"ada@example.com","name":"Ada"},{"id":"p2","email":"ben@example.com","name":"Ben"}]}`},
		{"tag keys", `{ globalTagKeys { application environment } }`, `{"globalTagKeys":{"application":["app","Application"],"environment":["env"]}}`},
		{"several at once", `{ a: accountV2(id: "acc2") { name } people { id } b: accountV2(id: "acc1") { name } }`, `{"a":{"name":"lab"},"people":[{"id":"p1"},{"id":"p2"}],"b":{"name":"prod"}}`},
		{"names of types", `{ __typename people { __typename } accountV2(id: "acc1") { owner { __typename } } }`,
			`{"__typename":"Query","people":[{"__typename":"Person"},{"__typename":"Person"}],"accountV2":{"owner":{"__typename":"Person"}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := c.mustGraphQL(t, test.query, nil); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}

	t.Run("nothing there", func(t *testing.T) {
		const query = `{ accountsV2 { count pages accounts { nid } } applicationsPaginated { count pages results { nid } } people { id } globalTagKeys { application environment } }`
		const want = `{"accountsV2":{"count":0,"pages":0,"accounts":[]},"applicationsPaginated":{"count":0,"pages":0,"results":[]},"people":[],"globalTagKeys":{"application":[],"environment":[]}}`
		if got := inProcess(t).mustGraphQL(t, query, nil); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("amounts as text", func(t *testing.T) {
		c := inProcess(t, apitest.WithLandscape(organisation()), apitest.TextAmounts())
		const query = `{ accountV2(id: "acc1") { chargeTypeCosts { cost } } application(id: "app1") { cost { currentMonth } } }`
		const want = `{"accountV2":{"chargeTypeCosts":[{"cost":"12.50"},{"cost":null}]},"application":{"cost":{"currentMonth":"99.9"}}}`
		if got := c.mustGraphQL(t, query, nil); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestPages(t *testing.T) {
	const max31 = 1<<31 - 1
	for _, test := range []struct {
		total       int
		limit, page any // nil: null
		pages       int
		first, n    int
		err         string
	}{
		{total: 7, limit: 3, page: 0, pages: 3, first: 0, n: 3},
		{total: 7, limit: 3, page: 1, pages: 3, first: 3, n: 3},
		{total: 7, limit: 3, page: 2, pages: 3, first: 6, n: 1},
		{total: 7, limit: 3, page: 3, pages: 3, n: 0},
		{total: 7, limit: 100, page: max31, pages: 1, n: 0},
		{total: 6, limit: 3, page: 1, pages: 2, first: 3, n: 3},
		{total: 6, limit: 3, page: 2, pages: 2, n: 0},
		{total: 7, limit: 7, page: 0, pages: 1, n: 7},
		{total: 7, limit: 1, page: 6, pages: 7, first: 6, n: 1},
		{total: 0, limit: 10, page: 0, pages: 0, n: 0},
		{total: 101, limit: 100, page: 1, pages: 2, first: 100, n: 1},
		{total: 101, limit: nil, page: nil, pages: 2, n: 100},
		{total: 7, limit: 0, page: 0, err: "limit must be between 1 and 100"},
		{total: 7, limit: -1, page: 0, err: "limit must be between 1 and 100"},
		{total: 7, limit: 101, page: 0, err: "limit must be between 1 and 100"},
		{total: 7, limit: 1, page: -1, err: "page must not be negative"},
	} {
		t.Run(fmt.Sprint(test.total, test.limit, test.page), func(t *testing.T) {
			c := inProcess(t, apitest.WithLandscape(crowd(test.total)))
			r := c.graphql(t, `query($limit: Int, $page: Int) {
				a: accountsV2(limit: $limit, page: $page) { count pages list: accounts { name } }
				b: applicationsPaginated(limit: $limit, page: $page) { count pages list: results { name } }
			}`, map[string]any{"limit": test.limit, "page": test.page})
			type page struct {
				Count, Pages int
				List         []struct{ Name string }
			}
			var body struct {
				Data   map[string]*page
				Errors []struct{ Message string }
			}
			if err := json.Unmarshal([]byte(r.body), &body); err != nil {
				t.Fatal(err)
			}
			for name, got := range body.Data {
				switch {
				case test.err != "":
					if got != nil || len(body.Errors) != 2 || !strings.Contains(body.Errors[0].Message, test.err) {
						t.Errorf("%s: got %+v and the errors %v, want null and %q", name, got, body.Errors, test.err)
					}
				case got == nil:
					t.Errorf("%s: got null and %v", name, body.Errors)
				default:
					if got.Count != test.total || got.Pages != test.pages || len(got.List) != test.n {
						t.Errorf("%s: got count %d, pages %d, %d of them, want %d, %d, %d", name, got.Count, got.Pages, len(got.List), test.total, test.pages, test.n)
					} else if test.n > 0 && got.List[0].Name != fmt.Sprint(test.first) {
						t.Errorf("%s: got %s first, want %d", name, got.List[0].Name, test.first)
					}
				}
			}
			if len(body.Data) != 2 {
				t.Errorf("got %s, want two lists", r.body)
			}
		})
	}
}

func TestEnvironmentsHavePagesOfTheirOwn(t *testing.T) {
	c := inProcess(t, apitest.WithLandscape(organisation()))
	got := c.mustGraphQL(t, `query($limit: Int) { applicationsPaginated(limit: 1) { results {
		first: environmentsV2(page: 0, limit: $limit) { environments { name } }
		second: environmentsV2(page: 1, limit: $limit) { environments { name } }
		third: environmentsV2(page: 2, limit: $limit) { environments { name } }
		all: environmentsV2 { environments { name } }
	} } }`, map[string]any{"limit": 2})
	const want = `{"applicationsPaginated":{"results":[{` +
		`"first":{"environments":[{"name":"live"},{"name":"test"}]},"second":{"environments":[{"name":"dev"}]},"third":{"environments":[]},` +
		`"all":{"environments":[{"name":"live"},{"name":"test"},{"name":"dev"}]}}]}}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	r := c.graphql(t, `{ applicationsPaginated { results { name environmentsV2(limit: 101) { environments { nid } } } } }`, nil)
	const wantErr = `{"data":{"applicationsPaginated":{"results":[{"name":"shop","environmentsV2":null},{"name":"wiki","environmentsV2":null}]}},` +
		`"errors":[{"message":"limit must be between 1 and 100","path":["applicationsPaginated","results",0,"environmentsV2"],"locations":[{"line":1,"column":42}]},` +
		`{"message":"limit must be between 1 and 100","path":["applicationsPaginated","results",1,"environmentsV2"],"locations":[{"line":1,"column":42}]}]}`
	if r.body != wantErr {
		t.Errorf("got  %s\nwant %s", r.body, wantErr)
	}
}

func TestMaxPage(t *testing.T) {
	c := inProcess(t, apitest.WithLandscape(crowd(7)), apitest.WithMaxPage(2))
	if got, want := c.mustGraphQL(t, `{ accountsV2 { pages accounts { name } } }`, nil), `{"accountsV2":{"pages":4,"accounts":[{"name":"0"},{"name":"1"}]}}`; got != want {
		t.Errorf("without a limit: got %s, want %s", got, want)
	}
	if r := c.graphql(t, `{ accountsV2(limit: 3) { pages } }`, nil); !strings.Contains(r.body, "limit must be between 1 and 2") {
		t.Errorf("above the limit: got %s, want an error", r.body)
	}
}
