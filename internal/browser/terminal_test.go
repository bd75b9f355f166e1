package browser

import (
	"bytes"
	"html"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/creack/pty"
)

// TestTerminalScreenshot makes the picture of what upload prints on a terminal, with
// -screenshots. Without it, it checks that the program draws for one: colours, and no line wider
// than the terminal.
func TestTerminalScreenshot(t *testing.T) {
	const columns = 100
	cmd := exec.Command(build(t, "upload"), "-dry-run")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: columns})
	if err != nil {
		t.Skipf("there is no terminal: %v", err)
	}
	var out bytes.Buffer
	_, _ = io.Copy(&out, terminal) // ends with an error when the program does
	_ = terminal.Close()
	if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 {
		t.Fatalf("got %v, want exit status 1, for the rows that are wrong: %s", err, &out)
	}
	lines := screen(out.String())
	for _, l := range lines {
		if n := len([]rune(sgr.ReplaceAllString(l, ""))); n > columns {
			t.Errorf("a line has %d characters: %q", n, l)
		}
	}
	for _, want := range []string{"\x1b[31minvalid", "█", "\x1b[33m7 of 120 records"} { // on both streams
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q", want)
		}
	}
	if *screenshots == "" {
		return
	}
	if i := slices.IndexFunc(lines, func(l string) bool { return strings.Contains(l, "The most expensive") }); i > 0 {
		lines = append(lines[:i], "…")
	}
	b := open(t)
	page := `<style>body{margin:0;background:#16181d;color:#d7dae0;font:14px/1.35 "DejaVu Sans Mono",monospace}
pre{margin:0;padding:18px 22px;font:inherit;display:inline-block}
.c1{font-weight:bold}.c2{color:#8b909b}.c31{color:#ff7b72}.c32{color:#7ee787}.c33{color:#e3b341}</style><pre>` +
		coloured("$ go run ./examples/upload -dry-run\n"+strings.Join(lines, "\n")) + `</pre>`
	b.run(t, chromedp.EmulateViewport(930, 600), chromedp.Navigate("data:text/html;charset=utf-8,"+url.PathEscape(page)))
	picture, err := chromedp.Run(b, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, "terminal.png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

var sgr = regexp.MustCompile("\x1b\\[([0-9]*)m")

// screen is what a terminal shows of an output that draws its progress over itself.
func screen(out string) (lines []string) {
	for line := range strings.SplitSeq(strings.TrimRight(out, "\r\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		if i := strings.LastIndex(line, "\r"); i >= 0 {
			line = line[i+1:]
		}
		lines = append(lines, strings.ReplaceAll(line, "\x1b[K", ""))
	}
	return lines
}

// coloured is a terminal's text as HTML.
func coloured(text string) string {
	open := false
	return sgr.ReplaceAllStringFunc(html.EscapeString(text), func(code string) string {
		end := ""
		if open {
			end = "</span>"
		}
		code = sgr.FindStringSubmatch(code)[1]
		if open = code != "0" && code != ""; !open {
			return end
		}
		return end + `<span class="c` + code + `">`
	})
}
