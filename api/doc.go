// Package api sends estate records to Klarity's External Integrations API and reports the
// outcome of each one.
//
// A [Client] is made once from the credentials of an External Integration:
//
//	client, err := api.New(api.Credentials{ClientID: id, ClientSecret: secret})
//
// Three verbs take any number of records, from an iterator or a slice: [Client.Upsert]
// creates or updates, [Client.Delete] deletes, [Client.Enrich] attaches data. Records are
// checked against every rule of the contract before anything is sent, gathered into
// requests of at most 1000, and sent a few requests at a time. Services that have records
// one by one hand them to an [Uploader]. [Client.Apply] and [Client.NewApplier] take
// upserts, deletes and enrichments as they come. [Client.UpsertOnce] and its siblings make
// one call one request.
//
// # What always holds
//
// Every record gets exactly one [Outcome]: [Accepted] means that the API responded with 202 to a request
// that carried it; [Invalid] that it broke a rule and was not sent; [Rejected] that the
// API refused it; [Failed] that it could not be delivered; [Canceled] that the caller
// gave up first. The counts of a [Report] add up to the inputs on every path.
//
// Two changes of one record, whichever the operations, are sent in the order of the input
// and, within a run or an uploader, are never in flight together. (A request that the
// network delivers after its timeout can still arrive behind a newer one; the API has
// nothing to distinguish them by.) A run or an uploader holds at most 32,000 records and 16
// MiB of their JSON ([MaxBufferedRecords], [MaxBufferedBytes]), whatever the length of the
// input and whatever is in it. A record is checked and encoded in the goroutine of the
// caller, and may be changed when Add has returned or the iterator goes on. The API is
// asynchronous and write-only: what happens after a 202 cannot be learnt.
//
// # Currencies
//
// The contract wants the currency of costs as a code of ISO 4217 and has no list. Taken are the
// codes in use, those of funds, units of account and precious metals among them, and those that
// were in use on a day since 2015, such as HRK or BGN: the costs of a day are in the currency of
// that day, whenever they are sent. XXX, which stands for no currency, and XTS, which is for
// tests, are refused, because nothing has a price in them. The API may know fewer.
//
// # Failures
//
// A request that fails with 408, 429, 5xx or without a response is sent again as
// [RetryPolicy] says; upserts, deletes and enrichments can be repeated without harm. When
// the API is out of reach, a request now and then is sent as a probe, and everything else
// waits: see RetryPolicy. A Retry-After holds for all requests of a
// client, and so do [WithMaxInFlight] and [WithLimiter].
//
// A 400 or 422 is narrowed down to the records that caused it (see [BisectBudget]), a 413
// sent in parts, a body that fails without a reason tried in halves, and after a 401 the
// refused token is replaced and the request sent once more. The error of a result is a
// [*RecordError], in which a failed request is an [*Error]; neither shows a secret or a token.
// That of an invalid record has every rule that the record breaks ([RecordError.Fields]), so
// that a row of a sheet is mended in one go.
//
// # Tests
//
// Package [github.com/klarity-go/klarity/api/apitest] is Klarity in process, for tests
// against a mocked transport.
package api
