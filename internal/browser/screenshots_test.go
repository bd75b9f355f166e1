package browser

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

var screenshots = flag.String("screenshots", "", "write pictures of the pages to this folder")

// TestScreenshots makes the pictures of the documentation, and some more to look at.
func TestScreenshots(t *testing.T) {
	if *screenshots == "" {
		t.Skip("pictures are made with -args -screenshots FOLDER")
	}
	b := open(t)
	p := start(t)
	fill(t, p)
	b.run(t, chromedp.Navigate(p.url+"/records?text=build-07"), chromedp.WaitVisible("table.records a"))
	record := evaluate[string](t, b, `document.querySelector("table.records a").getAttribute("href")`)
	for _, l := range looks {
		for name, path := range map[string]string{
			"overview": "/", "records": "/records?type=onprem%2Fvm&text=b", "record": record, "landscape": "/landscape", "requests": "/requests",
		} {
			b.run(t, l.set(), chromedp.Navigate(p.url+path), chromedp.WaitVisible("#state"))
			picture, err := chromedp.Run(b, chromedp.FullScreenshot(100))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(*screenshots, name+"-"+l.String()+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// fill sends what makes a picture: the sample sheet, machines with costs, and some requests
// that are refused.
func fill(t *testing.T, p *program) {
	t.Helper()
	upload := exec.Command(build(t, "upload"))
	upload.Env = p.env
	if out, err := upload.CombinedOutput(); err == nil || upload.ProcessState.ExitCode() != 1 {
		t.Fatalf("upload: got %v, want exit status 1, for the rows that are wrong: %s", err, out)
	}
	var records []*models.EstateRecord
	for i := range 12 {
		r := &models.EstateRecord{
			ID: "build-" + string(rune('0'+i/10)) + string(rune('0'+i%10)), Type: "onprem/vm", Name: "Build machine " + string(rune('A'+i)),
			Tags:         api.Tags(map[string]string{"application": "ci", "environment": "production", "owner": "mira.aalto"}),
			Metadata:     map[string]any{"cpus": 8, "memory": "32 GB", "site": map[string]any{"room": "B2.11", "rack": 7}, "disks": []any{"nvme0", "nvme1"}},
			ValidThrough: "2027-12",
			Costs:        &models.Costs{Currency: "EUR"},
		}
		for d := range 61 {
			cents := 1875 + 90*i + (d*d*37+d*211)%640
			if weekday := (d + 4) % 7; weekday > 4 {
				cents -= 900
			}
			value := string([]byte{byte('0' + cents/1000), byte('0' + cents/100%10), '.', byte('0' + cents/10%10), byte('0' + cents%10)})
			r.Costs.Values = append(r.Costs.Values, api.Cost(time.Date(2026, 9, 1+d, 0, 0, 0, 0, time.UTC), value))
		}
		records = append(records, r)
	}
	p.upsert(t, records...)
	_, _ = p.client.UpsertOnce(t.Context(), nil)
	_ = p.graphql.Do(t.Context(), `query names { people { name } }`, nil, nil)
	_ = p.graphql.Do(t.Context(), `query wrong { people { name shoeSize } }`, nil, nil)
	stranger, err := api.New(api.Credentials{ClientID: "id", ClientSecret: "wrong"}, api.WithBaseURL(p.url), api.WithTokenURL(p.url+"/oauth/token"))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = stranger.UpsertAll(t.Context(), records[:1])
}
