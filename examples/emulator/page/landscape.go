package page

import (
	"net/http"

	"github.com/klarity-go/klarity/api/apitest"
)

// maxListed is how many elements of a list of the landscape are shown; the JSON has all.
const maxListed = 500

type landscapeData struct {
	apitest.Landscape
	Counts landscapeCounts
	Cut    bool              // a list is longer than what is shown
	people map[string]string // their names by ID
	names  map[string]string // of applications and accounts, by nid
}

func (p *page) landscape(w http.ResponseWriter, r *http.Request) {
	if p.unchanged(w, r, true) {
		return
	}
	l := p.emulator.Landscape()
	data := landscapeData{Landscape: l, Counts: countLandscape(l), people: make(map[string]string), names: make(map[string]string)}
	for _, person := range l.People {
		data.people[person.ID] = person.Name
	}
	for _, a := range l.Applications {
		data.names[a.NID] = a.Name
	}
	for _, a := range l.Accounts {
		data.names[a.NID] = a.Name
	}
	shown := &data.Landscape
	for _, cut := range []bool{
		cutList(&shown.Applications), cutList(&shown.Accounts), cutList(&shown.People),
		cutList(&shown.Events), cutList(&shown.AccessKeys),
	} {
		data.Cut = data.Cut || cut
	}
	p.show(w, r, view{template: "landscape", title: "Landscape", section: "/landscape", data: data, json: l, jsonPath: "/landscape.json"})
}

// cutList cuts a list that is too long to be shown, and reports whether it did.
func cutList[T any](list *[]T) bool {
	if len(*list) <= maxListed {
		return false
	}
	*list = (*list)[:maxListed]
	return true
}

// Owner returns the name of a person, or the ID if nobody has it.
func (d landscapeData) Owner(id string) string {
	if name, ok := d.people[id]; ok {
		return name
	}
	return id
}

// NameOf returns the name of an application or an account, or the nid if there is none.
func (d landscapeData) NameOf(nid string) string {
	if name := d.names[nid]; name != "" {
		return name
	}
	return nid
}
