package apitest_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
)

func TestTokenIsARealJWT(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start(apitest.WithTokenLifetime(10 * time.Minute)).login(t)

		parts := strings.Split(c.token, ".")
		if len(parts) != 3 {
			t.Fatalf("the token has %d parts, want 3", len(parts))
		}
		raw := make([][]byte, 3)
		for i, part := range parts {
			var err error
			if raw[i], err = base64.RawURLEncoding.DecodeString(part); err != nil {
				t.Fatalf("part %d: %v", i, err)
			}
		}
		var header, claims map[string]any
		if err := json.Unmarshal(raw[0], &header); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw[1], &claims); err != nil {
			t.Fatal(err)
		}
		if header["alg"] != "RS256" {
			t.Errorf("alg: got %v, want RS256", header["alg"])
		}
		for _, name := range []string{"iss", "sub", "jti"} {
			if s, _ := claims[name].(string); s == "" {
				t.Errorf("claim %s: got %v, want a string", name, claims[name])
			}
		}
		if got := claims["aud"]; got != apitest.DefaultAudience {
			t.Errorf("aud: got %v, want %s", got, apitest.DefaultAudience)
		}
		if got := claims["exp"].(float64) - claims["iat"].(float64); got != 600 {
			t.Errorf("exp - iat: got %v, want 600", got)
		}
		digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if err := rsa.VerifyPKCS1v15(c.PublicKey(), crypto.SHA256, digest[:], raw[2]); err != nil {
			t.Errorf("signature: %v", err)
		}
		if got := c.TokensIssued(); got != 1 {
			t.Errorf("tokens issued: got %d, want 1", got)
		}
	})
}

func TestTokenResponse(t *testing.T) {
	c := inProcess(t)
	creds := c.Credentials()
	r := c.requestToken(t, "application/json; charset=utf-8", tokenRequest(creds.ClientID, creds.ClientSecret, apitest.DefaultAudience))
	var body map[string]any
	if err := json.Unmarshal([]byte(r.body), &body); err != nil {
		t.Fatal(err)
	}
	if body["token_type"] != "Bearer" || body["expires_in"] != 3600.0 || len(body) != 3 {
		t.Errorf("got %v, want access_token, token_type Bearer and expires_in 3600", body)
	}
}

func TestTokenRefusals(t *testing.T) {
	creds := apitest.Credentials{ClientID: "id", ClientSecret: "secret"}
	good := tokenRequest("id", "secret", apitest.DefaultAudience)
	form := url.Values{
		"client_id": {"id"}, "client_secret": {"secret"},
		"audience": {apitest.DefaultAudience}, "grant_type": {"client_credentials"},
	}.Encode()
	const asJSON, asForm = "application/json", "application/x-www-form-urlencoded"
	for _, test := range []struct {
		name, contentType, body string
		opts                    []apitest.Option
		want                    int
	}{
		{"good", asJSON, good, nil, 200},
		{"wrong secret", asJSON, tokenRequest("id", "other", apitest.DefaultAudience), nil, 401},
		{"wrong id", asJSON, tokenRequest("other", "secret", apitest.DefaultAudience), nil, 401},
		{"wrong audience", asJSON, tokenRequest("id", "secret", "https://elsewhere.example"), nil, 403},
		{"own audience", asJSON, tokenRequest("id", "secret", "https://elsewhere.example"), []apitest.Option{apitest.WithAudience("https://elsewhere.example")}, 200},
		{"wrong grant type", asJSON, strings.Replace(good, "client_credentials", "password", 1), nil, 403},
		{"no grant type", asJSON, strings.Replace(good, "grant_type", "grant", 1), nil, 400},
		{"no secret", asJSON, strings.Replace(good, "client_secret", "x", 1), nil, 400},
		{"empty audience", asJSON, tokenRequest("id", "secret", ""), nil, 400},
		{"a number for a secret", asJSON, strings.Replace(good, `"secret"`, "5", 1), nil, 400},
		{"null", asJSON, "null", nil, 400},
		{"no body", asJSON, "", nil, 400},
		{"no JSON", asJSON, "{", nil, 400},
		{"form", asForm, form, nil, 415},
		{"form, allowed", asForm, form, []apitest.Option{apitest.AllowFormToken()}, 200},
		{"form declared as JSON", asJSON, form, []apitest.Option{apitest.AllowFormToken()}, 400},
		{"no content type", "", good, nil, 415},
		{"too large", asJSON, good, []apitest.Option{apitest.WithMaxBody(10)}, 413},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t, append(test.opts, apitest.WithCredentials(creds))...)
			r := c.requestToken(t, test.contentType, test.body)
			if r.status != test.want {
				t.Fatalf("got %d %s, want %d", r.status, r.body, test.want)
			}
			issued := 0
			if test.want == 200 {
				issued = 1
			} else if r.message(t) == "" {
				t.Errorf("got %s, want an error", r.body)
			}
			if got := c.TokensIssued(); got != issued {
				t.Errorf("tokens issued: got %d, want %d", got, issued)
			}
			if strings.Contains(r.body, "secret\"") && test.want != 400 {
				t.Errorf("the response contains the secret: %s", r.body)
			}
		})
	}
}

func TestTokenEndpointAcceptsOnlyPOST(t *testing.T) {
	c := overLoopback(t)
	resp, err := c.client.Get(c.tokenURL)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 405 || resp.Header.Get("Allow") != "POST" {
		t.Errorf("got %d, Allow %q, want 405 and POST", resp.StatusCode, resp.Header.Get("Allow"))
	}
}

func TestBearerIsVerified(t *testing.T) {
	overBothTransports(t, func(t *testing.T, start func(...apitest.Option) *testClient) {
		c := start().login(t)
		good := c.token
		parts := strings.Split(good, ".")
		encode := base64.RawURLEncoding.EncodeToString
		none := encode([]byte(`{"alg":"none"}`))
		other := start(apitest.WithCredentials(apitest.Credentials{ClientID: "a", ClientSecret: "b"})).login(t).token
		for _, test := range []struct {
			name, header string
			want         int
		}{
			{"good", "Bearer " + good, 202},
			{"lower case scheme", "bearer " + good, 202},
			{"none", "", 401},
			{"no scheme", good, 401},
			{"basic", "Basic " + good, 401},
			{"empty", "Bearer ", 401},
			{"two parts", "Bearer " + parts[0] + "." + parts[1], 401},
			{"four parts", "Bearer " + good + ".x", 401},
			{"changed claims", "Bearer " + parts[0] + "." + encode([]byte(`{"aud":"x","exp":9999999999}`)) + "." + parts[2], 401},
			{"changed signature", "Bearer " + parts[0] + "." + parts[1] + "." + encode(make([]byte, 256)), 401},
			{"unsigned", "Bearer " + none + "." + parts[1] + ".", 401},
			{"not base64", "Bearer !.!.!", 401},
			{"another emulator's", "Bearer " + other, 401},
		} {
			t.Run(test.name, func(t *testing.T) {
				req := c.request(t, http.MethodPost, "/v1/estateRecords", `{"records":[{"id":"a","type":"b"}]}`)
				req.Header.Del("Authorization")
				if test.header != "" {
					req.Header.Set("Authorization", test.header)
				}
				r, err := c.do(req)
				if err != nil {
					t.Fatal(err)
				}
				if r.status != test.want {
					t.Fatalf("got %d %s, want %d", r.status, r.body, test.want)
				}
				if r.message(t) == "" {
					t.Errorf("got %s, want a message", r.body)
				}
				if strings.Contains(r.body, parts[1]) {
					t.Errorf("the response contains the token: %s", r.body)
				}
			})
		}
	})
}

func TestTokenExpiresExactlyAfterItsLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := inProcess(t, apitest.WithTokenLifetime(time.Minute)).login(t)
		time.Sleep(time.Minute - time.Nanosecond)
		c.mustUpsert(t, `[{"id":"a","type":"b"}]`)
		time.Sleep(time.Nanosecond)
		if r := c.upsert(t, `[{"id":"a","type":"b"}]`); r.status != 401 || !strings.Contains(r.body, "expired") {
			t.Errorf("got %d %s, want 401 and \"expired\"", r.status, r.body)
		}
		c.login(t).mustUpsert(t, `[{"id":"a","type":"b"}]`)
	})
}

func TestRevokeTokens(t *testing.T) {
	c := inProcess(t).login(t)
	c.RevokeTokens()
	if r := c.upsert(t, `[{"id":"a","type":"b"}]`); r.status != 401 {
		t.Errorf("revoked: got %d, want 401", r.status)
	}
	c.login(t).mustUpsert(t, `[{"id":"a","type":"b"}]`)
}

func TestRotateSecret(t *testing.T) {
	for _, test := range []struct {
		name string
		opts []apitest.Option
		want int
	}{
		{"tokens stay valid", nil, 202},
		{"tokens are revoked", []apitest.Option{apitest.RotateRevokes()}, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := inProcess(t, test.opts...).login(t)
			old := c.Credentials()
			fresh := c.RotateSecret()
			if fresh.ClientID != old.ClientID || fresh.ClientSecret == old.ClientSecret {
				t.Errorf("got %v after %v, want the same ID and another secret", fresh, old)
			}
			if r := c.requestToken(t, "application/json", tokenRequest(old.ClientID, old.ClientSecret, apitest.DefaultAudience)); r.status != 401 {
				t.Errorf("old secret: got %d, want 401", r.status)
			}
			if r := c.upsert(t, `[{"id":"a","type":"b"}]`); r.status != test.want {
				t.Errorf("old token: got %d, want %d", r.status, test.want)
			}
			c.login(t).mustUpsert(t, `[{"id":"a","type":"b"}]`)
		})
	}
}
