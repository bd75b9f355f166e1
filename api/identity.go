package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/klarity-go/klarity/internal/transport"
)

// maxTokenResponse bounds what is read of the identity service's response.
const maxTokenResponse = 64 << 10

// identity asks the identity service for tokens, as Klarity documents it: a POST of JSON
// (not of a form, which golang.org/x/oauth2/clientcredentials would send).
type identity struct {
	client    *http.Client
	url       string
	userAgent string
	body      func() []byte // a func, so that formatting the struct shows no secret
	redact    transport.Redactor
}

func newIdentity(creds Credentials, cfg config, client *http.Client) *identity {
	body, err := json.Marshal(map[string]string{
		"client_id":     creds.ClientID,
		"client_secret": creds.ClientSecret,
		"audience":      cfg.audience,
		"grant_type":    "client_credentials",
	})
	if err != nil { // strings always marshal
		panic(err)
	}
	return &identity{
		client:    client,
		url:       cfg.tokenURL,
		userAgent: cfg.userAgent,
		body:      func() []byte { return body },
		redact:    transport.NewRedactor(creds.ClientSecret),
	}
}

// fetch asks for one token. Its error is an [*Error] that wraps an *oauth2.RetrieveError
// when there was a response.
func (id *identity) fetch(ctx context.Context) (token *oauth2.Token, err error) {
	defer func() { // a transport may panic with the request in hand, and the secret in that
		if p := recover(); p != nil {
			text := fmt.Sprintf("the transport panicked: %v", p)
			token, err = nil, &Error{Operation: operationToken, Err: errors.New(id.redact.Line(text, maxMessage))}
		}
	}()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, id.url, bytes.NewReader(id.body()))
	if err != nil {
		return nil, &Error{Operation: operationToken, Err: &configError{errors.New("the token URL cannot be used")}}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", id.userAgent)
	resp, err := id.client.Do(req)
	if err != nil {
		return nil, &Error{Operation: operationToken, Err: transport.SanitizeError(err, id.redact, maxMessage)}
	}
	defer resp.Body.Close()
	body, readErr := transport.ReadBounded(resp.Body, maxTokenResponse)
	if resp.StatusCode != http.StatusOK {
		return nil, id.failure(resp, body)
	}
	token, err = parseToken(body, id.redact)
	if err != nil {
		if readErr != nil {
			err = fmt.Errorf("%w (%s)", err, transport.SanitizeError(readErr, id.redact, maxMessage))
		}
		e := newError(operationToken, 0, resp, nil, id.redact)
		e.StatusCode, e.noToken, e.Err = 0, true, fmt.Errorf("the response of %s is not a token: %w", req.URL.Host, err)
		return nil, e
	}
	return token, nil
}

// failure turns a response into an error. The response in the RetrieveError holds status
// and content type only: the request behind the real one would show the secret, and so
// may the server's own words for the status.
func (id *identity) failure(resp *http.Response, body []byte) *Error {
	e := newError(operationToken, 0, resp, body, id.redact)
	var fields struct {
		Code        string `json:"error"`
		Description string `json:"error_description"`
		URI         string `json:"error_uri"`
	}
	_ = json.Unmarshal(body, &fields) // not JSON: the fields stay empty
	e.Err = &oauth2.RetrieveError{
		Response: &http.Response{
			Status:     strconv.Itoa(resp.StatusCode) + " " + http.StatusText(resp.StatusCode),
			StatusCode: resp.StatusCode,
			Header:     http.Header{"Content-Type": {id.redact.Line(resp.Header.Get("Content-Type"), maxMessage)}},
		},
		Body:             []byte(id.redact.Line(string(body), maxErrorBody)), // which its text shows
		ErrorCode:        id.redact.Line(fields.Code, maxMessage),
		ErrorDescription: id.redact.Line(fields.Description, maxMessage),
		ErrorURI:         id.redact.Line(fields.URI, maxMessage),
	}
	return e
}

// parseToken reads the token from a response of 200. The field names are the convention of
// RFC 6749; Klarity's documentation shows none.
func parseToken(body []byte, redact transport.Redactor) (*oauth2.Token, error) {
	var response struct {
		AccessToken string          `json:"access_token"`
		TokenType   string          `json:"token_type"`
		ExpiresIn   json.RawMessage `json:"expires_in"`
	}
	if err := json.Unmarshal(body, &response); err != nil {
		return nil, errors.New("it is no JSON object with an access_token")
	}
	switch {
	case response.AccessToken == "":
		return nil, errors.New("it has no access_token")
	case strings.ContainsFunc(response.AccessToken, func(r rune) bool { return r <= ' ' || r > '~' }):
		return nil, errors.New("its access_token has characters that no header can carry")
	case response.TokenType != "" && !strings.EqualFold(response.TokenType, "bearer"):
		return nil, fmt.Errorf("its token_type is %s, want Bearer", quote(redact.Line(response.TokenType, 64)))
	}
	token := &oauth2.Token{AccessToken: response.AccessToken, TokenType: "Bearer"}
	token.ExpiresIn = lifetimeSeconds(response.ExpiresIn)
	if token.ExpiresIn > 0 {
		token.Expiry = time.Now().Add(time.Duration(token.ExpiresIn) * time.Second)
	}
	return token, nil
}

// lifetimeSeconds reads expires_in: a number, or a number in a string, as some servers
// send it. 0 means absent or unusable; what is longer than any token is kept is cut.
func lifetimeSeconds(raw json.RawMessage) int64 {
	seconds, err := strconv.ParseFloat(strings.Trim(string(raw), `"`), 64)
	if err != nil && seconds == 0 || !(seconds > 0) {
		return 0
	}
	return int64(min(seconds, longestLifetime.Seconds()))
}
