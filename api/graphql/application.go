package graphql

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/klarity-go/klarity/api/graphql/operations"
)

// Applications yields all applications with their environments, as [Client.Accounts] yields
// accounts. The environments come in pages of at most 50, the largest that a public source
// shows; for each application that has more, the next ones are asked for.
//
// The operation is applicationsPaginated (docs.klarity.nordcloudapp.com/usage/api-actions).
func (c *Client) Applications(ctx context.Context, opts ...PageOption) iter.Seq2[*Application, error] {
	size := pageSize(opts)
	return list(ctx, "GetApplications", func(ctx context.Context, n int) (page[Application], error) {
		return c.applications(ctx, size, n)
	})
}

// applications returns one page of the applications, each with all of its environments. There
// is no public operation for the environments of one application, so each page of environments
// is asked for with the whole page of applications, for as long as one of them goes on.
func (c *Client) applications(ctx context.Context, size, n int) (page[Application], error) {
	environments := min(size, maxEnvironmentsPage)
	data, err := operations.GetApplications(ctx, generated{c: c}, size, n, environments, 0)
	p := data.ApplicationsPaginated
	if p == nil {
		return page[Application]{}, err
	}
	var unfinished []*growing
	for _, a := range p.Results {
		if a != nil && a.EnvironmentsV2 != nil && len(a.EnvironmentsV2.Environments) >= environments {
			unfinished = append(unfinished, newGrowing(a))
		}
	}
	for m := 1; err == nil && len(unfinished) > 0; m++ {
		data, err = operations.GetApplications(ctx, generated{c: c}, size, n, environments, m)
		found := make(map[string]*Application) // by nid
		if more := data.ApplicationsPaginated; more != nil {
			for _, a := range more.Results {
				if a != nil && a.NID != "" {
					found[a.NID] = a
				}
			}
		}
		unfinished = slices.DeleteFunc(unfinished, func(g *growing) bool {
			a := found[g.NID]
			if a == nil && err == nil { // another one was added or removed, and it is on another page now
				err = incomplete("query", "GetApplications", fmt.Sprintf("page %d of the environments of application %q", m+1, g.NID))
			}
			return a == nil || a.EnvironmentsV2 == nil || !g.add(a.EnvironmentsV2.Environments, environments)
		})
	}
	return page[Application]{p.Results, p.Pages}, err
}

// growing is an application that may have further environments.
type growing struct {
	*Application
	seen map[string]bool // environments, by nid
}

func newGrowing(a *Application) *growing {
	g := &growing{a, make(map[string]bool)}
	for _, e := range a.EnvironmentsV2.Environments {
		if e != nil && e.NID != "" {
			g.seen[e.NID] = true
		}
	}
	return g
}

// add appends the environments of a page that are new, and reports whether there may be another
// page. One without any that is new is the last: an API that has no such page may repeat one.
func (g *growing) add(environments []*Environment, size int) (more bool) {
	for _, e := range environments {
		if e == nil || g.seen[e.NID] {
			continue
		}
		g.EnvironmentsV2.Environments = append(g.EnvironmentsV2.Environments, e)
		if e.NID != "" {
			g.seen[e.NID] = true
			more = len(environments) >= size
		}
	}
	return more
}

// ApplicationCosts yields all applications with what they cost, as [Client.Accounts] yields
// accounts.
//
// The operation is applicationsPaginated, with a field that only one public program selects
// (github.com/Kacperek0/klarity-connector): should the API have it no longer, Applications goes on
// to work.
func (c *Client) ApplicationCosts(ctx context.Context, opts ...PageOption) iter.Seq2[*ApplicationCost, error] {
	size := pageSize(opts)
	return list(ctx, "GetApplicationCosts", func(ctx context.Context, n int) (page[ApplicationCost], error) {
		data, err := operations.GetApplicationCosts(ctx, generated{c: c}, size, n)
		if p := data.ApplicationsPaginated; p != nil {
			return page[ApplicationCost]{p.Results, p.Pages}, err
		}
		return page[ApplicationCost]{}, err
	})
}

// Application returns the application with a nid. When the response has neither an
// application nor an error, which may be how the API says that there is none, the error matches
// [ErrResponse].
//
// The operation is application (github.com/andreainnocenti/ibmcloud-klarity-finops).
func (c *Client) Application(ctx context.Context, nid string) (*ApplicationDetails, error) {
	data, err := operations.GetApplication(ctx, generated{c: c}, nid)
	if err == nil && data.Application == nil {
		err = incomplete("query", "GetApplication", "the application; perhaps there is none with this nid")
	}
	return data.Application, err
}

// NewApplication is an application to create.
type NewApplication struct {
	Name        string // required
	OwnerID     string // the ID of a Person; required
	DisplayName string // the Name when it is empty
	Description string // not sent when it is empty
}

// AddApplication creates an application and returns its ID. That this is its nid, too, is
// likely, and not stated in any public source.
//
// The operation is addApplicationV2 (docs.klarity.nordcloudapp.com/usage/api-actions).
func (c *Client) AddApplication(ctx context.Context, a NewApplication) (id string, err error) {
	if err := need("AddApplication", field{"Name", a.Name}, field{"OwnerID", a.OwnerID}); err != nil {
		return "", err
	}
	data, err := operations.AddApplication(ctx, generated{c: c}, a.Name, cmp.Or(a.DisplayName, a.Name), a.OwnerID, a.Description)
	return created("AddApplication", data.AddApplicationV2, err)
}

// ApplicationUpdate is what an application becomes. The name and the owner are sent always:
// read the application first, and change what is to change.
type ApplicationUpdate struct {
	Name        string // required
	OwnerID     string // the ID of a Person; required
	DisplayName string // the Name when it is empty

	// Description is not sent when it is nil: what the API does then is not public.
	Description *string
}

// UpdateApplication changes an application. The operation is updateApplicationV3
// (github.com/andreainnocenti/ibmcloud-klarity-finops).
func (c *Client) UpdateApplication(ctx context.Context, nid string, a ApplicationUpdate) error {
	if err := need("UpdateApplication", field{"nid", nid}, field{"Name", a.Name}, field{"OwnerID", a.OwnerID}); err != nil {
		return err
	}
	data, err := operations.UpdateApplication(ctx, generated{c: c}, nid, a.Name, cmp.Or(a.DisplayName, a.Name), a.OwnerID, a.Description)
	if err == nil && data.UpdateApplicationV3 == nil {
		err = incomplete("mutation", "UpdateApplication", "the application")
	}
	return err
}
