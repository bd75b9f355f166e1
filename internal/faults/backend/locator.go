package backend

import (
	"bytes"
	"regexp"
)

// mark is the name of a locator, with a comma beside it.
var locatorName = regexp.MustCompile(`"name":"v-?[0-9]+",|,"name":"v-?[0-9]+"`)

// unmark takes the names out of the locators in a body, and returns the body as it came.
// They tell versions; the emulator would look for records of these names. What is left in
// their place is white space, as the emulator goes on with the same bytes.
func blankLocatorNames(body []byte) (original []byte) {
	original = bytes.Clone(body)
	for _, at := range locatorName.FindAllIndex(body, -1) {
		copy(body[at[0]:at[1]], bytes.Repeat([]byte{' '}, at[1]-at[0]))
	}
	return original
}
