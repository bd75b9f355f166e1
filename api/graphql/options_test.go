package graphql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/graphql"
)

func TestConfigurationThatCannotWork(t *testing.T) {
	for _, tt := range []struct {
		name string
		key  graphql.Key
		opt  graphql.Option
		want string
	}{
		{"no key", "", nil, "the API key is missing, want ID/SECRET"},
		{"no slash", "s3cr3t", nil, "no slash between its ID and its secret"},
		{"no ID", "/s3cr3t", nil, "no ID before the slash"},
		{"no secret", "id/", nil, "no secret behind the slash"},
		{"a line break at the end", "id/s3cr3t\n", nil, "white space around it"},
		{"a space inside", "id/s3c r3t", nil, "no header can carry"},
		{"a line break inside", "id/s3c\nr3t", nil, "no header can carry"},
		{"not ASCII", "id/s3cr3t-é", nil, "no header can carry"},
		{"no such region", testKey, graphql.WithRegion("apac"), `the region is "apac", want eu, us or uk: set WithRegion or KLARITY_REGION`},
		{"the secret as region", testKey, graphql.WithRegion(graphql.Region(testSecret)), `the region is "REDACTED"`},
		{"no such period", testKey, graphql.WithBillingPeriod("next"), "want current or previous"},
		{"http to a host", testKey, graphql.WithURL("http://klarity.example/graphql"), "http to a host that is not this machine"},
		{"no scheme", testKey, graphql.WithURL("klarity.example"), "the GraphQL URL is malformed"},
		{"another scheme", testKey, graphql.WithURL("ftp://klarity.example"), `scheme "ftp"`},
		{"no URL", testKey, graphql.WithURL("https://%zz"), "malformed"},
		{"a password", testKey, graphql.WithURL("https://u:s3cr3t@klarity.example"), "user name or password"},
		{"a query", testKey, graphql.WithURL("https://klarity.example/?a=b"), "has a query"},
		{"a header in the user agent", testKey, graphql.WithUserAgent("a\r\nX: y"), "control character"},
	} {
		c, err := graphql.New(tt.key, tt.opt)
		if err == nil || c != nil || !strings.HasPrefix(err.Error(), "klarity: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want ...%s...", tt.name, err, tt.want)
		}
		secretsIn(t, tt.name, fmt.Sprint(err))
	}
	for _, url := range []string{"http://localhost:8080", "http://127.0.0.1:1/graphql", "http://[::1]:1/prefix", "https://klarity.example:8443/a/b"} {
		if _, err := graphql.New("id/a/b", graphql.WithURL(url), nil); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestEndpoint(t *testing.T) {
	const eu, us, uk, own = "https://api.cnop-int.nordcloudapp.com/graphql", "https://api.cnop-int.us.nordcloudapp.com/graphql",
		"https://api.cnop-int.uk.nordcloudapp.com/graphql", "https://klarity.example/graphql"
	for _, tt := range []struct {
		region, url string // of the environment
		opts        []graphql.Option
		want        string
	}{
		{"", "", nil, eu},
		{"eu", "", nil, eu},
		{"us", "", nil, us},
		{"uk", "", nil, uk},
		{"us", own, nil, own},
		{"", own, []graphql.Option{graphql.WithRegion(graphql.RegionUK)}, uk},
		{"us", "", []graphql.Option{graphql.WithURL(own)}, own},
		{"us", "", []graphql.Option{graphql.WithURL(""), graphql.WithRegion("")}, us},
		{"us", "", []graphql.Option{graphql.WithURL(own), graphql.WithRegion(graphql.RegionEU)}, eu},
		{"nowhere", own, nil, own},
	} {
		t.Setenv("KLARITY_API_KEY", string(testKey))
		t.Setenv("KLARITY_REGION", tt.region)
		t.Setenv("KLARITY_GRAPHQL_URL", tt.url)
		s := responds(200, `{"data":{"a":1}}`)
		c, err := graphql.NewFromEnv(append(tt.opts, graphql.WithTransport(s))...)
		if err != nil {
			t.Fatalf("%+v: %v", tt, err)
		}
		if err := c.Do(t.Context(), query, nil, nil); err != nil {
			t.Error(err)
		}
		r := s.requests()[0]
		if r.URL.String() != tt.want || r.Header.Get("x-api-key") != string(testKey) {
			t.Errorf("%q, %q: got %s, %v", tt.region, tt.url, r.URL, r.Header)
		}
		if want := "klarity GraphQL client for " + tt.want; fmt.Sprint(c) != want {
			t.Errorf("got %v, want %s", c, want)
		}
	}
}
