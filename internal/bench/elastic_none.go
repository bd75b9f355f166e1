//go:build !elastic

package main

// elasticRows are left out unless they are asked for: Elasticsearch's client brings almost a
// thousand packages, which take minutes to compile.
var elasticRows []row
