// Package inventory reads the virtual machines, templates, hosts and datastores of a vCenter, or of
// a single ESXi host, as estate records.
//
// Objects come from property collector runs over container views, one for each kind of object, a
// page at a time: records are yielded as pages arrive, and what is held does not grow with the
// number of virtual machines, but for about 200 bytes each that tell which ones were read. Names
// of folders, clusters, hosts and datastores are held for the whole run.
//
// It writes nothing to vSphere.
package inventory
