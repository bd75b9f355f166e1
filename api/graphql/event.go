package graphql

import (
	"context"
	"encoding/json"
)

// NewEvent is an event, such as a deployment, to show on the chart of an application's daily
// costs.
type NewEvent struct {
	ApplicationNID string // required
	Title          string // required
	Type           string // required; any text, such as Jira
	Content        string // required; what happened
}

// AddEvent adds an event to an application. When it happened is the time of the call: no field
// for another time is public.
//
// What is returned is the scalar of the response, in JSON: its type and meaning are not public.
//
// The operation is addEvent (docs.klarity.nordcloudapp.com/events). The types of its fields are not
// public, so its values are sent as literals, escaped, and not as variables.
func (c *Client) AddEvent(ctx context.Context, e NewEvent) (json.RawMessage, error) {
	err := need("AddEvent", field{"ApplicationNID", e.ApplicationNID}, field{"Title", e.Title},
		field{"Type", e.Type}, field{"Content", e.Content})
	if err != nil {
		return nil, err
	}
	document := `mutation AddEvent {
  addEvent(input: {nid: ` + stringLiteral(e.ApplicationNID) + `, title: ` + stringLiteral(e.Title) +
		`, type: ` + stringLiteral(e.Type) + `, content: ` + stringLiteral(e.Content) + `})
}`
	var data struct{ AddEvent json.RawMessage }
	err = c.Do(ctx, document, nil, &data)
	return data.AddEvent, err
}
