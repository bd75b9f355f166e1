package browser

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// paths are the pages without the one of a record.
var paths = []string{"/", "/records", "/landscape", "/requests", "/enrichments"}

// hostile are texts that would do something if they were more than text.
var hostile = []string{
	`<script>window.ran = 1</script>`,
	`<img src=x onerror="window.ran = 2">`,
	`"><svg onload="window.ran = 3">`,
	`' autofocus onfocus='window.ran = 4`,
	`{{.}}</textarea></title><iframe srcdoc="<script>parent.ran = 5</script>">`,
	`javascript:window.ran=6`,
	"\u202edrow \u0000\u0007" + strings.Repeat("long", 50),
}

func hostileRecord(text string) *models.EstateRecord {
	if i := strings.IndexByte(text, 0); i >= 0 {
		text = text[:i] + text[i+1:] // the SDK refuses it
	}
	return &models.EstateRecord{
		ID: text, Type: "t " + text, Name: text, Tags: api.Tags(map[string]string{"k" + text: text}),
		Metadata: map[string]any{text: map[string]any{text: []any{text}}},
		Costs:    &models.Costs{Currency: "EUR", Values: []models.CostElement{api.Cost(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), "1")}},
	}
}

// Whatever a record says, it is text: it runs nothing, loads nothing, and does not make the
// page wider than the window.
func TestHostileRecordsRunNothing(t *testing.T) {
	b := open(t)
	p := start(t)
	for _, text := range hostile {
		p.upsert(t, hostileRecord(text))
	}
	for _, text := range hostile {
		_ = p.graphql.Do(t.Context(), `mutation add($name: String!) { addPerson(input: {name: $name, email: $name}) { id } }`,
			map[string]any{"name": text}, nil)
		_ = p.graphql.Do(t.Context(), `{ a(b: "`+strings.ReplaceAll(text, `"`, `\"`)+`") }`, nil, nil)
	}
	b.run(t, chromedp.Navigate(p.url+"/records"), chromedp.WaitVisible("table.records"))
	records := evaluate[[]string](t, b, `[...document.querySelectorAll("table.records a")].map((a) => a.getAttribute("href"))`)
	if len(records) != len(hostile) {
		t.Fatalf("got %d records in the list, want %d", len(records), len(hostile))
	}
	for _, l := range looks {
		b.run(t, l.set())
		for _, path := range append(records, paths...) {
			b.run(t, chromedp.Navigate(p.url+path), chromedp.WaitVisible("h1, dl.facts"))
			if ran := evaluate[any](t, b, `window.ran ?? null`); ran != nil {
				t.Errorf("%s: script %v of a record was run", path, ran)
			}
			if n := evaluate[int](t, b, `document.querySelectorAll("script:not([src]), iframe, img, [onload], [onfocus], [onerror]").length`); n != 0 {
				t.Errorf("%s: got %d elements of a record, want text", path, n)
			}
			if wider := evaluate[int](t, b, `document.documentElement.scrollWidth - innerWidth`); wider > 0 {
				t.Errorf("%s at %s: the page is %d pixels wider than the window", path, l, wider)
			}
		}
	}
	b.wantNoProblems(t, p.url)
}

// A record appears on its own, and leaves in the same way, while the focus stays where it was.
func TestRecordsAppearLive(t *testing.T) {
	for _, l := range looks {
		t.Run(l.String(), func(t *testing.T) {
			b := open(t)
			p := start(t)
			b.run(t, l.set(), chromedp.Navigate(p.url+"/records"), chromedp.WaitVisible(`//p[text()="The estate is empty."]`))
			p.upsert(t, &models.EstateRecord{ID: "first", Type: "vm"})
			b.run(t, chromedp.WaitVisible(`//a[text()="first"]`), chromedp.Focus(`//a[text()="first"]`))
			p.upsert(t, &models.EstateRecord{ID: "earlier", Type: "vm"}, &models.EstateRecord{ID: "x", Type: "a"})
			b.run(t, chromedp.WaitVisible(`//a[text()="earlier"]`))
			if got := evaluate[string](t, b, `document.activeElement.textContent`); got != "first" {
				t.Errorf("the focus is on %q now, want it where it was", got)
			}
			b.run(t, chromedp.Click(`//a[text()="first"]`), chromedp.WaitVisible(`//h1[text()="first"]`))
			if _, err := p.client.DeleteAll(t.Context(), models.PeriodAll, []*models.RecordLocator{{ID: "first", Type: "vm"}}); err != nil {
				t.Fatal(err)
			}
			b.run(t, chromedp.WaitVisible(`//h1[text()="No such record"]`))
			b.mu.Lock()
			// A browser reports the 404 that says so.
			for i, problem := range b.problems {
				if strings.Contains(problem, "404") {
					b.problems = append(b.problems[:i], b.problems[i+1:]...)
					break
				}
			}
			b.mu.Unlock()
			b.wantNoProblems(t, p.url)
		})
	}
}

func TestPause(t *testing.T) {
	b := open(t)
	p := start(t)
	b.run(t, chromedp.Navigate(p.url+"/requests"), chromedp.WaitVisible(`//p[@class="empty"]`),
		chromedp.Click("#pause"), chromedp.WaitVisible(`//button[text()="Resume"]`))
	p.upsert(t, &models.EstateRecord{ID: "1", Type: "vm"})
	if got := evaluate[string](t, b, `document.getElementById("state").textContent`); got != "Paused" {
		t.Errorf("the page says %q, want Paused", got)
	}
	b.run(t, chromedp.Click("#pause"), chromedp.WaitVisible(`//span[text()="Upsert"]`))
	b.wantNoProblems(t, p.url)
}

// Without script, everything can be seen, searched and turned over.
func TestWithoutScript(t *testing.T) {
	b := open(t)
	p := start(t)
	var records []*models.EstateRecord
	for i := range 120 {
		records = append(records, &models.EstateRecord{ID: fmt.Sprintf("vm-%03d", i), Type: "vm"})
	}
	p.upsert(t, records...)
	if _, err := chromedp.Call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.run(t, chromedp.Navigate(p.url+"/"),
		chromedp.WaitVisible(`//*[contains(text(), "Reload to see what is new.")]`),
		chromedp.Click(`//th/a[text()="vm"]`), chromedp.WaitVisible(`//a[text()="vm-000"]`),
		chromedp.Click(`a[rel=last]`), chromedp.WaitVisible(`//a[text()="vm-119"]`),
		chromedp.SendKeys("#text", "VM-07"), chromedp.Click(`form button`),
		chromedp.WaitVisible(`//p[contains(text(), "10 records of 120 found.")]`),
		chromedp.Click(`//a[text()="vm-077"]`), chromedp.WaitVisible(`//h1[text()="vm-077"]`),
	)
	b.wantNoProblems(t, p.url)
}

// A screen reader finds its way: landmarks, one heading of the first level, names for all that
// can be used, captions and scopes, and text that can be told from its background.
func TestPagesAreAccessible(t *testing.T) {
	b := open(t)
	p := start(t)
	p.upsert(t, hostileRecord("x"))
	b.run(t, chromedp.Navigate(p.url+"/records"), chromedp.WaitVisible("table.records"))
	record := evaluate[string](t, b, `document.querySelector("table.records a").getAttribute("href")`)
	for _, l := range looks {
		b.run(t, l.set())
		for _, path := range append([]string{record}, paths...) {
			b.run(t, chromedp.Navigate(p.url+path), chromedp.WaitVisible("main"))
			for _, problem := range evaluate[[]string](t, b, accessibility) {
				t.Errorf("%s at %s: %s", path, l, problem)
			}
		}
	}
}

const accessibility = `(() => {
  const problems = [];
  const one = (selector) => { const n = document.querySelectorAll(selector).length; if (n !== 1) problems.push(n + " of " + selector + ", want 1"); };
  ["main", "header", "footer", "h1", "head title", "html[lang]", "nav[aria-label=Sections]", "[role=status]"].forEach(one);
  for (const table of document.querySelectorAll("table")) {
    if (!table.caption || !table.caption.textContent.trim()) problems.push("a table without a caption");
  }
  for (const th of document.querySelectorAll("th:not([aria-hidden])")) {
    if (!th.scope || !th.textContent.trim()) problems.push("a heading without scope or text");
  }
  for (const field of document.querySelectorAll("input, select")) {
    if (!field.labels.length) problems.push("a field without a label: " + field.id);
  }
  for (const e of document.querySelectorAll("a, button, summary")) {
    if (!e.textContent.trim() && !e.hidden) problems.push("a link or a button without text");
  }
  const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) problems.push("the id " + id + " occurs twice");
  for (const e of document.querySelectorAll("[aria-labelledby]")) {
    if (!document.getElementById(e.getAttribute("aria-labelledby"))) problems.push("labelled by nothing: " + e.outerHTML.slice(0, 80));
  }
  let level = 0;
  for (const h of document.querySelectorAll("h1, h2, h3")) {
    const n = Number(h.tagName[1]);
    if (n > level + 1) problems.push("a heading of level " + n + " after one of level " + level);
    level = n;
  }
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => numbers(colour).slice(0, 3)
    .map((c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; })
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const background = (e) => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !e.checkVisibility() || e.closest("script, noscript, option, .hidden, svg, [aria-hidden=true]")) continue;
    const [a, b] = [luminance(getComputedStyle(e).color), luminance(background(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) problems.push("a contrast of " + contrast.toFixed(2) + ": " + texts.currentNode.data.trim().slice(0, 40));
  }
  return [...new Set(problems)];
})()`
