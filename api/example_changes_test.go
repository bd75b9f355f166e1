package api_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/models"
)

// An event is what a queue delivers when a virtual machine was created, changed or deleted.
type event struct {
	kind, vm, owner string
}

// A service applies the events of virtual machines as they come. Those of one machine stay in
// their order, across operations. Each event has its own acknowledgment: a queue would get the
// message back when its change was not accepted.
func ExampleClient_NewApplier() {
	klarity := apitest.New()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	applier, err := klarity.Client().NewApplier(api.BatchAge(100*time.Millisecond), api.MaxBufferedRecords(10_000))
	if err != nil {
		log.Fatal(err)
	}

	dispatch := func(e event) {
		change := api.Change{Upsert: &models.EstateRecord{
			Type: "vm", ID: e.vm, Tags: map[string]*string{"owner": api.Tag(e.owner)},
		}}
		if e.kind == "deleted" {
			change = api.Change{Delete: &models.RecordLocator{Type: "vm", ID: e.vm}, Period: models.PeriodAll}
		}
		_, err := applier.AddFunc(ctx, change, func(r api.Result) {
			if r.Err != nil {
				log.Print(r.Err) // such as: upsert of type "vm" id "web-1" (record 17): 400 Bad Request: ...
				return           // the message goes back to the queue
			}
			fmt.Println(r.Operation, r.Key, r.Outcome) // the message is done
		})
		if err != nil {
			log.Print(err) // not taken: the message goes back to the queue
		}
	}
	for _, e := range []event{
		{"created", "web-1", "shop"}, {"created", "web-2", "shop"}, {"changed", "web-1", "search"},
		{"deleted", "web-2", ""}, {"created", "web-2", "maps"}, {"deleted", "web-1", ""},
	} {
		dispatch(e)
	}

	if err := applier.Close(ctx); err != nil {
		log.Fatal(err)
	}
	for _, r := range klarity.Records() {
		fmt.Println("Klarity has", r.ID, "of", r.Tags["owner"])
	}
	// Unordered output:
	// upsert type "vm" id "web-1" accepted
	// upsert type "vm" id "web-2" accepted
	// upsert type "vm" id "web-1" accepted
	// delete type "vm" id "web-2" accepted
	// upsert type "vm" id "web-2" accepted
	// delete type "vm" id "web-1" accepted
	// Klarity has web-2 of maps
}

// everySecond permits a request a second, whatever goes through the client. A *rate.Limiter of
// golang.org/x/time/rate is another one.
type everySecond struct{ ticks <-chan time.Time }

func (l everySecond) Wait(ctx context.Context) error {
	select {
	case <-l.ticks:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func ExampleWithLimiter() {
	client, err := api.New(
		api.Credentials{ClientID: "integration-id", ClientSecret: "integration-secret"},
		api.WithLimiter(everySecond{time.Tick(time.Second)}),
	)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(client)
	// Output: klarity client for https://integrations-api.klarity.nordcloudapp.com
}
