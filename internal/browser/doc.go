// Package browser looks at the page of the emulator, examples/emulator, with a real browser:
// Debian's chromium, driven over its DevTools protocol. It has tests only, in a module of its
// own, because the protocol's types alone are larger than the SDK.
package browser
