// Package amount decodes sums of money, whose type in Klarity's GraphQL API is not public.
package amount

import "encoding/json"

// Unmarshal decodes a number, or the text of a string, and never fails: one sum that is no
// number must not make the rest of a list unreadable. Null is "". Anything else is its JSON.
func Unmarshal(b []byte, n *json.Number) error {
	var text string
	if json.Unmarshal(b, &text) != nil {
		text = string(b)
	}
	*n = json.Number(text)
	return nil
}
