package clarity

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/klarity-go/klarity/examples/clarity/internal/models"
)

// List is what a response has of one kind of item.
//
// The items may be an array, one object without an array, or either inside an envelope. Within an
// item, whatever does not have the documented form is left out, and the rest is kept; unknown
// fields and words are taken as they are.
type List[T any] struct {
	// Items are those with an ID, each ID once.
	Items []*T
	// Partial has those of which something was left out.
	Partial map[*T]bool
	// Lost says that there were others, without an ID.
	Lost bool
	// Odd says what was left out, a phrase each: "2 items without a nodeId".
	Odd []string
}

// kind is what is known about a kind of item.
type kind[T any] struct {
	envelope string // the documented key of an envelope; "" if none is documented
	field    string // the name of the ID in JSON, which tells an item from an envelope
	id       func(*T) string
}

var (
	datasources   = kind[models.Datasource]{"datasources", "datasourceId", func(d *models.Datasource) string { return d.DatasourceID }}
	nodes         = kind[models.Node]{"", "nodeId", func(n *models.Node) string { return n.NodeID }}
	subscriptions = kind[models.Subscription]{"subscriptions", "subscriptionId", func(s *models.Subscription) string { return s.SubscriptionID }}
	nodeStatus    = kind[models.NodeStatus]{"", "nodeId", func(s *models.NodeStatus) string { return s.NodeID }}
	accessories   = kind[models.AccessoryModule]{"", "moduleId", func(m *models.AccessoryModule) string { return m.ModuleID }}
)

// decode finds the items of a document and decodes each by itself, so that one that is odd hides
// no other.
func decode[T any](call string, d document, k kind[T]) (List[T], error) {
	raw, err := items(d.body, k.envelope, k.field)
	if err != nil {
		return List[T]{}, &Error{Call: call, StatusCode: 200, Err: err}
	}
	l := List[T]{Partial: map[*T]bool{}}
	var odd oddities
	seen := map[string]bool{}
	for _, raw := range raw {
		item := new(T)
		phrase := unmarshal(raw, item)
		odd.add(phrase)
		switch id := k.id(item); {
		case id == "":
			l.Lost = true
			if phrase == "" { // or it is told already
				odd.add("without a " + k.field)
			}
		case seen[id]:
			odd.add("with a " + k.field + " that came before")
		default:
			seen[id] = true
			l.Items = append(l.Items, item)
			if phrase != "" {
				l.Partial[item] = true
			}
		}
	}
	l.Odd = odd.list()
	return l, nil
}

// items finds the items of a document: its array, or the one in its envelope, or the document
// itself if it is an item, which has the field. The key of an envelope is the documented one, or
// that of the only item or array of items.
func items(doc json.RawMessage, envelope, field string) ([]json.RawMessage, error) {
	var array []json.RawMessage
	if json.Unmarshal(doc, &array) == nil {
		return array, nil // none of null
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(doc, &object) != nil {
		return nil, fmt.Errorf("%w: it is neither an array nor an object", ErrResponse)
	}
	if inner, ok := object[envelope]; ok {
		if json.Unmarshal(inner, &array) == nil {
			return array, nil
		}
		return []json.RawMessage{inner}, nil
	}
	if _, ok := object[field]; ok {
		return []json.RawMessage{doc}, nil
	}
	// What has an item is the list; only where nothing has, it is what could have some.
	for _, test := range []func(json.RawMessage, string) bool{hasItem, mayHaveItems} {
		var found []string
		for key, value := range object {
			if test(value, field) {
				found = append(found, key)
			}
		}
		if len(found) == 1 {
			return items(object[found[0]], "", field)
		}
	}
	return nil, fmt.Errorf("%w: there is no list in it", ErrResponse)
}

// hasItem reports whether a value is an item, which has the field, or an array that has one.
func hasItem(raw json.RawMessage, field string) bool {
	var array []json.RawMessage
	if json.Unmarshal(raw, &array) == nil {
		return slices.ContainsFunc(array, func(raw json.RawMessage) bool { return isItem(raw, field) })
	}
	return isItem(raw, field)
}

func isItem(raw json.RawMessage, field string) bool {
	var item map[string]json.RawMessage
	if json.Unmarshal(raw, &item) != nil {
		return false
	}
	_, ok := item[field]
	return ok
}

// mayHaveItems reports whether a value is an array that is empty, or begins with an object.
func mayHaveItems(raw json.RawMessage, _ string) bool {
	var array []json.RawMessage
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("[")) || json.Unmarshal(raw, &array) != nil {
		return false
	}
	return len(array) == 0 || bytes.HasPrefix(bytes.TrimSpace(array[0]), []byte("{"))
}

// unmarshal decodes as much of an item as fits, and returns what does not, or "". A field of
// another type than the documented one is left out: package json would leave a number that was
// text as 0.
func unmarshal[T any](raw json.RawMessage, item *T) (odd string) {
	before := *item
	for {
		err := json.Unmarshal(raw, item)
		if err == nil {
			return odd
		}
		*item = before
		var mismatch *json.UnmarshalTypeError
		if !errors.As(err, &mismatch) {
			return "that cannot be read"
		}
		if mismatch.Field == "" {
			return "with " + word(mismatch.Value) + " in place of an object"
		}
		if odd == "" {
			odd = "whose " + bounded(mismatch.Field) + " is " + word(mismatch.Value)
		}
		var removed bool
		if raw, removed = without(raw, strings.Split(mismatch.Field, ".")); !removed {
			return odd
		}
	}
}

// without removes the field with that path from an object. Where the path leads through an array,
// the array goes.
func without(raw json.RawMessage, path []string) (rest json.RawMessage, removed bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return raw, false
	}
	for key, value := range fields {
		if !strings.EqualFold(key, path[0]) { // as package json finds it
			continue
		}
		removed = true
		if len(path) > 1 {
			if rest, ok := without(value, path[1:]); ok {
				fields[key] = rest
				continue
			}
		}
		delete(fields, key)
	}
	rest, err := json.Marshal(fields)
	return rest, removed && err == nil
}

// word is the kind of a JSON value with its article: package json adds the text of numbers.
func word(value string) string {
	kind, _, _ := strings.Cut(value, " ")
	if kind == "array" || kind == "object" {
		return "an " + kind
	}
	return "a " + kind
}

func bounded(field string) string {
	if len(field) > 100 {
		field = field[:100] + "..."
	}
	return field
}

// oddities counts what is odd about items.
type oddities struct {
	phrases []string // in the order in which they came
	counts  map[string]int
}

// maxOddities bounds how many kinds of oddities are told apart.
const maxOddities = 20

func (o *oddities) add(phrase string) {
	if phrase == "" {
		return
	}
	if o.counts == nil {
		o.counts = map[string]int{}
	}
	if o.counts[phrase] == 0 {
		if len(o.phrases) >= maxOddities {
			phrase = "that are odd in other ways"
		}
		if o.counts[phrase] == 0 {
			o.phrases = append(o.phrases, phrase)
		}
	}
	o.counts[phrase]++
}

func (o *oddities) list() []string {
	var list []string
	for _, phrase := range o.phrases {
		noun := " items "
		if o.counts[phrase] == 1 {
			noun = " item "
		}
		list = append(list, strconv.Itoa(o.counts[phrase])+noun+phrase)
	}
	return list
}
