package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vmware/govmomi/fault"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// errStop ends a run whose caller has had enough.
var errStop = errors.New("stop")

// query is what a property collector run asks for.
type query struct {
	container types.ManagedObjectReference
	kinds     []string
	paths     []string
	optional  []string // more paths, which some versions of vSphere do not have
	list      bool     // whether to ask first which objects there are, with one more call
}

// found is what a run has met: the objects by their morefs, which are unique within a vCenter.
type found struct {
	seen   map[string]bool
	listed []string // which objects there were at the beginning, if the query asked for it

	complete bool // all of them were read
}

// unseen are the objects that were there at the beginning and were not met.
func (f found) unseen() (refs []string) {
	for _, ref := range f.listed {
		if !f.seen[ref] {
			refs = append(refs, ref)
		}
	}
	return refs
}

// collect passes all objects that a query asks for to page, a page at a time, each object once.
//
// A run ends early when the session does, when the connection breaks, and, as vCenter has it, when
// an object is deleted that the run is about to read. Then it is begun again, for the objects that
// were not read yet, with another login if that is the reason. So it is when vCenter does not know
// how far the run has come any more, which it calls an invalid argument: the caller may have held a
// page for long, and what the run has still to tell belongs to a session.
func (s *Source) collect(ctx context.Context, q query, page func([]types.ObjectContent) error) (found, error) {
	run := found{seen: map[string]bool{}}
	q.paths = slices.Concat(q.paths, q.optional)
	wait := s.cfg.RetryWait
	for restarts := 0; ; restarts++ {
		err := s.walk(ctx, q, &run, func(objects []types.ObjectContent) error {
			var fresh []types.ObjectContent
			for _, o := range objects {
				if !run.seen[o.Obj.Value] {
					run.seen[o.Obj.Value] = true
					fresh = append(fresh, o)
				}
			}
			if len(fresh) == 0 {
				return nil
			}
			restarts, wait = 0, s.cfg.RetryWait
			return page(fresh)
		})
		var missing *types.InvalidProperty
		_, invalid := fault.As(err, &missing)
		switch {
		case err == nil, errors.Is(err, errStop):
			return run, err
		case ctx.Err() != nil:
			return run, context.Cause(ctx)
		case invalid && slices.Contains(q.optional, missing.Name) && slices.Contains(q.paths, missing.Name):
			q.paths = slices.DeleteFunc(q.paths, func(p string) bool { return p == missing.Name })
			restarts--
			continue
		case restarts == maxRetries:
			return run, s.cfg.explain(fmt.Sprintf("reading objects of the kind %s, given up after %d restarts", q.kinds[0], restarts), err)
		case fault.Is(err, &types.NotAuthenticated{}):
			if err := s.login(ctx); err != nil {
				return run, fmt.Errorf("the session ended while objects of the kind %s were read: %w", q.kinds[0], err)
			}
		case fault.Is(err, &types.ManagedObjectNotFound{}), fault.Is(err, &types.InvalidArgument{}):
		case isTemporary(err):
			if err := pause(ctx, wait); err != nil {
				return run, err
			}
			wait *= 2
		default:
			return run, s.cfg.explain(fmt.Sprintf("reading objects of the kind %s", q.kinds[0]), err)
		}
	}
}

// walk makes one property collector run over a container view.
func (s *Source) walk(ctx context.Context, q query, run *found, page func([]types.ObjectContent) error) error {
	v, destroy, err := s.view(ctx, q)
	if err != nil {
		return err
	}
	defer destroy()
	if q.list && run.listed == nil {
		if run.listed, err = s.contents(ctx, v); err != nil {
			return err
		}
	}
	collector := s.client.ServiceContent.PropertyCollector
	var specs []types.PropertySpec
	for _, kind := range q.kinds {
		specs = append(specs, types.PropertySpec{Type: kind, PathSet: q.paths})
	}
	response, err := methods.RetrievePropertiesEx(ctx, s.client, &types.RetrievePropertiesEx{
		This: collector,
		SpecSet: []types.PropertyFilterSpec{{
			PropSet: specs,
			ObjectSet: []types.ObjectSpec{{
				Obj: v.Reference(), Skip: types.NewBool(true),
				SelectSet: []types.BaseSelectionSpec{v.TraversalSpec()},
			}},
			// What is deleted meanwhile is left out of the results, and does not end the run.
			ReportMissingObjectsInResults: types.NewBool(true),
		}},
		Options: types.RetrieveOptions{MaxObjects: int32(s.cfg.PageSize)},
	})
	if err != nil || response.Returnval == nil {
		return err
	}
	for result := *response.Returnval; ; {
		if err := page(result.Objects); err != nil {
			if result.Token != "" && ctx.Err() == nil {
				_, _ = methods.CancelRetrievePropertiesEx(ctx, s.client, &types.CancelRetrievePropertiesEx{This: collector, Token: result.Token})
			}
			return err
		}
		if result.Token == "" {
			return nil
		}
		next, err := methods.ContinueRetrievePropertiesEx(ctx, s.client, &types.ContinueRetrievePropertiesEx{This: collector, Token: result.Token})
		if err != nil {
			return err
		}
		result = next.Returnval
	}
}

// view makes a view of the objects that a query is about. The caller must destroy it.
func (s *Source) view(ctx context.Context, q query) (v *view.ContainerView, destroy func(), err error) {
	v, err = view.NewManager(s.client.Client).CreateContainerView(ctx, q.container, q.kinds, true)
	return v, func() {
		ctx, cancel := context.WithTimeout(ctx, logoutTimeout)
		defer cancel()
		_ = v.Destroy(ctx) // else it ends with the session
	}, err
}

// contents are the morefs of a view's objects.
func (s *Source) contents(ctx context.Context, v *view.ContainerView) ([]string, error) {
	var content mo.ContainerView
	if err := s.client.RetrieveOne(ctx, v.Reference(), []string{"view"}, &content); err != nil {
		return nil, err
	}
	refs := make([]string, len(content.View))
	for i, ref := range content.View {
		refs[i] = ref.Value
	}
	return refs, nil
}

// remaining is how many of some objects vCenter still lists. It is all of them if that is not known.
func (s *Source) remaining(ctx context.Context, q query, refs []string) int {
	var there []string
	err := s.call(ctx, func() error {
		v, destroy, err := s.view(ctx, q)
		if err != nil {
			return err
		}
		defer destroy()
		there, err = s.contents(ctx, v)
		return err
	})
	if err != nil {
		return len(refs)
	}
	gone := map[string]bool{}
	for _, ref := range refs {
		gone[ref] = true
	}
	for _, ref := range there {
		delete(gone, ref)
	}
	return len(refs) - len(gone)
}
