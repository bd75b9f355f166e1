package inventory

import (
	"encoding/json"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/models"
)

// Klarity's limits (the contract, POST /v1/estateRecords). It does not say whether 1 MB is 10^6
// bytes or 2^20: the smaller one is safe, less what the spelling of JSON may differ by.
const (
	maxText     = 255 // characters of a name, an ID, or a tag's value
	maxTags     = 1000
	maxTagBytes = 900_000 // of the keys and values of all tags
	maxMetadata = 950_000 // bytes of JSON
)

// truncate returns at most limit characters of a text, the last of which shows that there are more.
func truncate(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	return string([]rune(text)[:limit-1]) + "…"
}

// joined is as many of the names as fit into a tag's value. All of them are in the metadata.
func joined(names []string) string {
	text := ""
	for i, name := range names {
		if i > 0 {
			name = text + ", " + name
		}
		if utf8.RuneCountInString(name) > maxText && i > 0 {
			return text
		}
		text = truncate(name, maxText)
	}
	return text
}

// setTags adds values, as many as Klarity takes in the order of their keys, and clears the keys
// that are empty as far as there is room. It returns how many values did not fit.
func setTags(r *models.EstateRecord, values map[string]string, empty []string) (left int) {
	r.Tags = map[string]*string{}
	bytes := 0
	for _, key := range slices.Sorted(maps.Keys(values)) {
		size := jsonBytes(key) + jsonBytes(values[key])
		if len(r.Tags) == maxTags || bytes+size > maxTagBytes {
			left++
			continue
		}
		bytes += size
		r.Tags[key] = api.Tag(values[key])
	}
	slices.Sort(empty)
	for _, key := range empty {
		size := jsonBytes(key) + len("null")
		if _, set := values[key]; !set && len(r.Tags) < maxTags && bytes+size <= maxTagBytes {
			bytes += size
			r.Tags[key] = nil
		}
	}
	if len(r.Tags) == 0 {
		r.Tags = nil
	}
	return left
}

// jsonBytes is how long a value is as JSON. What this package makes can always be encoded.
func jsonBytes(v any) int {
	text, err := json.Marshal(v)
	if err != nil {
		return 0
	}
	return len(text)
}

// shrink takes out of the metadata, largest first, what makes it longer than Klarity takes, and
// notes the keys under left_out, which is null if there are none. It returns them.
func shrink(metadata map[string]any) (out []string) {
	sizes, total := map[string]int{}, len("{}")
	for key, v := range metadata {
		sizes[key] = jsonBytes(v)
		total += jsonBytes(key) + sizes[key] + len(":,")
	}
	for total > maxMetadata && len(sizes) > 0 {
		largest := ""
		for key, size := range sizes {
			if largest == "" || size > sizes[largest] || size == sizes[largest] && key < largest {
				largest = key
			}
		}
		total -= sizes[largest]
		delete(sizes, largest)
		metadata[largest] = nil
		out = append(out, largest)
	}
	metadata["left_out"] = nil
	if len(out) > 0 {
		metadata["left_out"] = out
	}
	return out
}
