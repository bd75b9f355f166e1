package apitest_test

import (
	"testing"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

func TestClientsReachTheirEmulator(t *testing.T) {
	emulator := apitest.New(apitest.WithAudience("https://elsewhere.example"))
	server := apitest.NewServer(t, apitest.WithAudience("https://elsewhere.example"))
	for name, value := range server.Env() {
		t.Setenv(name, value)
	}
	fromEnv, err := api.NewFromEnv()
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name     string
		client   *api.Client
		emulator *apitest.Emulator
	}{
		{"in process", emulator.Client(), emulator},
		{"over loopback", server.Client(), server.Emulator},
		{"from the environment", fromEnv, server.Emulator},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.emulator.Clear()
			report, err := test.client.UpsertAll(t.Context(), []*models.EstateRecord{{ID: "a", Type: "b"}})
			if err != nil || test.emulator.Len() != 1 {
				t.Errorf("got %+v, %v and %d records, want one", report, err, test.emulator.Len())
			}
		})
	}
}

func TestClientPanicsOnAnInvalidOption(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("got no panic, want one")
		}
	}()
	apitest.New().Client(api.WithBaseURL("http://public.example"))
}
