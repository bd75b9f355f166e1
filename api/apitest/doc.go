// Package apitest emulates Klarity for tests: its identity service, its External
// Integrations API with an estate, and its GraphQL API with a landscape, in process. Tests can
// inspect both.
//
//	client := apitest.NewServer(t).Client() // over a loopback port, until the test ends
//	client := apitest.New().Client()        // without a network
//
// GraphQLClient in place of Client is a client of the GraphQL API.
//
// An [Emulator] implements the HTTP API, so any client of it can be pointed at the emulator.
// [New] returns one that is an http.RoundTripper and an http.Handler; [NewServer] and, for
// programs, [Start] make one listen on a port. An emulator works inside a testing/synctest
// bubble if it is created there and used as a RoundTripper.
//
// # What it does according to the contract
//
// Tokens are JSON Web Tokens, signed with RS256, with an audience and an expiry. They are
// issued for client credentials sent as JSON. Every request to the API must have a token,
// whose signature, audience, expiry and revocation are checked.
//
// The body of every request is validated as raw JSON: by go-openapi/validate against the
// published contract, swagger.yaml, and against the rules that the contract states only in
// its text: the reserved metadata key, objects of 1 MB, ISO 4217 currencies, validThrough,
// locators. None of this uses code of the SDK, so it finds the SDK's mistakes. What both have is
// the list of currencies that [github.com/klarity-go/klarity/api] describes; a test holds it
// against two maintained sources.
// A 400 response names what is wrong and where: records[3].tags.owner.
//
// The estate is the result of all accepted requests. A record is identified by its type and
// ID, and gets a nid when it is created. An upsert changes only the fields that it has:
// metadata and tags key by key, costs day by day, and null clears. An enrichment replaces the
// previous one. An upsert to a period adds the record to that period, a month in UTC; costs
// belong to their days, whatever the period. A delete removes the record from the current
// period, the previous one, or all of them. A record that is left without periods is deleted;
// an upsert of the same type and ID then creates a new record with another nid.
//
// # What the GraphQL API does
//
// A document is parsed and validated against the schema of
// [github.com/klarity-go/klarity/api/graphql.Schema], so a field that is not in it is an error,
// and so is introspection. Variables and literals are coerced as the GraphQL specification wants
// it. The operation is executed on the landscape, what [WithLandscape] set at first: accounts,
// applications with environments and their discovery rules, people, tag keys, events, access
// keys. Errors stand beside data, each with its path.
// A document may have a megabyte, 15,000 tokens and 1,000 selections, 20 levels deep, and a
// response 32 MiB; these bounds only protect the test.
//
// Each request must have a key in the header x-api-key: the one of [WithAPIKey], or one that
// createAccessKey made.
//
// # What the contract does not specify
//
// Where the contract leaves something open, the emulator had to choose. Most choices can be
// changed by an option:
//
//   - A form-encoded token request is refused with 415: [AllowFormToken].
//   - Errors of the identity endpoint are {"error", "error_description"}, with 400, 401
//     and 403.
//   - Tokens are valid for an hour, [WithTokenLifetime], and stay valid when the secret is
//     rotated: [RotateRevokes].
//   - A Content-Type other than application/json is refused with 415.
//   - 1 MB is a million bytes of the object's JSON as sent: [WithMaxObject].
//   - A field that the contract does not name is refused: [AllowUnknownFields].
//   - Metadata and data may have 1000 levels of objects and arrays, as many as the SDK sends.
//   - Also refused: a duplicate key in an object, a lone surrogate, an empty id or type, a
//     duplicate day in one record's costs, and null for the whole of metadata, tags or costs.
//   - A batch is atomic: one invalid item, and nothing is applied. [PartialBatches].
//   - Metadata is merged deeply: [ShallowMetadata].
//   - The name is not part of a record's key: an upsert with a name changes it. A delete by
//     id and type that has a name must have the record's name. A delete with a nid uses
//     nothing but the nid.
//   - Deleting or enriching an unknown record is accepted: [KnownOnly].
//   - A day keeps the currency of the upsert that set it. Days outside the period are
//     accepted. "" is a value and counts as zero; an element without a value changes nothing.
//   - Requests are accepted and processed immediately.
//
// Of the GraphQL API less is public. There is no schema but one that is put together from what
// public programs send, and no description of errors. The choices:
//
//   - A wrong key is refused with 401 and an error of the type UnauthorizedException:
//     [WithKeyErrorStatus]. A new key works at once: [WithKeyDelay].
//   - An invalid document, or an invalid variable, is answered with 200, errors and no data:
//     [WithDocumentErrorStatus]. The value of an enum must have its case.
//   - A body that is no request of GraphQL is refused with 400, a Content-Type other than
//     application/json with 415, and a method other than POST with 405.
//   - The header x-billing-period may be current, previous or absent; anything else is refused
//     with 400. It changes nothing: what it does is not public.
//   - A page has at most 100 elements, and as many without a limit: [WithMaxPage]. Pages count
//     from 0; one beyond the last is empty. Lists are in the order of creation.
//   - Creation returns an id that is the nid, too, for all that has one.
//   - Names need not be unique: [UniqueNames].
//   - Sums of money are JSON numbers: [TextAmounts]. An empty text is null.
//   - An unknown account or application is null for a query, and an error for a mutation.
//   - An owner must be one of the people. A name, an email, a provider's ID and the fields of an
//     event must not be empty, nor the role and description of a key, which Klarity's pages
//     require.
//   - An update leaves a field as it is that is absent or null, and "" clears it.
//   - updateGlobalTagKeys replaces both lists, also one that is absent, and refuses to empty
//     both. It returns true, and so does addEvent.
//   - The credentials of an account are neither checked nor kept in the landscape. The accounts
//     that a rule names are not checked.
//   - Several mutations in one document take effect one by one, whatever becomes of the others.
//   - A role is kept and permits everything.
//
// # Faults
//
// [Emulator.Script] queues a [Fault] for each of the next requests; [Emulator.Intercept]
// installs hooks that choose a fault for each request. ScriptToken and InterceptToken do the
// same for the identity endpoint, ScriptGraphQL and InterceptGraphQL for the GraphQL API. A
// Fault delays, replaces, truncates or drops the response, whether or not the request is
// processed:
//
//	emulator.Script(apitest.RetryAfter(429, "2"), apitest.DropResponse(), apitest.HTML(502))
//	emulator.Intercept(apitest.RateLimit(10, time.Second, true))
//
// # Inspecting the results
//
// [Emulator.Record], [Emulator.Records] and [Emulator.Totals] return what is in the estate,
// [Emulator.Landscape] what the GraphQL API knows, [Emulator.Requests] the requests so far, the
// status that each one got and the reason for each refusal. No request shows a token or a key.
//
// For an estate of a million records there are [Emulator.Find], which copies a page of them,
// and [Emulator.Types], which only counts; [Emulator.Changes] says whether to look again.
// [WithRoutes] serves a page or whatever else a program needs on the server's port.
// [Emulator.Save] and [Emulator.Load] keep the estate and the landscape in a file.
//
// The estate takes less memory than the records' JSON did: some 760 bytes for a record with 30
// days of costs, two tags, three keys of metadata and 1.4 kB of JSON. A Go program needs up to
// twice as much in all.
//
// [Stateless] and [AcceptAll] turn the estate, or all checks of bodies, off for benchmarks.
package apitest
