package main

import (
	"io"
	"text/template"

	"github.com/klarity-go/klarity/api/apitest"
)

// printInstructions prints shell commands that use the emulator. It prints the secret only if
// it was generated for this emulator and so gives access to nothing else.
func printInstructions(w io.Writer, s *apitest.Server, generated bool) {
	c := s.Credentials()
	_ = instructions.Execute(w, map[string]any{
		"URL": s.URL, "TokenURL": s.TokenURL, "Audience": apitest.DefaultAudience,
		"ID": c.ClientID, "Secret": c.ClientSecret, "Generated": generated,
	})
}

var instructions = template.Must(template.New("instructions").Parse(`# Klarity's emulator listens on {{.URL}} until it is interrupted.
#
# In another shell, set this first; the other examples, such as go run ./examples/upload,
# then use the emulator too:

export KLARITY_API_URL={{.URL}}
export KLARITY_TOKEN_URL={{.TokenURL}}
{{- if .Generated}}
export KLARITY_CLIENT_ID={{.ID}}
export KLARITY_CLIENT_SECRET={{.Secret}}
{{- else}}
# KLARITY_CLIENT_ID and KLARITY_CLIENT_SECRET are the same as in this shell
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

`))
