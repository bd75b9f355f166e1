// Package api sends estate records to Klarity's External Integrations API and tells what
// became of each one.
//
// A [Client] is made once from the credentials of an External Integration:
//
//	client, err := api.New(api.Credentials{ClientID: id, ClientSecret: secret})
//
// Three verbs take any number of records, from an iterator or a slice: [Client.Upsert]
// creates or updates, [Client.Delete] deletes, [Client.Enrich] attaches data. Records are
// checked against every rule of the contract before anything is sent, gathered into
// requests of at most 1000, and sent a few requests at a time. Services that have records
// one by one hand them to an [Uploader]. [Client.UpsertOnce] and its siblings make one
// call one request.
//
// # What always holds
//
// Every record gets exactly one [Outcome]: [Accepted] means that a 202 answered a request
// that carried it; [Invalid] that it broke a rule and was not sent; [Rejected] that the
// API refused it; [Failed] that it could not be delivered; [Canceled] that the caller
// gave up first. The counts of a [Report] add up to the inputs on every path.
//
// Two versions of one record are sent in the order of the input and, within a run or an
// uploader, are never in flight together. (A request that the network delivers after its
// timeout can still arrive behind a newer one; the API has nothing to tell them apart by.)
// Memory is bounded by the batches in flight, whatever the length of the input.
// The API is asynchronous and write-only: what happens after a 202 cannot be learnt.
//
// # Failures
//
// A request that fails with 408, 429, 500, 502, 503, 504 or without an answer is sent
// again as [RetryPolicy] says; upserts, deletes and enrichments can be repeated without
// harm. All requests of a client pause together, for at least as long as Retry-After
// asks. A 400 is narrowed down to the records that caused it (see [BisectBudget]), a 413
// sent in parts, and after a 401 the refused token is replaced and the request sent once
// more. Errors are an [*Error] or a [*RecordError]; neither shows a secret or a token.
//
// # Tests
//
// Package [github.com/klarity-go/klarity/api/apitest] is Klarity in process, for tests
// against a mocked transport.
package api
