package apitest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/klarity-go/klarity/api/apitest/internal/gql"
	"github.com/klarity-go/klarity/api/graphql"
)

// A mutation checks its arguments and returns its result, and what it changes.
type mutation func(args map[string]any) (result any, change func(), err error)

// mutations returns the resolvers of the mutations.
func (x execution) mutations() map[string]gql.Resolver {
	resolvers := make(map[string]gql.Resolver)
	for name, m := range map[string]mutation{
		"addApplicationV2":    x.addApplication,
		"updateApplicationV3": x.updateApplication,
		"addEnvironmentV2":    x.addEnvironment,
		"addDiscoveryRule":    x.addDiscoveryRule,
		"addPerson":           x.addPerson,
		"addAccountV2":        x.addAccount,
		"addAccountV3":        x.addAccount,
		"updateAccountV3":     x.updateAccount,
		"removeAccountV3":     x.removeAccount,
		"updateGlobalTagKeys": x.updateTagKeys,
		"addEvent":            x.addEvent,
		"createAccessKey":     x.createAccessKey,
	} {
		resolvers[name] = func(args map[string]any) (any, error) {
			result, change, err := m(args)
			if err != nil {
				return nil, err
			}
			*x.applied++
			if !x.config.stateless {
				x.landscape.changes++
				change()
			}
			return result, nil
		}
	}
	return resolvers
}

func (x execution) addPerson(args map[string]any) (any, func(), error) {
	l, in := x.landscape, inputOf(args)
	p := Person{ID: newNID().String(), Name: in.text("name"), Email: in.text("email")}
	if err := in.require("name", "email"); err != nil {
		return nil, nil, err
	}
	if x.config.uniqueNames && slices.ContainsFunc(l.People, func(q Person) bool { return q.Email == p.Email }) {
		return nil, nil, errors.New("there is a person with this email already")
	}
	return created(p.ID), func() { l.People = append(l.People, p) }, nil
}

func (x execution) addApplication(args map[string]any) (any, func(), error) {
	l, in := x.landscape, inputOf(args)
	a := Application{
		NID: newNID().String(), Name: in.text("name"), DisplayName: in.text("displayName"),
		Description: in.text("description"), OwnerID: in.text("ownerId"),
	}
	if err := cmp.Or(in.require("name"), x.checkOwner(in)); err != nil {
		return nil, nil, err
	}
	if x.config.uniqueNames && slices.ContainsFunc(l.Applications, func(b Application) bool { return b.Name == a.Name }) {
		return nil, nil, errors.New("there is an application of this name already")
	}
	return created(a.NID), func() { l.Applications = append(l.Applications, a) }, nil
}

func (x execution) updateApplication(args map[string]any) (any, func(), error) {
	in := inputOf(args)
	a := x.landscape.application(args["nid"])
	if a == nil {
		return nil, nil, errors.New("there is no application with this nid")
	}
	if err := cmp.Or(in.keep("name"), x.checkOwner(in)); err != nil {
		return nil, nil, err
	}
	return map[string]any{"nid": a.NID}, func() {
		in.set("name", &a.Name)
		in.set("displayName", &a.DisplayName)
		in.set("description", &a.Description)
		in.set("ownerId", &a.OwnerID)
	}, nil
}

func (x execution) addEnvironment(args map[string]any) (any, func(), error) {
	in := inputOf(args)
	a := x.landscape.application(in["applicationNid"])
	if a == nil {
		return nil, nil, errors.New("there is no application with this applicationNid")
	}
	env := Environment{
		NID: newNID().String(), Name: in.text("name"), DisplayName: in.text("displayName"),
		Type: in.text("type"), OwnerID: in.text("ownerId"),
	}
	if err := cmp.Or(in.require("name"), x.checkOwner(in)); err != nil {
		return nil, nil, err
	}
	if x.config.uniqueNames && slices.ContainsFunc(a.Environments, func(e Environment) bool { return e.Name == env.Name }) {
		return nil, nil, errors.New("the application has an environment of this name already")
	}
	return created(env.NID), func() { a.Environments = append(a.Environments, env) }, nil
}

func (x execution) addDiscoveryRule(args map[string]any) (any, func(), error) {
	in := inputOf(args)
	env := x.landscape.environment(in["environmentId"])
	if env == nil {
		return nil, nil, errors.New("there is no environment with this environmentId")
	}
	rule := DiscoveryRule{ID: newNID().String(), Name: in.text("name")}
	match, _ := in["match"].(map[string]any)
	var err error
	if rule.CloudAccounts, err = texts("match.cloudAccount", match["cloudAccount"]); err != nil {
		return nil, nil, err
	}
	if err := in.require("name"); err != nil {
		return nil, nil, err
	}
	if x.config.uniqueNames && slices.ContainsFunc(env.Rules, func(r DiscoveryRule) bool { return r.Name == rule.Name }) {
		return nil, nil, errors.New("the environment has a rule of this name already")
	}
	return created(rule.ID), func() { env.Rules = append(env.Rules, rule) }, nil
}

// addAccount serves both versions. It does not look at the credentials, whose form is public
// for one provider only, and does not keep them.
func (x execution) addAccount(args map[string]any) (any, func(), error) {
	l, in := x.landscape, inputOf(args)
	a := Account{
		NID: newNID().String(), Provider: in.text("provider"), ProviderID: in.text("providerId"), Name: in.text("name"),
		DisplayName: in.text("displayName"), Description: in.text("description"),
		ProviderType: in.text("providerType"), OwnerID: in.text("ownerId"),
	}
	if err := cmp.Or(in.require("providerId"), in.keep("name"), x.checkOwner(in)); err != nil {
		return nil, nil, err
	}
	same := func(b Account) bool { return b.Provider == a.Provider && b.ProviderID == a.ProviderID }
	if x.config.uniqueNames && slices.ContainsFunc(l.Accounts, same) {
		return nil, nil, errors.New("there is an account of this provider with this providerId already")
	}
	return created(a.NID), func() { l.Accounts = append(l.Accounts, a) }, nil
}

func (x execution) updateAccount(args map[string]any) (any, func(), error) {
	in := inputOf(args)
	a := x.landscape.account(args["nid"])
	if a == nil {
		return nil, nil, errors.New("there is no account with this nid")
	}
	if err := cmp.Or(in.keep("name", "providerId"), x.checkOwner(in)); err != nil {
		return nil, nil, err
	}
	return created(a.NID), func() {
		in.set("name", &a.Name)
		in.set("displayName", &a.DisplayName)
		in.set("description", &a.Description)
		in.set("ownerId", &a.OwnerID)
		in.set("provider", &a.Provider)
		in.set("providerId", &a.ProviderID)
	}, nil
}

func (x execution) removeAccount(args map[string]any) (any, func(), error) {
	l := x.landscape
	a := l.account(args["nid"])
	if a == nil {
		return nil, nil, errors.New("there is no account with this nid")
	}
	nid := a.NID
	return created(nid), func() {
		l.Accounts = slices.DeleteFunc(l.Accounts, func(a Account) bool { return a.NID == nid })
	}, nil
}

// updateTagKeys replaces both lists; one that is absent or null is empty then.
func (x execution) updateTagKeys(args map[string]any) (any, func(), error) {
	l, in := x.landscape, inputOf(args)
	application, err := texts("application", in["application"])
	if err != nil {
		return nil, nil, err
	}
	environment, err := texts("environment", in["environment"])
	if err != nil {
		return nil, nil, err
	}
	if len(application)+len(environment) == 0 {
		return nil, nil, errors.New("application and environment must not both be without keys")
	}
	return true, func() { l.TagKeys = TagKeys{application, environment} }, nil
}

func (x execution) addEvent(args map[string]any) (any, func(), error) {
	l, in := x.landscape, inputOf(args)
	if l.application(in["nid"]) == nil {
		return nil, nil, errors.New("there is no application with this nid")
	}
	if err := in.require("title", "type", "content"); err != nil {
		return nil, nil, err
	}
	event := Event{
		ApplicationNID: in.text("nid"), Title: in.text("title"), Type: in.text("type"),
		Content: in.text("content"), Created: x.now,
	}
	return true, func() { l.Events = append(l.Events, event) }, nil
}

// createAccessKey requires what Klarity's pages do.
func (x execution) createAccessKey(args map[string]any) (any, func(), error) {
	l, in := x.landscape, inputOf(args)
	if err := in.require("role", "description"); err != nil {
		return nil, nil, err
	}
	key := AccessKey{
		ID: newNID().String(), Role: in.text("role"), Description: in.text("description"),
		Works: x.now.Add(x.config.keyDelay),
	}
	secret := newSecret()
	return map[string]any{"id": key.ID, "secret": secret}, func() {
		l.AccessKeys = append(l.AccessKeys, key)
		l.keys = append(l.keys, newKnownKey(graphql.Key(key.ID+"/"+secret), key.Works))
	}, nil
}

// checkOwner requires an owner that is given to be known.
func (x execution) checkOwner(in input) error {
	if id := in["ownerId"]; id != nil && x.landscape.person(id) == nil {
		return errors.New("there is no person with this ownerId")
	}
	return nil
}

func created(id string) map[string]any { return map[string]any{"id": id} }

// An input is the argument input of a mutation. A field is absent, null, or of its type.
type input map[string]any

func inputOf(args map[string]any) input {
	in, _ := args["input"].(map[string]any)
	return in
}

// text returns a text, "" if it is absent or null.
func (in input) text(name string) string {
	text, _ := in[name].(string)
	return text
}

// set sets a text that is given; absent or null leaves it as it is.
func (in input) set(name string, to *string) {
	if text, ok := in[name].(string); ok {
		*to = text
	}
}

// require returns an error for a text that is absent, null or empty.
func (in input) require(names ...string) error {
	for _, name := range names {
		if in.text(name) == "" {
			return fmt.Errorf("%s must not be empty", name)
		}
	}
	return nil
}

// keep returns an error for a text that is given and empty.
func (in input) keep(names ...string) error {
	for _, name := range names {
		if in[name] == "" {
			return fmt.Errorf("%s must not be empty", name)
		}
	}
	return nil
}

// texts returns the elements of a list, nil if it is absent or null. None may be null.
func texts(name string, list any) ([]string, error) {
	elements, _ := list.([]any)
	var all []string
	for i, v := range elements {
		text, ok := v.(string)
		if !ok {
			return nil, fmt.Errorf("%s[%d] must not be null", name, i)
		}
		all = append(all, text)
	}
	return all, nil
}
