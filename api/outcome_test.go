package api_test

import (
	"encoding/json"
	"testing"

	"github.com/klarity-go/klarity/api"
)

func TestOutcomeIsAWordInJSON(t *testing.T) {
	all := []api.Outcome{api.Accepted, api.Invalid, api.Rejected, api.Failed, api.Canceled}
	text, err := json.Marshal(all)
	if want := `["accepted","invalid","rejected","failed","canceled"]`; err != nil || string(text) != want {
		t.Fatalf("got %s, %v, want %s", text, err, want)
	}
	var read []api.Outcome
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	for i := range all {
		if read[i] != all[i] {
			t.Errorf("%v is read as %v", all[i], read[i])
		}
	}
	for text, want := range map[string]string{`""`: `api: "" is no outcome`, `"Accepted"`: `api: "Accepted" is no outcome`} {
		var o api.Outcome
		if err := json.Unmarshal([]byte(text), &o); err == nil || err.Error() != want {
			t.Errorf("%s is read as %v, error %v, want %s", text, o, err, want)
		}
	}
}
