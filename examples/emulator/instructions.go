package main

import (
	"io"
	"text/template"

	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/examples/internal/console"
)

// settings are what there is to say of how this emulator was started.
type settings struct {
	credentials, key bool // were generated for it, and so give access to nothing else
	file             string
	fail, latency    string
	seed             uint64
}

// printInstructions prints shell commands that use the emulator. It prints the secret and the
// key only if they were generated.
func printInstructions(w io.Writer, s *apitest.Server, how settings) {
	c := s.Credentials()
	_ = instructions.Execute(w, map[string]any{
		"URL": s.URL, "TokenURL": s.TokenURL, "GraphQLURL": s.GraphQLURL, "Audience": apitest.DefaultAudience,
		"ID": c.ClientID, "Secret": c.ClientSecret, "Generated": how.credentials,
		"Key": string(s.APIKey()), "KeyGenerated": how.key,
		"Records": console.Count(s.Len()), "File": how.file, "Fail": how.fail, "Latency": how.latency, "Seed": how.seed,
	})
}

var instructions = template.Must(template.New("instructions").Parse(`# Klarity's emulator listens on {{.URL}} until it is interrupted. Open that
# address in a browser to see what it holds and what was asked of it.
{{- if .File}}
# It began with the state in {{printf "%q" .File}}, if there was one, and keeps it there.
# Records so far: {{.Records}}.
{{- end}}
{{- if or .Fail .Latency}}
# It misbehaves as it was told to:{{with .Fail}} -fail {{.}}{{end}}{{with .Latency}} -latency {{.}}{{end}} -seed {{.Seed}}.
# The commands below may fail, then.
{{- end}}
#
# In another shell, set this first; the other examples, such as go run ./examples/upload,
# then use the emulator too:

export KLARITY_API_URL={{.URL}}
export KLARITY_TOKEN_URL={{.TokenURL}}
export KLARITY_GRAPHQL_URL={{.GraphQLURL}}
{{- if .Generated}}
export KLARITY_CLIENT_ID={{.ID}}
export KLARITY_CLIENT_SECRET={{.Secret}}
{{- else}}
# KLARITY_CLIENT_ID and KLARITY_CLIENT_SECRET are the same as in this shell
{{- end}}
{{- if .KeyGenerated}}
export KLARITY_API_KEY={{.Key}}
{{- else}}
# KLARITY_API_KEY is the same as in this shell
{{- end}}

# Get a token; it is valid for an hour:

token=$(curl --silent --request POST \
  --url "$KLARITY_TOKEN_URL" \
  --header 'content-type: application/json' \
  --data '{"client_id":"'"$KLARITY_CLIENT_ID"'","client_secret":"'"$KLARITY_CLIENT_SECRET"'","audience":"{{.Audience}}","grant_type":"client_credentials"}' \
  | sed 's/.*"access_token": *"\([^"]*\)".*/\1/')

# Create a record, or update it; null clears a tag:

curl --request POST \
  --url "$KLARITY_API_URL/v1/estateRecords" \
  --header 'content-type: application/json' \
  --header "Authorization: Bearer $token" \
  --data '{
  "records": [
    {
      "id": "js002",
      "name": "Jira Subscription 002",
      "type": "jira/subscription/basic",
      "metadata": {},
      "tags": {"key": "key_example", "legacy": null},
      "costs": {"currency": "EUR", "values": [{"date": "2026-11-01", "value": "12.50"}]}
    }
  ]
}'

# Attach data to a record, whoever created it, by its nid:

curl --request POST \
  --url "$KLARITY_API_URL/v1/enrichments/estateRecords" \
  --header 'content-type: application/json' \
  --header "Authorization: Bearer $token" \
  --data '{
  "enrichments": [
    {
      "record": {"nid": "6f3c9d52-7f0e-4d0c-9b6a-0d5f0e8a41c7"},
      "data": {"backup": {"state": "ok"}}
    }
  ]
}'

# Delete the record from all billing periods:

curl --request DELETE \
  --url "$KLARITY_API_URL/v1/estateRecords" \
  --header 'content-type: application/json' \
  --header "Authorization: Bearer $token" \
  --data '{
  "period": "all",
  "records": [
    {"id": "js002", "type": "jira/subscription/basic", "name": "Jira Subscription 002"}
  ]
}'

# Ask the GraphQL API, which knows an invented organisation, for the names of its accounts:

curl --request POST \
  --url "$KLARITY_GRAPHQL_URL" \
  --header "x-api-key: $KLARITY_API_KEY" \
  --header 'content-type: application/json' \
  --data '{"query": "query exampleQuery {accountsV2(limit: 100, page: 0) {accounts {name}}}"}'

`))
