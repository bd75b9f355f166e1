package clarity

import (
	"context"

	"github.com/klarity-go/klarity/examples/clarity/internal/client/operations"
	"github.com/klarity-go/klarity/examples/clarity/internal/models"
	"github.com/klarity-go/klarity/internal/transport"
)

// The calls, as errors name them.
const (
	CallDatasources   = "GET /v2/datasources"
	CallNodes         = "GET /v2/devices/nodes"
	CallSubscriptions = "GET /v2/subscriptions"
	CallStatus        = "GET /v2/devices/nodes/status-summary"
	CallAccessories   = "GET /v2/devices/accessory-modules"
	CallMeasurements  = "POST /v2/recent-datasource-measurements-query"
	CallContinuation  = "POST /v2/recent-datasource-measurements-continuation"
)

// list makes a call whose response is a list.
func list[T any](ctx context.Context, c *Client, call string, k kind[T], s submit) (List[T], error) {
	d, err := c.do(ctx, call, c.redact, s)
	if err != nil {
		return List[T]{}, err
	}
	return decode(call, d, k)
}

// Datasources are all datasources that the Org can access.
func (c *Client) Datasources(ctx context.Context) (List[models.Datasource], error) {
	return list(ctx, c, CallDatasources, datasources, func(ctx context.Context, a attempt) (document, error) {
		ok, err := a.ListDatasourcesContext(ctx, operations.NewListDatasourcesParamsWithTimeout(a.timeout).WithOrg(c.org), a.auth, a.option)
		if err != nil {
			return document{}, err
		}
		return document{body: ok.Payload}, nil
	})
}

// Nodes are all nodes of the Org.
func (c *Client) Nodes(ctx context.Context) (List[models.Node], error) {
	return list(ctx, c, CallNodes, nodes, func(ctx context.Context, a attempt) (document, error) {
		ok, err := a.ListNodesContext(ctx, operations.NewListNodesParamsWithTimeout(a.timeout).WithOrg(c.org), a.auth, a.option)
		if err != nil {
			return document{}, err
		}
		return document{body: ok.Payload}, nil
	})
}

// Subscriptions are all subscriptions of the Org.
func (c *Client) Subscriptions(ctx context.Context) (List[models.Subscription], error) {
	return list(ctx, c, CallSubscriptions, subscriptions, func(ctx context.Context, a attempt) (document, error) {
		ok, err := a.ListSubscriptionsContext(ctx, operations.NewListSubscriptionsParamsWithTimeout(a.timeout).WithOrg(c.org), a.auth, a.option)
		if err != nil {
			return document{}, err
		}
		return document{body: ok.Payload}, nil
	})
}

// Status is the health of all nodes of the Org.
func (c *Client) Status(ctx context.Context) (List[models.NodeStatus], error) {
	return list(ctx, c, CallStatus, nodeStatus, func(ctx context.Context, a attempt) (document, error) {
		ok, err := a.ListNodeStatusContext(ctx, operations.NewListNodeStatusParamsWithTimeout(a.timeout).WithOrg(c.org), a.auth, a.option)
		if err != nil {
			return document{}, err
		}
		return document{body: ok.Payload}, nil
	})
}

// AccessoryModules are all accessory modules of the Org.
func (c *Client) AccessoryModules(ctx context.Context) (List[models.AccessoryModule], error) {
	return list(ctx, c, CallAccessories, accessories, func(ctx context.Context, a attempt) (document, error) {
		ok, err := a.ListAccessoryModulesContext(ctx, operations.NewListAccessoryModulesParamsWithTimeout(a.timeout).WithOrg(c.org), a.auth, a.option)
		if err != nil {
			return document{}, err
		}
		return document{body: ok.Payload}, nil
	})
}

// Measurements are the recent measurements that the query asks for; its Org is set here.
func (c *Client) Measurements(ctx context.Context, query models.MeasurementsQuery) (Measurements, error) {
	query.Org = c.org
	d, err := c.do(ctx, CallMeasurements, c.redact, func(ctx context.Context, a attempt) (document, error) {
		ok, err := a.QueryRecentMeasurementsContext(ctx, operations.NewQueryRecentMeasurementsParamsWithTimeout(a.timeout).WithBody(&query), a.auth, a.option)
		if err != nil {
			return document{}, err
		}
		return document{ok.Payload, ok.XClarityContinuationToken}, nil
	})
	if err != nil {
		return Measurements{}, err
	}
	return decodeMeasurements(CallMeasurements, d)
}

// Newer are the measurements that are newer than those that came with the continuation. It is for
// services that poll: a program that runs once an hour asks for the latest hours instead. What an
// expired continuation is answered with is not public: after any [Error] of 4xx, begin again with
// Measurements.
func (c *Client) Newer(ctx context.Context, continuation Continuation) (Measurements, error) {
	body := &models.MeasurementsContinuation{Org: c.org, ContinuationToken: string(continuation)}
	redact := c.redact.And(transport.NewRedactor(string(continuation)))
	d, err := c.do(ctx, CallContinuation, redact, func(ctx context.Context, a attempt) (document, error) {
		ok, err := a.ContinueRecentMeasurementsContext(ctx, operations.NewContinueRecentMeasurementsParamsWithTimeout(a.timeout).WithBody(body), a.auth, a.option)
		if err != nil {
			return document{}, err
		}
		return document{ok.Payload, ok.XClarityContinuationToken}, nil
	})
	if err != nil {
		return Measurements{}, err
	}
	return decodeMeasurements(CallContinuation, d)
}
