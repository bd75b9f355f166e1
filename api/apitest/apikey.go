package apitest

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"net/http"
	"time"

	"github.com/klarity-go/klarity/api/graphql"
)

const apiKeyHeader = "X-Api-Key"

func newAPIKey() graphql.Key {
	return graphql.Key("apitest-" + rand.Text()[:8] + "/" + newSecret())
}

func newSecret() string { return rand.Text() + rand.Text() }

// A knownKey is what the emulator keeps of a key that it made.
type knownKey struct {
	digest [sha256.Size]byte // of ID/SECRET
	works  time.Time         // from when on
}

func newKnownKey(key graphql.Key, works time.Time) knownKey {
	return knownKey{sha256.Sum256([]byte(key)), works}
}

// APIKey returns the key that the GraphQL API has accepted from the beginning. Keys that
// createAccessKey made are accepted besides.
func (e *Emulator) APIKey() graphql.Key { return e.apiKey }

// checkKey returns why a request has no key that works. The time it takes depends on the
// number of keys only.
func (e *Emulator) checkKey(header http.Header, now time.Time) error {
	values := header.Values(apiKeyHeader)
	if len(values) != 1 || values[0] == "" {
		return errors.New("the request must have one x-api-key header")
	}
	digest := sha256.Sum256([]byte(values[0]))
	e.landscape.mu.RLock()
	defer e.landscape.mu.RUnlock()
	works := 0
	for _, k := range e.landscape.keys {
		match := subtle.ConstantTimeCompare(digest[:], k.digest[:])
		if !now.Before(k.works) {
			works |= match
		}
	}
	if works != 1 {
		return errors.New("the API key is unknown, or does not work yet")
	}
	return nil
}
