package inventory

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// readFields reads the names of the custom attributes. An ESXi host has none.
func (s *Source) readFields(ctx context.Context) (map[int32]string, error) {
	manager := s.client.ServiceContent.CustomFieldsManager
	if manager == nil {
		return nil, nil
	}
	var content mo.CustomFieldsManager
	if err := s.call(ctx, func() error { return s.client.RetrieveOne(ctx, *manager, []string{"field"}, &content) }); err != nil {
		return nil, s.cfg.explain("reading the custom attributes", err)
	}
	fields := map[int32]string{}
	for _, f := range content.Field {
		fields[f.Key] = f.Name
	}
	return fields, nil
}

// checkTagAttributes refuses a custom attribute as a tag where a category has the same name: one of
// them would overwrite the other.
func (s *Source) checkTagAttributes() error {
	for _, name := range s.cfg.TagAttributes {
		if s.tags.hasCategory(name) {
			return configErrorf("the custom attribute %q has the name of a category of tags, which would overwrite each other: do not make it a tag; it is in the metadata", name)
		}
		known := []string{}
		for _, field := range s.fields {
			known = append(known, fmt.Sprintf("%q", field))
		}
		slices.Sort(known)
		if !slices.ContainsFunc(known, func(k string) bool { return k == fmt.Sprintf("%q", name) }) {
			return configErrorf("there is no custom attribute %q to make a tag of: there are %s", name, truncate(strings.Join(slices.Compact(known), ", "), 500))
		}
	}
	return nil
}

// attributes are the custom attributes of an object by their names, without empty ones. Two
// attributes can have one name, for different kinds of objects; an object has only one of them.
func (s *Source) attributes(values []types.BaseCustomFieldValue) map[string]string {
	found := map[string]string{}
	for _, v := range values {
		text, ok := v.(*types.CustomFieldStringValue)
		if ok && text.Value != "" && s.fields[text.Key] != "" {
			found[s.fields[text.Key]] = text.Value
		}
	}
	return found
}
