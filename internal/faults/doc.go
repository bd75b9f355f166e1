// Package faults drives the SDK through faults of the network, of the API and of the
// identity service, and checks after each run that nothing was lost and nothing is claimed
// that is not so.
//
// A run has a number and a seed, and is made of nothing else: the input, what goes wrong
// and when, the options of the client. What the network and the scheduler add to that is
// theirs. [Suite] does as many as one likes, each in a process that has nothing else in it;
// package far is the other end of the line.
package faults
