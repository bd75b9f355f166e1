package browser

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience bounds all that is waited for in a browser.
const patience = time.Minute

// A step is an action of chromedp that returns nothing.
type step = chromedp.Action[chromedp.Void]

// A tab is a page of a browser, with what went wrong in it.
type tab struct {
	context.Context
	mu       sync.Mutex // guards the fields below
	problems []string
	requests []string // addresses
}

// open opens a browser with an empty tab until the test ends, or skips the test.
func open(t *testing.T) *tab {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("chromium is not installed")
	}
	profile, err := os.MkdirTemp(programs, "profile-")
	if err != nil {
		t.Fatal(err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.Flag("no-proxy-server", true),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"), // nothing leaves this machine
		chromedp.Flag("force-prefers-reduced-motion", true),
		chromedp.WSURLReadTimeout(patience),
	)
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // chromium refuses to be run by root otherwise
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{}
	err = chromedp.Do(ctx) // starts the browser, which lives as long as the context here
	if err == nil {
		err = chromedp.Listen(ctx, b.listen)
	}
	for _, enable := range []func() error{
		func() error { _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); return err },
		func() error { _, err := chromedp.Call(ctx, log.Enable, cdp.Empty{}); return err },
		func() error { _, err := chromedp.Call(ctx, runtime.Enable, cdp.Empty{}); return err },
	} {
		if err == nil {
			err = enable()
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	b.Context, cancel = context.WithTimeout(ctx, 2*patience)
	t.Cleanup(cancel)
	return b
}

// listen notes errors of scripts, violations of the policy, what could not be loaded, and all
// requests.
func (b *tab) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "an error of a script: "+e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		b.problems = append(b.problems, fmt.Sprintf("console.%s", e.Type))
	case *log.EventEntryAdded:
		b.problems = append(b.problems, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

func (b *tab) run(t *testing.T, actions ...step) {
	t.Helper()
	if err := chromedp.Do(b, actions...); err != nil {
		t.Fatal(err)
	}
}

// wantNoProblems fails the test if anything went wrong, or was asked of another server.
func (b *tab) wantNoProblems(t *testing.T, url string) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, problem := range b.problems {
		t.Errorf("the browser reports %s", problem)
	}
	for _, request := range b.requests {
		if !strings.HasPrefix(request, url+"/") && request != "about:blank" {
			t.Errorf("the page asks for %s", request)
		}
	}
	b.problems, b.requests = nil, nil
}

// A look is a size of the window and a colour scheme.
type look struct {
	width  int64
	scheme string
}

var looks = []look{{360, "light"}, {360, "dark"}, {1280, "light"}, {1280, "dark"}}

func (l look) String() string { return fmt.Sprintf("%d-%s", l.width, l.scheme) }

func (l look) set() step {
	return chromedp.Steps(
		chromedp.EmulateViewport(l.width, 800),
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}},
			})
			return err
		}),
	)
}

// evaluate returns what a script of the test finds in the page.
func evaluate[T any](t *testing.T, b *tab, script string) T {
	t.Helper()
	result, err := chromedp.Run(b, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return result
}
