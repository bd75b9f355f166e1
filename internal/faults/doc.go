// Package faults runs the SDK under faults of the network, of the API and of the identity
// service, and checks after each run that no record was lost and that every reported outcome
// is true.
//
// A seed and the run's number determine the input, the faults and their times, and the options
// of the client. Only the network and the scheduler add randomness of their own. [Suite] does
// any number of runs in driver processes that hold nothing but the SDK; package backend is the
// server side.
package faults
