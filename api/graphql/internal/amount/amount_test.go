package amount_test

import (
	"encoding/json"
	"testing"

	"github.com/klarity-go/klarity/api/graphql/internal/amount"
)

func TestUnmarshalNeverFails(t *testing.T) {
	for in, want := range map[string]json.Number{
		"12.50": "12.50", "-1e3": "-1e3", `"12.50"`: "12.50", `"12,50"`: "12,50", `"N/A"`: "N/A", `""`: "", "null": "", `{"a":1}`: `{"a":1}`,
	} {
		var got json.Number
		if err := amount.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", in, got, err, want)
		}
	}
}
