package main

import (
	"testing"

	"github.com/bytedance/sonic"
)

// TestSonicIsItself tells whether the row of sonic measures sonic: on a version of Go or a
// processor that it does not know it hands everything to encoding/json.
func TestSonicIsNotAFallback(t *testing.T) {
	if sonic.APIKind != sonic.UseSonicJSON {
		t.Skip("sonic falls back to encoding/json here; its row in the table is another encoding/json")
	}
}
