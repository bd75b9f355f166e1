// Package apitest is Klarity for tests: its identity service and its External
// Integrations API, in process, with an estate that tests can look into.
//
//	client := apitest.NewServer(t).Client() // over a loopback port, until the test ends
//	client := apitest.New().Client()        // no network at all
//
// An [Emulator] speaks the real protocol, so any client of the API can be pointed at it.
// [New] makes one that is an http.RoundTripper and an http.Handler; [NewServer] and, for
// programs, [Start] put one on a port. It works inside of testing/synctest bubbles when
// it is made there and used as a RoundTripper.
//
// # What it does as the contract says
//
// Tokens are JSON Web Tokens, signed with RS256, for an audience, with an expiry. They
// are issued to client credentials sent as JSON, and verified in every request to the
// API: signature, audience, expiry, revocation.
//
// The body of every request is checked as raw JSON against the published contract,
// swagger.yaml, by go-openapi/validate, and against the rules that the contract has in
// words: the reserved metadata key, objects of 1 MB, active ISO 4217 currencies,
// validThrough, locators. Nothing of the SDK takes part in that, so the SDK's mistakes
// are found. An answer of 400 names what is wrong and where: records[3].tags.owner.
//
// The estate is what the accepted requests add up to. A record is known by its type and
// ID, gets a nid, and is updated where a request names something: metadata and tags key
// by key, costs day by day, null clearing. An enrichment replaces the one before. What
// an upsert writes to a period puts the record into that period, a month in UTC; costs
// belong to their days, whatever the period. A delete takes the record out of the
// current period, the previous one, or all, and one that is in no period is gone: should
// it come back, it is a new record with another nid.
//
// # What the contract does not say
//
// An emulator has to do something there. These are choices, and most have an option:
//
//   - A form-encoded token request is refused, 415: [AllowFormToken].
//   - Errors of the identity endpoint are {"error", "error_description"}, with 400, 401
//     and 403.
//   - Tokens live an hour, [WithTokenLifetime], and outlive a rotation of the secret:
//     [RotateRevokes].
//   - A Content-Type other than application/json is refused, 415.
//   - 1 MB is a million bytes of the object's JSON as sent: [WithMaxObject].
//   - A field that the contract does not name is refused: [AllowUnknownFields].
//   - Refused as well: a key that stands twice in an object, half of a surrogate pair, an
//     empty id or type, a day that stands twice in one record's costs, null for the whole
//     of metadata, tags or costs.
//   - A batch is atomic: one bad item, and nothing of it is applied. [PartialBatches].
//   - Metadata is merged deeply: [ShallowMetadata].
//   - A name is changed by an upsert that has one, and is no part of the key; a delete by
//     id and type that has a name must have the record's. With a nid, the nid decides.
//   - Unknown records can be deleted and enriched, to no effect: [KnownOnly].
//   - A day keeps the currency of the upsert that set it. Days outside of the period are
//     taken. "" is a value, and counts as zero; an element without a value says nothing.
//   - Requests are accepted at once and processed at once.
//
// # What goes wrong
//
// [Emulator.Script] queues a [Fault] for each of the next requests; [Emulator.Intercept]
// decides by looking at a request. ScriptToken and InterceptToken do the same for the
// identity endpoint. A Fault delays, replaces, cuts or withholds the answer, with the
// request processed or not:
//
//	emulator.Script(apitest.RetryAfter(429, "2"), apitest.DropResponse(), apitest.HTML(502))
//	emulator.Intercept(apitest.RateLimit(10, time.Second, true))
//
// Afterwards [Emulator.Requests] tells what came in and what it got.
package apitest
