package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/klarity-go/klarity/api/graphql"
)

// plan is what has to be there.
type plan struct {
	Applications []plannedApplication
}

type plannedApplication struct {
	Name         string
	DisplayName  string `yaml:"displayName"`
	Description  string
	Owner        string // an email address, or an ID
	Environments []plannedEnvironment
}

type plannedEnvironment struct {
	Name        string
	DisplayName string `yaml:"displayName"`
	Type        graphql.EnvironmentType
	Owner       string // the application's when it is empty
	Rules       []plannedRule
}

type plannedRule struct {
	Name          string
	CloudAccounts []string `yaml:"cloudAccounts"`
}

const maxPlan = 16 << 20

// readPlan reads and checks a plan. Its error names all that is wrong, with lines where YAML
// knows them.
func readPlan(name string) (*plan, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, maxPlan+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxPlan:
		return nil, fmt.Errorf("%s: longer than 16 MiB, which no plan is", name)
	}
	var p plan
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the plan is empty", name)
	} else if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%s: the plan has more than one document (---)", name)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &p, nil
}

var environmentTypes = []graphql.EnvironmentType{
	graphql.EnvironmentProduction, graphql.EnvironmentStaging, graphql.EnvironmentDevelopment, graphql.EnvironmentOther,
}

// check reports all that is wrong, and fills in the owners of environments.
func (p *plan) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if len(p.Applications) == 0 {
		wrong("applications is missing or empty")
	}
	applications := make(map[string]bool)
	for i := range p.Applications {
		a := &p.Applications[i]
		at := fmt.Sprintf("applications[%d] %q", i, a.Name)
		if checkName(wrong, at, a.Name, applications); a.Owner == "" {
			wrong("%s: owner is missing, want the email address or the ID of a person", at)
		}
		environments := make(map[string]bool)
		for j := range a.Environments {
			e := &a.Environments[j]
			at := fmt.Sprintf("%s, environments[%d] %q", at, j, e.Name)
			checkName(wrong, at, e.Name, environments)
			if !slices.Contains(environmentTypes, e.Type) {
				wrong("%s: type is %q, want one of PRODUCTION, STAGING, DEVELOPMENT, OTHER", at, e.Type)
			}
			if e.Owner == "" {
				e.Owner = a.Owner
			}
			rules := make(map[string]bool)
			for k, r := range e.Rules {
				at := fmt.Sprintf("%s, rules[%d] %q", at, k, r.Name)
				checkName(wrong, at, r.Name, rules)
				if len(r.CloudAccounts) == 0 || slices.Contains(r.CloudAccounts, "") {
					wrong("%s: cloudAccounts is missing, or one of them is empty", at)
				}
			}
		}
	}
	return errors.Join(errs...)
}

func checkName(wrong func(string, ...any), at, name string, seen map[string]bool) {
	switch {
	case strings.TrimSpace(name) != name || name == "":
		wrong("%s: name is missing, or has white space around it", at)
	case seen[name]:
		wrong("%s: the name occurs twice", at)
	}
	seen[name] = true
}
