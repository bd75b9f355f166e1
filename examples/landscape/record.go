package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// record is the discovery rules that were created, in a file. No public operation lists rules,
// so without it each run would create them again.
type record struct {
	file  string // empty: nothing is kept
	Rules []recordedRule
}

type recordedRule struct {
	EnvironmentNID string   `json:"environmentNid"`
	Name           string   `json:"name"`
	CloudAccounts  []string `json:"cloudAccounts"`
	// ID is what the API called it. It is empty from before the rule is sent until the API has
	// responded: a rule without one may be there.
	ID string `json:"id,omitempty"`
}

func openRecord(file string) (*record, error) {
	r := &record{file: file}
	if file == "" {
		return r, nil
	}
	if target, err := filepath.EvalSymlinks(file); err == nil {
		r.file = target // save would replace the link
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	} else if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields() // another file must not be replaced
	if err := decoder.Decode(r); err != nil || decoder.More() {
		err = cmp.Or(err, errors.New("there is more after its end"))
		return nil, fmt.Errorf("%s, the record of the rules that were created, cannot be read: %w", file, err)
	}
	return r, nil
}

// find returns what is recorded of a rule, or nil.
func (r *record) find(environmentNID, name string) *recordedRule {
	for i := range r.Rules {
		if r.Rules[i].EnvironmentNID == environmentNID && r.Rules[i].Name == name {
			return &r.Rules[i]
		}
	}
	return nil
}

// begin records that a rule is about to be created.
func (r *record) begin(environmentNID string, rule plannedRule) error {
	r.Rules = append(r.Rules, recordedRule{EnvironmentNID: environmentNID, Name: rule.Name, CloudAccounts: rule.CloudAccounts})
	return r.save()
}

// end records what became of the latest rule: it has an ID, or it is not there.
func (r *record) end(id string) error {
	last := len(r.Rules) - 1
	if id != "" {
		r.Rules[last].ID = id
	} else {
		r.Rules = r.Rules[:last]
	}
	return r.save()
}

// save replaces the file as a whole: it is never half written.
func (r *record) save() error {
	if r.file == "" {
		return nil
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(r.file), filepath.Base(r.file)+".*")
	if err != nil {
		return err
	}
	if old, statErr := os.Stat(r.file); statErr == nil {
		_ = temporary.Chmod(old.Mode().Perm())
	}
	_, err = temporary.Write(append(text, '\n'))
	if err == nil {
		err = temporary.Sync()
	}
	if closeErr := temporary.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(temporary.Name(), r.file)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}

// sameAccounts reports whether a rule matches the accounts that were recorded.
func (r *recordedRule) sameAccounts(accounts []string) bool {
	a, b := slices.Sorted(slices.Values(r.CloudAccounts)), slices.Sorted(slices.Values(accounts))
	return strings.Join(a, "\x00") == strings.Join(b, "\x00")
}
