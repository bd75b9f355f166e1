package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/clarity/internal/clarity"
	"github.com/klarity-go/klarity/examples/clarity/internal/claritytest"
	"github.com/klarity-go/klarity/examples/internal/job/jobtest"
)

const (
	nidA = "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"
	nidB = "0b0c3f0e-53a5-4b0c-8a3c-5d9a2f8f2b11"

	statusJSON = `[{"nodeId":"A7K2M9QP","lastReadingReceivedAt":"2025-06-07T08:09:10.123Z","summaryPerCategory":[
		{"alarmCategory":"activity","summary":"OK"},{"alarmCategory":"power","summary":"ALARMS"},{"alarmCategory":"communication","summary":"ALARMS"}],
		"batteryChargePercent":87.5,"signalLevel":"3-good","overallStatus":"needs attention"}]`
	measurementsJSON = `{"request":{"org":"harbourAB12"},"data":[
		{"datasourceId":"DQXWV1234","time":"2025-06-07T08:00:00.000Z","metric":"pm2_5ConcMass1HourMean","raw":11.9,"value":9.42,"status":"calibrated-ready","qcAssessment":"valid"},
		{"datasourceId":"DQXWV1234","time":"2025-06-07T09:00:00.000Z","metric":"pm2_5ConcMass1HourMean","raw":13.5,"value":null,"status":"calibration-missing","qcAssessment":"invalid"},
		{"datasourceId":"DQXWV1234","time":"2025-06-07T08:00:00.000Z","metric":"pm2_5ConcMassNowcastUsEpaAqi","raw":51,"value":47,"status":"calibrated-ready"},
		{"datasourceId":"DRTYU5678","time":"2025-06-07T07:00:00.000Z","metric":"pm2_5ConcMass1HourMean","raw":8.1,"value":8.1,"status":"sensor-ready","qcAssessment":"valid"}],
		"locations":[{"datasourceId":"DRTYU5678","lat":52.1,"lon":4.8},{"datasourceId":"DRTYU5678","lat":52.2,"lon":4.9},{"datasourceId":"DQXWV1234","lat":1,"lon":2}]}`

	// statusOfA is the status that these make, of the datasource with a node.
	statusOfA = `{"last_seen":"2025-06-07T08:09:10.123Z","health":"needs attention","online":true,"signal":"3-good","battery_percent":87.5,
		"alarm_categories":["power","communication"],"pm25_raw":13.5,"pm25_status":"calibration-missing","pm25_time":"2025-06-07T09:00:00Z",
		"qc":"invalid","aqi":47,"aqi_status":"calibrated-ready","subscription_days_remaining":312`
)

func documentedStatus(c *claritytest.Server) {
	documented(c)
	c.ReplaceBody(clarity.CallStatus, statusJSON)
	c.ReplaceBody(clarity.CallMeasurements, measurementsJSON)
}

// Where the nid is known, the status is an enrichment. The other records do not have it.
func TestStatusAsEnrichment(t *testing.T) {
	k, c := servers(t)
	documentedStatus(c)
	nids := jobtest.File(t, "nids.csv", "id,nid\nDQXWV1234,"+nidA+"\nDGONE9999,"+nidB+"\n")
	runClarity(t, "-nids", nids).Want(t, 0, []string{
		"The status of 3 datasources is not sent: " + nids + " has no nid for them.", "1 id of " + nids + " is not among the datasources of this Org.",
		"accepted        5",
	}, nil)
	got := sent(t, k)
	sameJSON(t, "the enrichment", got[nidA], `{"record":{"nid":"`+nidA+`"},"data":`+statusOfA+`}}`)
	for id, raw := range got {
		if id != nidA && strings.Contains(raw, `"status"`) {
			t.Errorf("%s: got a status in the metadata: %s", id, raw)
		}
	}
}

// With both flags, each record has its status in one place.
func TestStatusAsMetadata(t *testing.T) {
	k, c := servers(t)
	documentedStatus(c)
	nids := jobtest.File(t, "nids.csv", "id,nid\nDRTYU5678,"+nidB+"\n")
	runClarity(t, "-nids", nids, "-status-metadata").Want(t, 0, []string{"The status of 3 datasources goes into their metadata", "accepted        5"}, nil)
	got := sent(t, k)
	status := func(id string) string {
		b, err := json.Marshal(metadata(t, got[id])["status"])
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	sameJSON(t, "the metadata", status("DQXWV1234"), statusOfA+`,"pm25":null}`)
	// A reference site has neither a node nor alarms: its measurements say when it was seen last.
	sameJSON(t, "the enrichment", got[nidB], `{"record":{"nid":"`+nidB+`"},"data":{"last_seen":"2025-06-07T07:00:00Z",
		"pm25":8.1,"pm25_raw":8.1,"pm25_status":"sensor-ready","pm25_time":"2025-06-07T07:00:00Z","qc":"valid"}}`)
	if status("DRTYU5678") != "null" {
		t.Errorf("got the status %s, want none beside the enrichment", status("DRTYU5678"))
	}
	sameJSON(t, "a stopped one", status("DSTOP0001"), `{"last_seen":null,"health":null,"online":null,"signal":null,"battery_percent":null,
		"alarm_categories":null,"pm25":null,"pm25_raw":null,"pm25_status":null,"pm25_time":null,"qc":null,"aqi":null,"aqi_status":null,
		"subscription_days_remaining":null}`)
	// The place of a reference site comes with the measurements, the first of several; that of a
	// node is the node's.
	site, node := metadata(t, got["DRTYU5678"]), metadata(t, got["DQXWV1234"])
	if site["latitude"] != 52.1 || site["longitude"] != 4.8 || node["latitude"] != 52.3676 {
		t.Errorf("got the latitudes %v and %v, want 52.1 and 52.3676", site["latitude"], node["latitude"])
	}
}

// A status that is in the metadata already goes when it becomes an enrichment, and stays when
// nothing is known of the new one.
func TestStatusMovesToTheEnrichment(t *testing.T) {
	k, c := servers(t)
	documentedStatus(c)
	runClarity(t, "-status-metadata").Want(t, 0, nil, nil)
	before, _ := k.Record("clarity/node", "DQXWV1234")
	fail(t, c, "status:403,measurements:403,subscriptions:403")
	runClarity(t, "-status-metadata").Want(t, 1, nil, nil)
	if r, _ := k.Record("clarity/node", "DQXWV1234"); !reflect.DeepEqual(r.Metadata, before.Metadata) {
		t.Errorf("got %v, want %v as before", r.Metadata, before.Metadata)
	}
	for _, body := range requests(k) {
		if strings.Contains(body, `"status":{}`) {
			t.Errorf("sent an empty status: %s", body)
		}
	}
	runClarity(t, "-status-metadata", "-nids", jobtest.File(t, "nids.csv", "id,nid\nDQXWV1234,"+nidA+"\n")).Want(t, 1, nil, nil)
	if r, _ := k.Record("clarity/node", "DQXWV1234"); r.Metadata["status"] != nil {
		t.Errorf("got the status %v in the metadata, want it cleared", r.Metadata["status"])
	}
}

func requests(k *apitest.Server) (bodies []string) {
	for _, r := range k.Requests() {
		bodies = append(bodies, string(r.Body))
	}
	return bodies
}

// What changes each hour is not in the records unless it is asked for.
func TestRecordsDoNotChangeEachHour(t *testing.T) {
	k, c := servers(t)
	c.ReplaceBody(clarity.CallSubscriptions, subscriptionsJSON) // the fake ones move with the day
	runClarity(t).Want(t, 0, nil, nil)
	before := sent(t, k)
	k = apitest.NewServer(t)
	setEnvironment(t, k, c)
	c.Advance(time.Hour)
	runClarity(t).Want(t, 0, nil, nil)
	for id, raw := range sent(t, k) {
		sameJSON(t, id, raw, before[id])
	}
}

// Of a status of which one half is not known, the other is sent.
func TestHalfAStatus(t *testing.T) {
	nids := jobtest.File(t, "nids.csv", "id,nid\nDQXWV1234,"+nidA+"\n")
	for part, want := range map[string]string{
		"status": `{"last_seen":"2025-06-07T09:00:00Z","pm25_raw":13.5,"pm25_status":"calibration-missing","pm25_time":"2025-06-07T09:00:00Z","qc":"invalid",
			"aqi":47,"aqi_status":"calibrated-ready","subscription_days_remaining":312}`,
		"measurements": `{"last_seen":"2025-06-07T08:09:10.123Z","health":"needs attention","online":true,"signal":"3-good","battery_percent":87.5,
			"alarm_categories":["power","communication"],"subscription_days_remaining":312}`,
	} {
		k, c := servers(t)
		documentedStatus(c)
		fail(t, c, part+":403")
		runClarity(t, "-nids", nids).Want(t, 1, nil, nil)
		sameJSON(t, part, sent(t, k)[nidA], `{"record":{"nid":"`+nidA+`"},"data":`+want+`}`)
	}
	k, c := servers(t)
	documentedStatus(c)
	fail(t, c, "status:403,measurements:403,subscriptions:403")
	runClarity(t, "-nids", nids).Want(t, 1, []string{"accepted        4"}, nil)
	if _, ok := sent(t, k)[nidA]; ok {
		t.Error("got an enrichment without any data, want none")
	}
}

// Words that are new are taken as they are.
func TestUnknownWords(t *testing.T) {
	k, c := servers(t)
	documentedStatus(c)
	c.ReplaceBody(clarity.CallStatus, `{"nodes":[{"nodeId":"A7K2M9QP","overallStatus":"resting","signalLevel":"9-stellar","summaryPerCategory":[null,{"alarmCategory":"x","summary":"MAYBE"}]}]}`)
	c.ReplaceBody(clarity.CallMeasurements, `[{"datasourceId":"DQXWV1234","endOfPeriod":"2025-06-07T08:00:00Z","pm2_5ConcMass1HourMean":{"raw":1,"value":2,"status":"brand-new","qc":"disputed"}}]`)
	runClarity(t, "-status-metadata").Want(t, 0, nil, nil)
	status, _ := metadata(t, sent(t, k)["DQXWV1234"])["status"].(map[string]any)
	for key, want := range map[string]any{"health": "resting", "online": true, "signal": "9-stellar", "pm25": 2.0, "pm25_status": "brand-new", "qc": "disputed", "alarm_categories": nil} {
		if status[key] != want {
			t.Errorf("%s: got %v, want %v", key, status[key], want)
		}
	}
}

// A device that is offline is not online; of one whose health is not known, neither is.
func TestOnline(t *testing.T) {
	for word, want := range map[string]any{`"offline"`: false, `"Offline"`: false, `"healthy"`: true, `"needs attention"`: true, `null`: nil, `""`: nil} {
		k, c := servers(t)
		documentedStatus(c)
		c.ReplaceBody(clarity.CallStatus, `[{"nodeId":"A7K2M9QP","overallStatus":`+word+`}]`)
		runClarity(t, "-status-metadata").Want(t, 0, nil, nil)
		status, _ := metadata(t, sent(t, k)["DQXWV1234"])["status"].(map[string]any)
		if got, ok := status["online"]; !ok || got != want {
			t.Errorf("%s: got online %v, want %v", word, got, want)
		}
	}
}

// One query brings the hours of the latest day, of all datasources.
func TestQueryOfMeasurements(t *testing.T) {
	_, c := servers(t)
	var query map[string]any
	c.Replace(clarity.CallMeasurements, func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(&query); err != nil {
			t.Error(err)
		}
		_, _ = w.Write([]byte(`[]`))
	})
	before := time.Now().Add(-24 * time.Hour).Truncate(time.Millisecond)
	runClarity(t, "-status-metadata").Want(t, 0, nil, nil)
	after := time.Now().Add(-24 * time.Hour)
	text, _ := query["startTime"].(string)
	if start, err := time.Parse("2006-01-02T15:04:05.000Z", text); err != nil || start.Before(before) || start.After(after) {
		t.Errorf("got the start %q, %v, want a day ago", text, err)
	}
	delete(query, "startTime")
	want := map[string]any{"org": claritytest.Org, "allDatasources": true, "outputFrequency": "hour", "metricSelect": "only pm2_5*", "qcAssessment": true}
	if !reflect.DeepEqual(query, want) {
		t.Errorf("got the query %v, want %v", query, want)
	}
}

// Without a place of the node, the first of the measurements that can be one counts.
func TestPlaceOfTheMeasurements(t *testing.T) {
	k, c := servers(t)
	c.ReplaceBody(clarity.CallDatasources, `[{"datasourceId":"D1","currentSourceId":"A1"}]`)
	c.ReplaceBody(clarity.CallNodes, `[{"nodeId":"A1","location":null}]`)
	c.ReplaceBody(clarity.CallMeasurements, `{"data":[],"locations":[{"datasourceId":"D1","lat":null,"lon":4},{"datasourceId":"D1","lat":152,"lon":4},
		{"datasourceId":"D1","lat":52.1,"lon":4.8},{"datasourceId":"D1","lat":52.2,"lon":4.9}]}`)
	runClarity(t, "-status-metadata").Want(t, 0, nil, nil)
	if got := metadata(t, sent(t, k)["D1"]); got["latitude"] != 52.1 || got["longitude"] != 4.8 {
		t.Errorf("got the place %v, %v, want 52.1, 4.8", got["latitude"], got["longitude"])
	}
}

// Where the nodes are not known, or not understood, the place that they had stays: that of the
// measurements may be an older one. A reference site has no other.
func TestPlaceStaysWhereTheNodeIsNotKnown(t *testing.T) {
	k, c := servers(t)
	documentedStatus(c)
	runClarity(t, "-status-metadata").Want(t, 0, nil, nil)
	for _, body := range []string{"", `[{"nodeId":"A7K2M9QP","location":"North"}]`, `[{"nodeId":17}]`} {
		c.ReplaceBody(clarity.CallNodes, body)
		runClarity(t, "-status-metadata").Want(t, 1, nil, nil)
		node, _ := k.Record("clarity/node", "DQXWV1234")
		site, _ := k.Record("clarity/reference-site", "DRTYU5678")
		if got := fmt.Sprint(node.Metadata["latitude"], " ", site.Metadata["latitude"]); got != "52.3676 52.1" {
			t.Errorf("%q: got the latitudes %s, want 52.3676 52.1", body, got)
		}
		if sent := requests(k); !strings.Contains(sent[len(sent)-1], `"latitude":52.1`) {
			t.Errorf("%q: the place of the reference site was not sent", body)
		}
	}
}
