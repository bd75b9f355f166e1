package inventory

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"net/url"
	"time"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/session"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/klarity-go/klarity/models"
)

// Source is a vCenter or an ESXi host to which a session is open. Its methods are not for several
// goroutines at a time.
type Source struct {
	cfg    Config
	client *govmomi.Client
	tags   *tagService // never nil

	places    places
	fields    map[int32]string // the custom attributes by key
	container types.ManagedObjectReference
	id        string // the first part of IDs that are made of a moref

	last *pass // the one that was begun last, or nil
}

// connectTimeout bounds the first call.
const connectTimeout = 30 * time.Second

// Open logs in and reads what all records need: the names of folders, clusters and resource pools,
// the categories of tags, and the names of custom attributes. The caller must Close the source. A
// vCenter whose tags cannot be read is no error but a gap.
func Open(ctx context.Context, cfg Config) (*Source, error) {
	cfg.PageSize = cmp.Or(cfg.PageSize, DefaultPageSize)
	cfg.RetryWait = cmp.Or(cfg.RetryWait, DefaultRetryWait)
	cfg.CallTimeout = cmp.Or(cfg.CallTimeout, DefaultCallTimeout)
	if cfg.From.IsZero() || cfg.To.IsZero() {
		cfg.From, cfg.To = Month(time.Now(), false)
	}
	soapClient, err := cfg.newSOAPClient()
	if err != nil {
		return nil, cfg.explain("reading certificates", err)
	}
	connecting, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	vim, err := newVIMClient(connecting, soapClient)
	if err != nil {
		return nil, cfg.explain("connecting", err)
	}
	s := &Source{cfg: cfg, client: &govmomi.Client{Client: vim, SessionManager: session.NewManager(vim)}}
	s.tags = newTagService(s)
	if err := s.login(ctx); err != nil {
		s.client.CloseIdleConnections()
		return nil, err
	}
	if err := s.prepare(ctx); err != nil {
		s.Close(ctx)
		return nil, err
	}
	return s, nil
}

func (s *Source) user() *url.Userinfo {
	return url.UserPassword(s.cfg.Username, string(s.cfg.Password))
}

func (s *Source) login(ctx context.Context) error {
	if err := s.call(ctx, func() error { return s.client.Login(ctx, s.user()) }); err != nil {
		return s.cfg.explain("logging in", err)
	}
	return nil
}

// prepare reads what all records need.
func (s *Source) prepare(ctx context.Context) (err error) {
	s.container = s.client.ServiceContent.RootFolder
	s.id = s.client.ServiceContent.About.InstanceUuid
	if s.places, err = s.readPlaces(ctx); err != nil {
		return err
	}
	if s.cfg.Datacenter != "" {
		if s.container, err = s.places.datacenter(s.cfg.Datacenter); err != nil {
			return err
		}
	}
	if s.fields, err = s.readFields(ctx); err != nil {
		return err
	}
	s.tags.open(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return s.checkTagAttributes()
}

// logoutTimeout bounds the end of the sessions.
const logoutTimeout = 5 * time.Second

// Close logs out, also when ctx has ended. vCenter ends sessions by itself after a while, so that
// an error does no harm.
func (s *Source) Close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), logoutTimeout)
	defer cancel()
	s.tags.close(ctx)
	_ = s.client.Logout(ctx)
	s.client.CloseIdleConnections()
}

// Records yields a new record for each host, datastore, virtual machine and template, in this order.
// An error is the last that is yielded: the records before it are whole, and others are missing.
// It can be called again, which reads everything again.
func (s *Source) Records(ctx context.Context) iter.Seq2[*models.EstateRecord, error] {
	return func(yield func(*models.EstateRecord, error) bool) {
		p := newPass(s)
		s.last = p
		for _, read := range []func(context.Context, func(*models.EstateRecord) bool) error{p.hosts, p.datastores, p.machines} {
			stopped := false
			err := read(ctx, func(r *models.EstateRecord) bool {
				stopped = !yield(r, nil)
				return !stopped
			})
			switch {
			case err != nil:
				yield(nil, err)
				return
			case stopped:
				return
			}
		}
	}
}

// Gaps says what the latest Records should have told and did not, a sentence each: the records are
// incomplete then. Before it has ended they are what is known so far.
func (s *Source) Gaps() []string {
	gaps := s.tags.gaps()
	if s.last != nil {
		gaps = append(gaps, s.last.gaps()...)
	}
	return gaps
}

// Notes says what was noticed in the latest Records and is no fault, a sentence each.
func (s *Source) Notes() []string {
	notes := s.tags.notes()
	if s.last != nil {
		notes = append(notes, s.last.notes()...)
	}
	return notes
}

// Name says what is read: the address, and the datacenter if only one is read.
func (s *Source) Name() string {
	if s.cfg.Datacenter != "" {
		return fmt.Sprintf("%s, datacenter %s", s.cfg.URL.Host, s.cfg.Datacenter)
	}
	return s.cfg.URL.Host
}
