package main

import (
	"fmt"
	"strings"

	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// step is one thing of a plan. Steps are in the order in which they are carried out: what is
// below another one comes after it.
type step struct {
	above *step // nil for an application
	text  string
	note  string // what a reader should know
	state state
	id    string // the nid, or the ID that creation returned
	err   error  // why it is not there

	// Of the three, the one that it is.
	application *plannedApplication
	environment *plannedEnvironment
	rule        *plannedRule
	ownerID     string
}

type state int

const (
	missing state = iota
	there
	unclear // it may be there: an earlier run did not learn what became of it
	differs // it is there, and for other accounts
	created
	failed
	skipped // what it belongs to is not there, or the run ended
)

// compare returns the steps of a plan. It fails when the landscape does not allow to tell what
// is missing, or an owner is nobody: nothing should be created then.
func compare(p *plan, l *landscape, rules *record) (steps []*step, errs []error) {
	owner := func(at, who string) string {
		id, err := l.person(who)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", at, err))
		}
		return id
	}
	for i := range p.Applications {
		a := &p.Applications[i]
		at := "application " + a.Name
		found, err := l.application(a.Name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		s := &step{text: at, application: a, ownerID: owner(at, a.Owner)}
		if found != nil {
			s.state, s.id = there, found.NID
			s.note = notAs("display name", found.DisplayName, a.DisplayName) + notAs("description", found.Description, a.Description)
		}
		steps = append(steps, s)
		for j := range a.Environments {
			e := &a.Environments[j]
			at := fmt.Sprintf("environment %s (%s)", e.Name, e.Type)
			under := &step{above: s, text: at, environment: e, ownerID: owner(s.text+", "+at, e.Owner)}
			existing, err := environmentOf(found, e.Name)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			if existing != nil {
				under.state, under.id = there, existing.NID
				under.note = notAs("display name", existing.DisplayName, e.DisplayName) + notAs("type", existing.Type, string(e.Type))
			}
			steps = append(steps, under)
			for k := range e.Rules {
				steps = append(steps, ruleStep(under, &e.Rules[k], rules))
			}
		}
	}
	return steps, errs
}

func ruleStep(above *step, r *plannedRule, rules *record) *step {
	s := &step{above: above, text: fmt.Sprintf("rule %q for %s", r.Name, strings.Join(r.CloudAccounts, ", ")), rule: r}
	recorded := rules.find(above.id, r.Name)
	switch {
	case above.id == "" || recorded == nil:
		if above.state == there {
			s.note = "not recorded here; the API cannot say whether it is there"
		}
	case !recorded.sameAccounts(r.CloudAccounts):
		s.state = differs
		s.note = "was created for " + strings.Join(recorded.CloudAccounts, ", ") + "; no public operation changes a rule: use Klarity's pages"
	case recorded.ID == "":
		s.state = unclear
		s.note = "an earlier run sent it and did not learn what became of it: look at the environment's discovery rules on Klarity's pages, and remove it from the record if it is not there"
	default:
		s.state, s.id = there, recorded.ID
	}
	return s
}

// notAs is a note about something that is not as planned. This program does not change it.
func notAs(what, is, planned string) string {
	if planned == "" || is == planned {
		return ""
	}
	return fmt.Sprintf("the %s is %q, not changed; ", what, is)
}

func (l *landscape) application(name string) (found *graphql.Application, err error) {
	for _, a := range l.applications {
		if a.Name == name {
			if found != nil {
				return nil, fmt.Errorf("application %s: there are several of this name (nids %s and %s)", name, found.NID, a.NID)
			}
			found = a
		}
	}
	return found, nil
}

func environmentOf(a *graphql.Application, name string) (found *graphql.Environment, err error) {
	if a == nil || a.EnvironmentsV2 == nil {
		return nil, nil
	}
	for _, e := range a.EnvironmentsV2.Environments {
		if e != nil && e.Name == name {
			if found != nil {
				return nil, fmt.Errorf("application %s: there are several environments %s (nids %s and %s)", a.Name, name, found.NID, e.NID)
			}
			found = e
		}
	}
	return found, nil
}

// person returns the ID of who has an email address, or an ID.
func (l *landscape) person(who string) (id string, err error) {
	for _, p := range l.people {
		if p.ID != who && !strings.EqualFold(p.Email, who) {
			continue
		}
		if id != "" && id != p.ID {
			return "", fmt.Errorf("the owner %q is the email address of several people (IDs %s and %s): name the ID", who, id, p.ID)
		}
		id = p.ID
	}
	if id == "" {
		return "", fmt.Errorf("the owner %q is neither the email address nor the ID of a person: add them on Klarity's pages, or with graphql.Client.AddPerson", who)
	}
	return id, nil
}

// writeDifference prints what is there and what is missing.
func writeDifference(out *console.Console, plan string, steps []*step) {
	n := tally(steps)
	console.Fprintln(out, fmt.Sprintf("%s: %d to create, %d there.", plan, n[missing], len(steps)-n[missing]))
	for _, s := range steps {
		mark := map[state]string{missing: out.Green("+"), there: "=", unclear: out.Yellow("?"), differs: out.Yellow("≠")}[s.state]
		text := strings.Repeat("  ", s.depth()) + mark + " " + console.Printable(s.text)
		if note := strings.TrimSuffix(s.note, "; "); note != "" {
			text += out.Faint(" (" + console.Printable(note) + ")")
		}
		console.Fprintln(out, "  "+text)
	}
}

func (s *step) depth() (n int) {
	for ; s.above != nil; s = s.above {
		n++
	}
	return n
}

func tally(steps []*step) map[state]int {
	n := make(map[state]int)
	for _, s := range steps {
		n[s.state]++
	}
	return n
}
