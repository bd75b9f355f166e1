//go:build !elastic

package main

// elasticRows are empty without the tag elastic: Elasticsearch's client has almost a thousand
// packages, which take minutes to compile.
var elasticRows []row
