package apitest_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/klarity-go/klarity/api/apitest"
)

// rich returns a client of an emulator that has something of everything.
func rich(t *testing.T) *testClient {
	t.Helper()
	c := inProcess(t, apitest.WithLandscape(organisation()), apitest.WithClock(may2022)).login(t)
	c.mustUpsert(t, `[
		{"id":"<b>&\"\\\u001f\u2028","type":"ö","name":"","metadata":{"n":1.50,"big":123456789012345678901234567890,"o":{"a":[null,true,{"b":"\n"}]}},
		 "tags":{"k":"v","empty":""},"costs":{"currency":"EUR","values":[{"date":"2022-05-01","value":".5"},{"date":"2024-02-29","value":""}]},"validThrough":"2022-12"},
		{"id":"plain","type":"vm"},
		{"id":"empty","type":"vm","metadata":{},"tags":{}}]`)
	r := c.call(t, "POST", "/v1/estateRecords", `{"insertInPeriod":"previous","records":[{"id":"plain","type":"vm"}]}`)
	if r.status != 202 {
		t.Fatal(r)
	}
	plain := c.mustRecord(t, "vm", "plain")
	c.enrich(t, plain.NID, `{"x":1.0,"y":null}`)
	c.enrich(t, "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7", `{"stray":[]}`)
	return c
}

func save(t *testing.T, c *testClient) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Save(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSaveAndLoad(t *testing.T) {
	c := rich(t)
	c.mustGraphQL(t, `mutation { createAccessKey(input: {role: ADMIN, description: "d"}) { id secret } }`, nil)
	c.mustGraphQL(t, `mutation($nid: ID!) { addEvent(input: {nid: $nid, title: "t", type: "i", content: "c"}) }`,
		map[string]any{"nid": c.Landscape().Applications[0].NID})
	full := c.Landscape()
	saved := save(t, c)

	loaded := inProcess(t, apitest.WithLandscape(crowd(1)), apitest.WithClock(may2022)).login(t)
	loaded.mustUpsert(t, `[{"id":"before","type":"vm"}]`)
	state, _ := loaded.Changes()
	if err := loaded.Load(strings.NewReader(saved)); err != nil {
		t.Fatal(err)
	}
	if after, _ := loaded.Changes(); after == state {
		t.Error("the counter of changes stays the same")
	}
	if got, want := loaded.Records(), c.Records(); !reflect.DeepEqual(got, want) {
		t.Errorf("records:\ngot  %+v\nwant %+v", got, want)
	}
	if got, want := fmt.Sprintf("%+v", loaded.Landscape()), fmt.Sprintf("%+v", full); got != want {
		t.Errorf("landscape:\ngot  %s\nwant %s", got, want)
	}
	strays, n := c.StrayEnrichments(0, 10)
	if got, m := loaded.StrayEnrichments(0, 10); n != 1 || m != n || !reflect.DeepEqual(got, strays) {
		t.Errorf("stray enrichments: got %v, want %v", got, strays)
	}
	if !reflect.DeepEqual(loaded.Types(), c.Types()) || !reflect.DeepEqual(loaded.Totals(""), c.Totals("")) {
		t.Errorf("got %v %v, want %v %v", loaded.Types(), loaded.Totals(""), c.Types(), c.Totals(""))
	}
	if again := save(t, loaded); again != saved {
		t.Errorf("saved again it is another:\ngot  %s\nwant %s", again, saved)
	}
	// And it goes on from there.
	loaded.mustUpsert(t, `[{"id":"plain","type":"vm","tags":{"new":"tag"}}]`)
	if got, want := loaded.mustRecord(t, "vm", "plain").NID, c.mustRecord(t, "vm", "plain").NID; got != want {
		t.Errorf("got the nid %s after an upsert, want %s as before", got, want)
	}
}

// What opens something must not get into a file.
func TestSaveHasNoSecrets(t *testing.T) {
	c := inProcess(t).login(t)
	data := c.mustGraphQL(t, `mutation { createAccessKey(input: {role: ADMIN, description: "d"}) { id secret } }`, nil)
	_, secret, _ := strings.Cut(data, `"secret":"`)
	secret, _, _ = strings.Cut(secret, `"`)
	saved := save(t, c)
	for name, text := range map[string]string{
		"token": c.token, "secret of the credentials": c.Credentials().ClientSecret, "ID of the credentials": c.Credentials().ClientID,
		"API key": string(c.APIKey()), "secret of a new key": secret,
	} {
		if text == "" || strings.Contains(saved, text) {
			t.Errorf("the %s is saved", name)
		}
	}
}

// A key that was made before does not open what was loaded.
func TestKeysAreNotLoaded(t *testing.T) {
	c := inProcess(t).login(t)
	data := c.mustGraphQL(t, `mutation { createAccessKey(input: {role: ADMIN, description: "d"}) { id secret } }`, nil)
	if err := c.Load(strings.NewReader(save(t, c))); err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(data, `"`)
	req := c.graphqlRequest(t, namesOfPeople, nil)
	req.Header.Set("X-Api-Key", parts[5]+"/"+parts[9])
	if r, err := c.do(req); err != nil || r.status != 401 {
		t.Errorf("with the old key: got %d, %v, want 401", r.status, err)
	}
	c.mustGraphQL(t, namesOfPeople, nil)
}

func TestCorruptFilesAreRefused(t *testing.T) {
	saved := save(t, rich(t))
	lines := strings.SplitAfter(saved, "\n")
	without := func(i int) string { return strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "") }
	swap := func(old, replacement string) string {
		if !strings.Contains(saved, old) {
			t.Fatalf("there is no %s in %s", old, saved)
		}
		return strings.Replace(saved, old, replacement, 1)
	}
	record := lines[2]
	for _, test := range []struct{ name, file, want string }{
		{"empty", "", "line 1: the end is missing"},
		{"something else", "id,type\n1,vm\n", "line 1: not a line of a saved state"},
		{"other JSON", `{"records":[]}`, `line 1: not a line of a saved state: json: unknown field "records"`},
		{"no format", without(0), `line 1: this is no saved state`},
		{"another format", swap(`"klarity-emulator"`, `"x"`), "line 1: this is no saved state"},
		{"a later version", swap(`"version":1`, `"version":2`), "line 1: a saved state of version 2"},
		{"no landscape", without(1), "the landscape is missing"},
		{"two landscapes", lines[0] + lines[1] + lines[1], "line 3: not a line of a saved state here"},
		{"a record less", without(2), "there were 2 records and 1 stray enrichments, and there should be 3 and 1"},
		{"no end", without(len(lines) - 2), "the end is missing: the file is incomplete"},
		{"half a line", saved[:len(saved)/2], "not a line of a saved state: unexpected EOF"},
		{"after the end", saved + "\n{}\n", "there is something after the end"},
		{"two values in a line", swap("}}\n", "}} {}\n"), "more than one value"},
		{"a record twice", swap(record, record+record), "line 4: nid: "},
		{"not UTF-8", swap("ö", "\xff"), "not valid UTF-8"},
		{"another nid", swap(`{"record":{"nid":"`, `{"record":{"nid":"x`), "is not a UUID"},
		{"no id", swap(`"id":"plain"`, `"id":""`), "must have an id and a type"},
		{"the same id", swap(`"id":"plain"`, `"id":"empty"`), `the record of type "vm" with id "empty" occurs twice`},
		{"no periods", swap(`,"periods":["2022-05"]`, ""), "periods: a record must have one"},
		{"a wrong period", swap(`["2022-05"]`, `["2022-13"]`), `periods: "2022-13" is not a month`},
		{"periods in disorder", swap(`["2022-04","2022-05"]`, `["2022-05","2022-04"]`), "not in order"},
		{"validThrough", swap(`"2022-12"`, `"never"`), `validThrough: "never" is not a month`},
		{"a day", swap("2024-02-29", "2023-02-29"), `costs: "2023-02-29" is not a day`},
		{"days in disorder", swap("2024-02-29", "2021-02-28"), "not in order"},
		{"an amount", swap(`".5"`, `"-5"`), `costs: "-5" "EUR" is not an amount of money`},
		{"a currency", swap(`"EUR"`, `"€"`), "is not an amount of money"},
		{"metadata", swap(`"metadata":{}`, `"metadata":[]`), "metadata: not an object"},
		{"a key twice", swap(`"metadata":{}`, `"metadata":{"a":1,"a":2}`), "metadata: a: is a duplicate key"},
		{"a tag", swap(`"tags":{}`, `"tags":{"a":1}`), `tags: "a" is not a text`},
		{"an enrichment", swap(`"enrichment":{"x"`, `"enrichment":null,"metadata":{"x"`), "enrichment: not an object"},
		{"an unknown field", swap(`"name":""`, `"nam":""`), `unknown field "nam"`},
		{"a stray nid", swap(`{"enrichment":{"nid":"6f`, `{"enrichment":{"nid":"xx`), "is not a UUID"},
		{"stray data", swap(`"data":{"stray":[]}`, `"data":7`), "data: not an object"},
		{"no stray data", swap(`,"data":{"stray":[]}`, ``), "data: is missing"},
		{"a sum of the landscape", swap(`"accounts":[`, `"accounts":[{"nid":"n","costs":[{"chargeType":"a","cost":"1e5"}]},`), `landscape: "1e5" of account n`},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := rich(t)
			before := save(t, c)
			err := c.Load(strings.NewReader(test.file))
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "apitest: load: line ") {
				t.Fatalf("got the error %v, want %q in it", err, test.want)
			}
			if save(t, c) != before {
				t.Error("the state changed although the file was refused")
			}
		})
	}
}

func TestErrorsOfReadersAndWritersAreReturned(t *testing.T) {
	c := rich(t)
	if err := c.Save(brokenPipe{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("save: got %v, want the writer's error", err)
	}
	if err := c.Load(io.MultiReader(strings.NewReader(save(t, c)[:100]), brokenPipe{})); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("load: got %v, want the reader's error", err)
	}
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }
func (brokenPipe) Read([]byte) (int, error)  { return 0, io.ErrClosedPipe }

// Requests go on while the state is saved.
func TestSaveBesideRequests(t *testing.T) {
	c := inProcess(t).login(t)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 40 {
			c.upsert(t, "["+strings.Repeat(`{"id":"x","type":"vm"},`, 20)+strings.ReplaceAll(`{"id":"#-1","type":"a"},{"id":"#-2","type":"z"}]`, "#", fmt.Sprint(i)))
		}
	}()
	for saved := false; !saved; {
		select {
		case <-done:
			saved = true
		default:
		}
		e := apitest.New()
		if err := e.Load(strings.NewReader(save(t, c))); err != nil {
			t.Fatal(err)
		}
		if saved && e.Len() != 81 {
			t.Errorf("got %d records, want 81", e.Len())
		}
	}
}
