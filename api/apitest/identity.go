package apitest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// DefaultAudience is the audience that tokens are issued for by default: that of the
// production API.
const DefaultAudience = "https://integrations-api.klarity.nordcloudapp.com"

const (
	issuer    = "https://identity.example/"
	grantType = "client_credentials"
)

// Credentials are the client ID and secret of an External Integration.
type Credentials struct {
	ClientID     string
	ClientSecret string
}

func newCredentials() Credentials {
	return Credentials{ClientID: "apitest-" + rand.Text()[:8], ClientSecret: newSecret()}
}

// identity is the state of the identity service.
type identity struct {
	mu          sync.Mutex // guards the fields below
	credentials Credentials
	issuedCount int
	tokens      map[string]issuedToken // by jti; a token that is not in it was never issued, was revoked or has expired
}

type issuedToken struct {
	number  int // 1 for the first
	expires time.Time
}

func (id *identity) init(c *config) {
	id.credentials = c.credentials
	id.tokens = make(map[string]issuedToken)
}

// Credentials returns the credentials that the identity endpoint currently accepts.
func (e *Emulator) Credentials() Credentials {
	e.identity.mu.Lock()
	defer e.identity.mu.Unlock()
	return e.identity.credentials
}

// RotateSecret replaces the client secret and returns the new credentials. The old secret
// is refused from now on; tokens issued so far stay valid, unless RotateRevokes is set.
func (e *Emulator) RotateSecret() Credentials {
	rotated := newCredentials()
	e.identity.mu.Lock()
	defer e.identity.mu.Unlock()
	e.identity.credentials.ClientSecret = rotated.ClientSecret
	if e.rotateRevokes {
		clear(e.identity.tokens)
	}
	return e.identity.credentials
}

// RevokeTokens makes the API refuse, with 401, every token issued so far.
func (e *Emulator) RevokeTokens() {
	e.identity.mu.Lock()
	defer e.identity.mu.Unlock()
	clear(e.identity.tokens)
}

// TokensIssued returns how many tokens the identity endpoint has issued.
func (e *Emulator) TokensIssued() int {
	e.identity.mu.Lock()
	defer e.identity.mu.Unlock()
	return e.identity.issuedCount
}

// PublicKey returns the key that verifies the signatures of the emulator's tokens. All
// emulators of a process share it.
func (e *Emulator) PublicKey() *rsa.PublicKey { return &signingKey().PublicKey }

// A tokenRequest is the body of a request to the identity endpoint. A nil field is absent.
type tokenRequest struct {
	ClientID     *string `json:"client_id"`
	ClientSecret *string `json:"client_secret"`
	Audience     *string `json:"audience"`
	GrantType    *string `json:"grant_type"`
}

// serveToken processes a request to the identity endpoint. Klarity does not document the
// error responses; these follow RFC 6749 and Auth0.
func (e *Emulator) serveToken(r *http.Request, body []byte, tooLarge bool) response {
	if r.Method != http.MethodPost {
		return methodNotAllowed(http.MethodPost)
	}
	if tooLarge {
		return tokenError(http.StatusRequestEntityTooLarge, "invalid_request", "the body is too large")
	}
	req, errResp := e.tokenRequest(r, body)
	if errResp != nil {
		return *errResp
	}
	for _, field := range []struct {
		name  string
		value *string
	}{
		{"grant_type", req.GrantType}, {"client_id", req.ClientID},
		{"client_secret", req.ClientSecret}, {"audience", req.Audience},
	} {
		if field.value == nil || *field.value == "" {
			return tokenError(http.StatusBadRequest, "invalid_request", "missing parameter: "+field.name)
		}
	}
	if *req.GrantType != grantType {
		return tokenError(http.StatusForbidden, "unsupported_grant_type", "grant_type must be "+grantType)
	}
	return e.issueToken(req)
}

func (e *Emulator) tokenRequest(r *http.Request, body []byte) (req tokenRequest, errResp *response) {
	fail := func(status int, text string) (tokenRequest, *response) {
		resp := tokenError(status, "invalid_request", text)
		return tokenRequest{}, &resp
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && media == "application/json":
		if err := decodeTokenRequest(body, &req); err != nil {
			return fail(http.StatusBadRequest, err.Error())
		}
	case err == nil && media == "application/x-www-form-urlencoded" && e.formToken:
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return fail(http.StatusBadRequest, "the body is not a form")
		}
		for name, field := range map[string]**string{
			"client_id": &req.ClientID, "client_secret": &req.ClientSecret,
			"audience": &req.Audience, "grant_type": &req.GrantType,
		} {
			if form.Has(name) {
				value := form.Get(name)
				*field = &value
			}
		}
	default:
		return fail(http.StatusUnsupportedMediaType, "the Content-Type must be application/json")
	}
	return req, nil
}

// decodeTokenRequest returns errors without the body's contents, which include the secret.
func decodeTokenRequest(body []byte, into *tokenRequest) error {
	if json.Unmarshal(body, into) != nil || !strings.HasPrefix(strings.TrimSpace(string(body)), "{") {
		return errors.New("the body is not a JSON object of strings")
	}
	return nil
}

func (e *Emulator) issueToken(req tokenRequest) response {
	e.identity.mu.Lock()
	want := e.identity.credentials
	e.identity.mu.Unlock()

	if !equalSecrets(*req.ClientID, want.ClientID) || !equalSecrets(*req.ClientSecret, want.ClientSecret) {
		return tokenError(http.StatusUnauthorized, "access_denied", "Unauthorized")
	}
	if *req.Audience != e.audience {
		return tokenError(http.StatusForbidden, "access_denied", "the client may not ask for this audience")
	}

	now := e.clock()
	c := claims{
		Issuer: issuer, Subject: want.ClientID + "@clients", Audience: e.audience,
		IssuedAt: now.Unix(), Expires: now.Add(e.tokenLifetime).Unix(),
		ID: rand.Text(), GrantType: "client-credentials",
	}
	signed, err := sign(c)
	if err != nil {
		return tokenError(http.StatusInternalServerError, "server_error", err.Error())
	}

	e.identity.mu.Lock()
	defer e.identity.mu.Unlock()
	e.identity.issuedCount++
	for id, t := range e.identity.tokens {
		if !now.Before(t.expires) {
			delete(e.identity.tokens, id)
		}
	}
	e.identity.tokens[c.ID] = issuedToken{number: e.identity.issuedCount, expires: time.Unix(c.Expires, 0)}
	resp := jsonResponse(http.StatusOK, map[string]any{
		"access_token": signed, "token_type": "Bearer", "expires_in": int64(e.tokenLifetime / time.Second),
	})
	resp.header.Set("Cache-Control", "no-store")
	return resp
}

// equalSecrets compares two secrets in constant time.
func equalSecrets(a, b string) bool {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:]) == 1
}

// authorize verifies a request's bearer token and returns the token's number.
func (e *Emulator) authorize(header http.Header) (number int, err error) {
	values := header.Values("Authorization")
	if len(values) != 1 {
		return 0, errors.New("the request must have one Authorization header")
	}
	scheme, bearer, ok := strings.Cut(values[0], " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return 0, errors.New("the Authorization header must be Bearer and a token")
	}
	c, err := verify(bearer, e.audience, e.clock())
	if err != nil {
		return 0, err
	}
	e.identity.mu.Lock()
	defer e.identity.mu.Unlock()
	t, ok := e.identity.tokens[c.ID]
	if !ok {
		return 0, errors.New("the token was revoked, or issued by another emulator")
	}
	return t.number, nil
}

func tokenError(status int, code, description string) response {
	resp := jsonResponse(status, map[string]string{"error": code, "error_description": description})
	resp.reason = code + ": " + description
	return resp
}
