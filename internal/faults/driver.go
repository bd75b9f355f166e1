package faults

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"

	"github.com/klarity-go/klarity/internal/faults/backend"
	"github.com/klarity-go/klarity/internal/faults/child"
)

// env is the environment variable that makes this program a driver: a process that does runs,
// one after the other. Its value is the URL of the backend.
const env = "KLARITY_FAULTS_DRIVER"

// Main runs a driver or a backend and does not return if this process was started as one.
// Programs and tests that run a Suite call it first.
func Main() {
	backend.Main()
	url := os.Getenv(env)
	if url == "" {
		return
	}
	if err := runJobs(backend.NewClient(url), json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)); err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func runJobs(server *backend.Client, jobs *json.Decoder, results *json.Encoder) error {
	for {
		var j job
		if err := jobs.Decode(&j); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		s, rng := j.scenario()
		if err := results.Encode(run(context.Background(), server, s, rng)); err != nil {
			return err
		}
	}
}

// A job is a run for a driver to do.
type job struct {
	Seed      uint64
	Number    int
	Fault     string
	Kind      string
	Operation operation
}

func (j job) scenario() (*scenario, *rand.Rand) {
	if j.Kind != "" {
		return newKindScenario(j.Seed, j.Number, j.Kind, j.Operation)
	}
	return newFaultScenario(j.Seed, j.Number, j.Fault, j.Operation)
}

// driver is a driver process, as seen from the process that started it.
type driver struct {
	*child.Process
	jobs    *json.Encoder
	results *json.Decoder
}

func startDriver(url string) (*driver, error) {
	c, err := child.Start(env, url)
	if err != nil {
		return nil, err
	}
	return &driver{c, json.NewEncoder(c.In), json.NewDecoder(c.Out)}, nil
}

// run has the driver do a run. After an error the process is closed and cannot be used again.
func (d *driver) run(j job) (*runResult, error) {
	result := &runResult{}
	err := d.jobs.Encode(j)
	if err == nil {
		err = d.results.Decode(result)
	}
	if err != nil {
		s, _ := j.scenario()
		return s.newResult(), fmt.Errorf("the driver: %w", errors.Join(err, d.Close()))
	}
	return result, nil
}
