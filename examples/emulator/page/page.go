// Package page shows what an emulator of Klarity holds: the records of its estate, the
// landscape of its GraphQL API, and the requests so far. It is plain HTML made by the server;
// a script keeps it up to date, and is not needed otherwise. Everything it shows is there as
// JSON, too.
package page

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/console"
)

//go:embed assets
var assets embed.FS

// A page is what the handlers share.
type page struct {
	emulator *apitest.Emulator
	remote   bool
	start    string // of each ETag: counters begin anew with each emulator
}

// Routes returns a function for apitest.WithRoutes. Unless remote, only requests to a name of
// this machine are served: a website whose name leads here must not read the estate.
func Routes(remote bool) func(*apitest.Emulator) *http.ServeMux {
	return func(e *apitest.Emulator) *http.ServeMux {
		p := &page{emulator: e, remote: remote, start: rand.Text()[:8]}
		mux := http.NewServeMux()
		handle := func(path string, handler http.HandlerFunc) {
			mux.Handle("GET "+path, p.guard(handler))
		}
		handle("/{$}", p.overview)
		handle("/index.json", p.overview)
		handle("/records", p.records)
		handle("/records.json", p.records)
		handle("/records/{nid}", p.record) // also NID.json
		handle("/enrichments", p.enrichments)
		handle("/enrichments.json", p.enrichments)
		handle("/landscape", p.landscape)
		handle("/landscape.json", p.landscape)
		handle("/requests", p.requests)
		handle("/requests.json", p.requests)
		for name, contentType := range map[string]string{
			"style.css": "text/css; charset=utf-8", "live.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
		} {
			content, err := assets.ReadFile("assets/" + name)
			if err != nil {
				panic("page: " + err.Error()) // it is embedded
			}
			handle("/"+name, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", contentType)
				_, _ = w.Write(content)
			})
		}
		return mux
	}
}

// A view is what a request to see something gets.
type view struct {
	template string
	title    string
	section  string // of the navigation
	status   int    // 200 unless set
	data     any    // for the template, and as JSON unless json is set
	json     any
	jsonPath string // where the same is as JSON; "" for nowhere
}

// etag returns a tag that changes when what is shown may have. Requests count unless a view
// shows the state only.
func (p *page) etag(stateOnly bool) string {
	state, requests := p.emulator.Changes()
	if stateOnly {
		requests = 0
	}
	return fmt.Sprintf(`"%s-%d-%d"`, p.start, state, requests)
}

// unchanged answers a request of somebody who has seen what is there, and reports whether it
// did. It is asked before what is shown is read, so that no change is missed.
func (p *page) unchanged(w http.ResponseWriter, r *http.Request, stateOnly bool) bool {
	tag := p.etag(stateOnly)
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") != tag {
		return false
	}
	w.WriteHeader(http.StatusNotModified)
	return true
}

// show writes a view, as JSON if that is what the path says.
func (p *page) show(w http.ResponseWriter, r *http.Request, v view) {
	if v.status == 0 {
		v.status = http.StatusOK
	}
	var body bytes.Buffer
	contentType := "text/html; charset=utf-8"
	var err error
	if strings.HasSuffix(r.URL.Path, ".json") {
		contentType = "application/json"
		enc := json.NewEncoder(&body)
		enc.SetIndent("", "  ")
		if v.json == nil {
			v.json = v.data
		}
		err = enc.Encode(v.json)
	} else {
		err = templates[v.template].ExecuteTemplate(&body, "layout.html", map[string]any{
			"Title": v.title, "Section": v.section, "JSON": v.jsonPath, "Data": v.data,
			"Version":  w.Header().Get("ETag"),
			"Summary":  "The estate has " + console.Counted(p.emulator.Len(), "record"),
			"Sections": sections,
		})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(v.status)
	_, _ = w.Write(body.Bytes())
}

var sections = []struct{ Path, Name string }{
	{"/", "Overview"}, {"/records", "Records"}, {"/landscape", "Landscape"}, {"/requests", "Requests"},
}

// templates are the pages by name, each with the layout around it.
var templates = func() map[string]*template.Template {
	all := make(map[string]*template.Template)
	common := template.Must(template.New("").Funcs(template.FuncMap{
		"count": console.Count, "plural": console.Counted, "money": money, "clip": clip,
	}).ParseFS(assets, "assets/layout.html", "assets/parts.html"))
	for _, name := range []string{"overview", "records", "record", "enrichments", "landscape", "requests", "missing"} {
		all[name] = template.Must(template.Must(common.Clone()).ParseFS(assets, "assets/"+name+".html"))
	}
	return all
}()
