package apitest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

const (
	keyBits = 2048
	keyID   = "apitest-1"
)

// signingKey returns the key that all emulators of the process sign with. Generating it
// takes some tenths of a second, so that happens once, on first use.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, keyBits)
	if err != nil {
		panic(fmt.Sprintf("apitest: generate a signing key: %v", err))
	}
	return key
})

type joseHeader struct {
	Algorithm string `json:"alg"`
	Type      string `json:"typ"`
	KeyID     string `json:"kid"`
}

type claims struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  string `json:"aud"`
	IssuedAt  int64  `json:"iat"` // seconds since 1970
	Expires   int64  `json:"exp"`
	ID        string `json:"jti"`
	GrantType string `json:"gty"`
}

var base64URL = base64.RawURLEncoding.Strict()

// sign returns a JSON Web Token, signed with RS256 (RFC 7515, RFC 7519).
func sign(c claims) (string, error) {
	header, err := json.Marshal(joseHeader{Algorithm: "RS256", Type: "JWT", KeyID: keyID})
	if err != nil {
		return "", err
	}
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	signed := base64URL.EncodeToString(header) + "." + base64URL.EncodeToString(payload)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, signingKey(), crypto.SHA256, digest[:])
	if err != nil {
		return "", err
	}
	return signed + "." + base64URL.EncodeToString(signature), nil
}

// verify returns the claims of a token that has our signature, is for the audience and has
// not expired. The error does not contain the token.
func verify(token, audience string, now time.Time) (claims, error) {
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, ok := strings.Cut(rest, ".")
	if !ok || strings.Contains(signature, ".") {
		return claims{}, errors.New("the token is not a JSON Web Token of three parts")
	}
	var h joseHeader
	if err := decodePart(header, &h); err != nil {
		return claims{}, fmt.Errorf("the token's header: %w", err)
	}
	if h.Algorithm != "RS256" {
		return claims{}, fmt.Errorf("the token is signed with %q, not with RS256", truncate(h.Algorithm))
	}
	raw, err := base64URL.DecodeString(signature)
	if err != nil {
		return claims{}, errors.New("the token's signature is not base64url")
	}
	digest := sha256.Sum256([]byte(header + "." + payload))
	if rsa.VerifyPKCS1v15(&signingKey().PublicKey, crypto.SHA256, digest[:], raw) != nil {
		return claims{}, errors.New("the token's signature is wrong")
	}
	var c claims
	if err := decodePart(payload, &c); err != nil {
		return claims{}, fmt.Errorf("the token's claims: %w", err)
	}
	if c.Audience != audience {
		return claims{}, errors.New("the token is for another audience")
	}
	if now.Unix() >= c.Expires {
		return claims{}, errors.New("the token has expired")
	}
	return c, nil
}

func decodePart(part string, into any) error {
	raw, err := base64URL.DecodeString(part)
	if err != nil {
		return errors.New("not base64url")
	}
	if json.Unmarshal(raw, into) != nil {
		return errors.New("not JSON of the expected form")
	}
	return nil
}
