// Package simulated is a vCenter in this process, for trying the program and for its tests:
// govmomi's simulator, which speaks vCenter's APIs, with a made-up estate in it. It listens on a
// loopback address.
package simulated

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"net/url"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator" // adds the API of tags

	"github.com/klarity-go/klarity/examples/vsphere/inventory"
)

// Username is the user that can log in.
const Username = "reader@vsphere.local"

// How many machines an estate has: if nothing else is said, at least, and at most. 10,000 take
// about a second to make, and 60 MB.
const (
	Machines    = 40
	MinMachines = 10
	MaxMachines = 100_000
)

// VCenter is a running vCenter.
type VCenter struct {
	URL      *url.URL // without a user
	Password string
	Model    *simulator.Model
	Server   *simulator.Server
}

// Start starts a vCenter with the given number of machines and templates, within the bounds above;
// secure says whether it speaks TLS, with a certificate that nobody trusts. The caller must Close
// it.
func Start(machines int, secure bool) (*VCenter, error) {
	model := simulator.VPX()
	model.Machine, model.Datastore = 1, 2
	if err := model.Create(); err != nil {
		return nil, fmt.Errorf("starting the simulated vCenter: %w", err)
	}
	v := &VCenter{Model: model, Password: rand.Text()}
	model.Service.RegisterEndpoints = true
	model.Service.Listen = &url.URL{User: url.UserPassword(Username, v.Password)}
	if secure {
		model.Service.TLS = new(tls.Config)
	}
	v.Server = model.Service.NewServer()
	address := *v.Server.URL
	address.User = nil
	v.URL = &address
	if err := v.populate(context.Background(), min(max(machines, MinMachines), MaxMachines)); err != nil {
		v.Close()
		return nil, fmt.Errorf("filling the simulated vCenter: %w", err)
	}
	return v, nil
}

// Config is what an [inventory.Source] needs to read it, but for the certificate.
func (v *VCenter) Config() inventory.Config {
	return inventory.Config{URL: v.URL, Username: Username, Password: inventory.Secret(v.Password)}
}

// Close stops it, and removes its files.
func (v *VCenter) Close() {
	v.Server.Close()
	v.Model.Remove()
}

// login opens a session in which objects can be created.
func (v *VCenter) login(ctx context.Context) (*govmomi.Client, error) {
	address := *v.URL
	address.User = url.UserPassword(Username, v.Password)
	// The certificate is that of this process, at an address of this machine.
	return govmomi.NewClient(ctx, &address, true)
}
