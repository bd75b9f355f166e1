package main

import (
	"testing"

	"github.com/bytedance/sonic"
)

// TestSonicIsNotAFallback reports whether the row of sonic measures sonic: with a version of Go or
// a processor that sonic does not support, it calls encoding/json.
func TestSonicIsNotAFallback(t *testing.T) {
	if sonic.APIKind != sonic.UseSonicJSON {
		t.Skip("sonic falls back to encoding/json here, and so does its row in the table")
	}
}
