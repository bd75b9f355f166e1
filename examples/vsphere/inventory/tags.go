package inventory

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/tags"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/klarity-go/klarity/examples/internal/console"
)

// tagService reads the tags of objects. It is an API of its own beside that of the other properties,
// with a session of its own; an ESXi host has none. What it does not tell is a gap, and no error.
//
// The categories are read once, at the beginning, with a call for each. The API has no call that
// tells the names of several tags, so that there is one call for each tag that is in use, when it
// is met for the first time.
type tagService struct {
	source     *Source
	manager    *tags.Manager
	categories map[string]category // by ID
	tags       map[string]tag      // by ID
	loggedIn   bool

	problem string // why no tags are known, or ""
	unknown int    // objects whose tags are not known, since a call failed
	first   string // why the first of those calls did
	down    bool   // the service has not answered, time and again: it is not asked any more
}

// category is a category's name, and the kinds of objects that can have a tag of it, all if there
// are none.
type category struct {
	name  string
	kinds []string
}

// tag is a tag's name, and that of its category.
type tag struct{ category, name string }

func newTagService(s *Source) *tagService {
	client := rest.NewClient(s.client.Client)
	// It shares the transport, and not these.
	client.CheckRedirect, client.Timeout = noRedirect, s.cfg.CallTimeout
	return &tagService{source: s, manager: tags.NewManager(client), tags: map[string]tag{}}
}

// open logs in and reads the categories.
func (t *tagService) open(ctx context.Context) {
	if !t.source.client.IsVC() {
		return
	}
	err := t.source.call(ctx, func() error { return t.login(ctx) })
	if err == nil {
		err = t.readCategories(ctx)
	}
	if err != nil {
		t.problem = t.explain(err)
	}
}

func (t *tagService) login(ctx context.Context) error {
	err := t.manager.Login(ctx, t.source.user())
	t.loggedIn = err == nil
	return err
}

func (t *tagService) readCategories(ctx context.Context) error {
	var ids []string
	err := t.source.call(ctx, func() (err error) { ids, err = t.manager.ListCategories(ctx); return err })
	if err != nil {
		return err
	}
	t.categories = map[string]category{}
	for _, id := range ids {
		if err := t.source.call(ctx, func() error { return t.readCategory(ctx, id) }); err != nil {
			return err
		}
	}
	return nil
}

// readCategory adds a category, unless it was deleted since it was listed.
func (t *tagService) readCategory(ctx context.Context, id string) error {
	content, err := t.manager.GetCategory(ctx, id)
	switch {
	case rest.IsStatusError(err, http.StatusNotFound):
		return nil
	case err != nil:
		return err
	}
	kinds := slices.Clone(content.AssociableTypes)
	for i, kind := range kinds { // vCenter keeps what the client that made the category wrote
		kinds[i] = strings.TrimPrefix(kind, "urn:vim25:")
	}
	t.categories[id] = category{content.Name, kinds}
	return nil
}

func (t *tagService) close(ctx context.Context) {
	if t.loggedIn {
		_ = t.manager.Logout(ctx)
	}
}

// known reports whether tags can be read at all.
func (t *tagService) known() bool { return t.problem == "" }

func (t *tagService) hasCategory(name string) bool {
	for _, c := range t.categories {
		if c.name == name {
			return true
		}
	}
	return false
}

// categoriesOf are the names of the categories that objects of a kind can have tags of.
func (t *tagService) categoriesOf(kind string) (names []string) {
	for _, c := range t.categories {
		if len(c.kinds) == 0 || slices.Contains(c.kinds, kind) {
			names = append(names, c.name)
		}
	}
	return names
}

// byCategory are the names of an object's tags by that of their category.
type byCategory map[string][]string

// of returns the tags of objects, by their morefs, with one call for all of them and one for each
// tag that is new. It returns nil if they are not known.
//
// A user without the permission to read tags sees no categories, as if there were none: then nothing
// is known.
func (t *tagService) of(ctx context.Context, refs []mo.Reference) map[string]byCategory {
	if !t.known() || len(t.categories) == 0 || len(refs) == 0 {
		return nil
	}
	if t.down {
		t.unknown += len(refs)
		return nil
	}
	var found map[string]byCategory
	err := t.source.call(ctx, func() (err error) {
		found, err = t.list(ctx, refs)
		if rest.IsStatusError(err, http.StatusUnauthorized) { // the session has ended
			if err = t.login(ctx); err == nil {
				found, err = t.list(ctx, refs)
			}
		}
		return err
	})
	if err != nil {
		t.unknown += len(refs)
		t.down = isTemporary(err)
		if t.first == "" {
			t.first = t.explain(err)
		}
		return nil
	}
	return found
}

func (t *tagService) list(ctx context.Context, refs []mo.Reference) (map[string]byCategory, error) {
	attached, err := t.manager.ListAttachedTagsOnObjects(ctx, refs)
	if err != nil {
		return nil, err
	}
	found := make(map[string]byCategory, len(refs))
	for _, object := range attached {
		names := byCategory{}
		for _, id := range object.TagIDs {
			tag, err := t.tag(ctx, id)
			if err != nil {
				return nil, err
			}
			if tag.name != "" && tag.category != "" {
				names[tag.category] = append(names[tag.category], tag.name)
			}
		}
		for _, several := range names {
			slices.Sort(several)
		}
		found[object.ObjectID.Reference().Value] = names
	}
	return found, nil
}

// tag returns a tag by its ID. One that was deleted since it was listed is an empty one.
func (t *tagService) tag(ctx context.Context, id string) (tag, error) {
	if known, ok := t.tags[id]; ok {
		return known, nil
	}
	content, err := t.manager.GetTag(ctx, id)
	if rest.IsStatusError(err, http.StatusNotFound) {
		t.tags[id] = tag{}
		return tag{}, nil
	}
	if err != nil {
		return tag{}, err
	}
	if _, known := t.categories[content.CategoryID]; !known { // it was created meanwhile
		if err := t.readCategory(ctx, content.CategoryID); err != nil {
			return tag{}, err
		}
	}
	t.tags[id] = tag{category: t.categories[content.CategoryID].name, name: content.Name}
	return t.tags[id], nil
}

func (t *tagService) explain(err error) string {
	if status := statusOf(err); status > 0 {
		return fmt.Sprintf("the tag service of %s answers with status %d", t.source.cfg.URL.Host, status)
	}
	if errors.Is(err, context.Canceled) {
		return "interrupted"
	}
	return strings.TrimPrefix(t.source.cfg.explain("reading the tags", err).Error(), "reading the tags: ")
}

// notes says that there are no tags.
func (t *tagService) notes() []string {
	switch {
	case !t.known() || len(t.categories) > 0:
		return nil
	case !t.source.client.IsVC():
		return []string{"No tags are sent: an ESXi host has none, they belong to a vCenter."}
	}
	return []string{"No tags are sent, since the user sees no category of tags: there are none, or the role Read-only is not given as a global permission."}
}

// gaps says which tags are not known.
func (t *tagService) gaps() []string {
	switch {
	case t.problem != "":
		return []string{"the tags are not known, so they are left as they are in Klarity: " + t.problem}
	case t.unknown > 0:
		return []string{fmt.Sprintf("the tags of %s are not known, so they are left as they are in Klarity: %s", console.Counted(t.unknown, "object"), t.first)}
	}
	return nil
}
