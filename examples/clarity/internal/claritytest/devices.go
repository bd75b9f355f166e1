package claritytest

import "fmt"

// devices are the made-up devices of the Org. No place, person or ID is one of a real network.
type devices struct {
	datasources []datasource
	nodes       []node
	modules     []module
}

// datasource is one placement of a device.
type datasource struct {
	id, name, group string
	tags            []string
	source          string // "" for one that is stopped
	reference       bool
	subscription    subscription
	places          [][2]float64 // latitude and longitude; two for one that was moved
	pm25            float64
	uncalibrated    bool
}

type subscription struct {
	id, kind   string
	days       int
	sharedWith []string
}

// node is a device.
type node struct {
	id, sku, model string
	stage          string
	module         *module
	lat, lon       float64 // 0, 0: not known
	health, signal string
	battery        float64 // negative: not known
	silent         int     // hours since the latest reading; negative: there was none
	alarm          string  // a category
	foreign        bool    // of an Org that shares its datasource: not in this one's list
}

type module struct{ id, sku, status, node string }

// The roles of some of the forty datasources, by index.
const (
	total         = 40
	moved         = 5  // has two places, since its node came from the stopped one
	uncalibrated  = 9  // has no calibrated value
	shared        = 12 // comes from another Org
	sharedOut     = 14 // is shared with another Org
	temporary     = 25
	unnamed       = 33
	referenceSite = 38
	stopped       = 39 // its node was moved to another place
)

var (
	streets = []string{"Harbour", "Mill", "School", "Station", "Market", "Bridge", "Garden", "Tower"}
	spots   = []string{"gate", "lane", "square", "crossing", "yard"}
	groups  = []string{"North", "East", "South", "West"}
)

// makeDevices returns the same devices each time.
func makeDevices() devices {
	var d devices
	for i := range total {
		ds := datasource{
			id:    fmt.Sprintf("D%s%04d", letters(i), 1000+i*7),
			name:  streets[i%len(streets)] + " " + spots[i/len(streets)%len(spots)],
			group: groups[i%len(groups)],
			tags:  []string{"outdoor"},
			subscription: subscription{
				id: fmt.Sprintf("S%s%04d", letters(i+3), 2000+i*3), kind: "licensed", days: 20 + i*9,
			},
			pm25: 4.2 + float64(i%11)*1.7,
		}
		lat, lon := 52+float64(i)*0.013, 4.5+float64(i%7)*0.021
		ds.places = [][2]float64{{lat, lon}}
		if i%3 == 0 {
			ds.tags = append(ds.tags, "school")
		}
		if i%5 == 0 {
			ds.tags = append(ds.tags, "district=d"+fmt.Sprint(i/5))
		}
		n := node{
			id: fmt.Sprintf("A%s%03d", letters(i+11), 100+i), sku: fmt.Sprintf("CLA02-%05d", 42+i), model: "Node-S Global",
			stage: "working", lat: lat, lon: lon,
			health: "healthy", signal: "3-good", battery: 60 + float64(i),
		}
		switch i {
		case 3, 17, 30:
			n.health, n.signal, n.silent = "offline", "unknown", 30+i
		case 8, 21:
			n.health, n.alarm, n.battery = "needs attention", "power", 11.5
		case 26:
			n.health, n.signal, n.silent = "offline", "unknown", -1
		}
		if i%4 == 1 {
			n.model, n.battery = "Node-S Mains", -1
		}
		switch i {
		case moved:
			ds.places = [][2]float64{{lat, lon}, {52 + float64(stopped)*0.013, lon}}
		case uncalibrated:
			ds.uncalibrated = true
		case shared:
			ds.subscription.kind, n.foreign = "shared", true
		case sharedOut:
			ds.subscription.sharedWith = []string{"partnerorgCD34"}
		case temporary:
			ds.subscription.kind, ds.subscription.days = "temporary", 5
		case unnamed:
			ds.name = ""
		case referenceSite:
			ds.name, ds.group, ds.tags, ds.reference = "City monitor", "", nil, true
			ds.subscription.kind, ds.subscription.days = "public", 0
		case stopped:
			ds.group = ""
		}
		switch {
		case ds.reference:
			ds.source = "R" + letters(i) + "038"
		case i != stopped:
			ds.source = n.id
			d.nodes = append(d.nodes, n)
		}
		d.datasources = append(d.datasources, ds)
	}
	d.nodes = append(d.nodes,
		node{id: "ASPAR001", sku: "CLA02-00901", model: "Node-S Global", stage: "purchased", health: "offline", signal: "unknown", battery: -1, silent: -1},
		node{id: "AOLDX002", sku: "CLA01-00902", model: "Node-S Global", stage: "decommissioned", lat: 52.1, lon: 4.6, health: "offline", signal: "unknown", battery: -1, silent: 900},
	)
	d.modules = []module{
		{"M0000042", "CLA-WIND02", "paired", d.nodes[0].id},
		{"M0000043", "CLA-OZONE01", "not paired", ""},
		{"M0000044", "CLA-WIND02", "disabled", ""},
		{"M0000045", "CLA-WIND02", "paired", d.nodes[6].id},
	}
	d.nodes[0].module, d.nodes[6].module = &d.modules[0], &d.modules[3]
	return d
}

// letters is the number n as four letters.
func letters(n int) string {
	n = n*7919 + 4211
	b := make([]byte, 4)
	for i := range b {
		b[i] = byte('A' + n%26)
		n /= 26
	}
	return string(b)
}
