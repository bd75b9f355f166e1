package inventory

import "strings"

// decode returns a name as people know it. vSphere stores a slash, a backslash and a percent sign
// as escapes, and nothing else, so that other percent signs stay: the documentation of the property
// ManagedEntity.name has the three.
func decode(name string) string { return escapes.Replace(name) }

var escapes = strings.NewReplacer("%2f", "/", "%2F", "/", "%5c", `\`, "%5C", `\`, "%25", "%")
