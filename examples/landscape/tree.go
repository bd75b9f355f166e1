package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// node is a line of the tree, with those below it.
type node struct {
	text   string
	amount string
	below  []*node
}

// write prints the landscape.
func (l *landscape) write(out *console.Console) {
	roots := []*node{l.applicationNodes(), l.accountNodes()}
	var lines []line
	for _, root := range roots {
		lines = root.lines(lines, "", "")
	}
	text, digits := 0, 0 // the longest text before an amount, and the longest fraction
	for _, l := range lines {
		if l.amount != "" {
			text, digits = max(text, utf8.RuneCountInString(l.text)), max(digits, fraction(l.amount))
		}
	}
	whole := 0
	for _, l := range lines {
		whole = max(whole, utf8.RuneCountInString(l.amount)-fraction(l.amount))
	}
	for _, l := range lines {
		if l.amount != "" {
			pad := text - utf8.RuneCountInString(l.text) + 2 + whole - utf8.RuneCountInString(l.amount) + fraction(l.amount)
			l.text += strings.Repeat(" ", pad) + l.amount
		}
		console.Fprintln(out, l.text)
	}
	if slices.ContainsFunc(lines, func(l line) bool { return l.amount != "" }) {
		console.Fprintln(out, "The API does not say which currency the costs have.")
	}
}

// fraction is the length of a number's fraction, the point included.
func fraction(number string) int {
	if i := strings.IndexByte(number, '.'); i >= 0 {
		return len(number) - i
	}
	return 0
}

type line struct{ text, amount string }

func (n *node) lines(lines []line, first, rest string) []line {
	lines = append(lines, line{first + n.text, n.amount})
	for i, below := range n.below {
		if i < len(n.below)-1 {
			lines = below.lines(lines, rest+"├─ ", rest+"│  ")
		} else {
			lines = below.lines(lines, rest+"└─ ", rest+"   ")
		}
	}
	return lines
}

func (l *landscape) applicationNodes() *node {
	root := &node{}
	var total amount
	environments, known, exact := 0, false, true
	for _, a := range l.applications {
		n := &node{text: title(a.Name, a.DisplayName)}
		if cost, ok := parseAmount(l.costs[a.NID]); ok {
			total.add(cost)
			known = true
			n.amount = cost.String()
		} else {
			n.amount = console.Printable(cost.text)
			exact = exact && cost.text == ""
		}
		if a.EnvironmentsV2 != nil {
			for _, e := range a.EnvironmentsV2.Environments {
				if e != nil {
					environments++
					n.below = append(n.below, &node{text: title(e.Name, e.DisplayName) + typeOf(e)})
				}
			}
		}
		root.below = append(root.below, n)
	}
	root.text = fmt.Sprintf("%s with %s", console.Counted(len(l.applications), "application"), console.Counted(environments, "environment"))
	if known && exact {
		root.text += ", costs of this month"
		root.amount = total.String()
	}
	return root
}

func typeOf(e *graphql.Environment) string {
	if e.Type == "" {
		return ""
	}
	return " (" + console.Printable(e.Type) + ")"
}

// accountNodes has the accounts below their providers.
func (l *landscape) accountNodes() *node {
	root := &node{text: console.Counted(len(l.accounts), "account")}
	accounts := slices.Clone(l.accounts)
	slices.SortStableFunc(accounts, func(a, b *graphql.Account) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.Name, b.Name))
	})
	var provider *node
	for i, a := range accounts {
		if i == 0 || a.Provider != accounts[i-1].Provider {
			provider = &node{text: console.Printable(cmp.Or(a.Provider, "no provider"))}
			root.below = append(root.below, provider)
		}
		details := "ID " + console.Printable(cmp.Or(a.ProviderID, "unknown"))
		if a.Owner != nil && a.Owner.Name != "" {
			details += ", owner " + console.Printable(a.Owner.Name)
		}
		n := &node{text: title(a.Name, a.DisplayName), below: []*node{{text: details}}}
		n.addCosts(a.ChargeTypeCosts)
		provider.below = append(provider.below, n)
	}
	return root
}

// addCosts puts costs below an account, and their sum beside it.
func (n *node) addCosts(costs []graphql.ChargeTypeCost) {
	var total amount
	exact, before := true, len(n.below)
	for _, c := range costs {
		if c.Cost == "" {
			continue
		}
		cost, ok := parseAmount(c.Cost.String())
		exact = exact && ok
		total.add(cost)
		n.below = append(n.below, &node{console.Printable(cmp.Or(c.ChargeType, "no type of charge")), console.Printable(cost.String()), nil})
	}
	if exact && len(n.below) > before {
		n.amount = total.String()
	}
}

// title is a name, with the name that pages show if that is another one.
func title(name, displayName string) string {
	switch {
	case name == "" && displayName == "":
		return "(no name)"
	case displayName == "" || strings.EqualFold(displayName, name):
		return console.Printable(name)
	case name == "":
		return console.Printable(displayName)
	}
	return console.Printable(name + " “" + displayName + "”")
}
