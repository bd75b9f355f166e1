// Emulator runs the emulator of Klarity's identity service, External Integrations API and
// GraphQL API as a server, so that clients in any language can be tried against it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/klarity-go/klarity/api"
	"github.com/klarity-go/klarity/api/apitest"
	"github.com/klarity-go/klarity/api/graphql"
	"github.com/klarity-go/klarity/examples/emulator/page"
	"github.com/klarity-go/klarity/examples/internal/console"
	"github.com/klarity-go/klarity/examples/internal/job"
	"github.com/klarity-go/klarity/examples/internal/organisation"
)

const about = `Emulator runs an emulator of Klarity's identity service, External Integrations API and
GraphQL API. It prints shell commands to try it with, logs a line for each request, and prints
what its estate holds when it is interrupted. The GraphQL API knows an invented organisation at
first.

A page at the address it prints shows what it holds and what was asked of it, live; each part
is there as JSON, too, under a link at its end. There is no password: on this machine, everybody
can look. It answers to localhost and loopback addresses only, unless -remote is given.

  go run ./examples/emulator
  go run ./examples/emulator -addr 127.0.0.1:0
        on a free port
  go run ./examples/emulator -fail 429:10%,503:2% -latency 100ms-2s
        as a bad day: one request in ten gets a 429, one in fifty a 503, and all take their time
  go run ./examples/emulator -save estate.jsonl
        goes on next time where it ended

-fail and -latency are about both APIs, and not about the identity service. A request that
fails changes nothing.

The file of -save has the estate, the enrichments and the landscape, as lines of JSON. It is
loaded at the start if it is there, and replaced as a whole every 30 seconds, if something has
changed, and at the end. Credentials, tokens and keys are not in it: with KLARITY_CLIENT_ID,
KLARITY_CLIENT_SECRET and KLARITY_API_KEY set they stay the same, too.

It accepts the credentials of KLARITY_CLIENT_ID and KLARITY_CLIENT_SECRET if they are set,
and otherwise generates credentials and prints them. So it does with the key of the GraphQL
API, KLARITY_API_KEY.

Flags:
`

func main() { os.Exit(job.Main(run)) }

func run(ctx context.Context, args []string, std job.Streams) int {
	flags := flag.NewFlagSet("emulator", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	addr := flags.String("addr", "127.0.0.1:8080", "listen on `HOST:PORT`; port 0 is a free one")
	remote := flags.Bool("remote", false, "allow an address that other machines can reach: plain HTTP, for networks you trust")
	var fail failures
	var slow latency
	flags.Var(&fail, "fail", "let `SHARES` of the requests fail, such as 429:10%,503:2%")
	flags.Var(&slow, "latency", "wait for `DURATION` before each response: 200ms, or 100ms-2s for a random one in between")
	seed := flags.Uint64("seed", 0, "`NUMBER` that decides which requests -fail and -latency choose; 0 is another one each time")
	file := flags.String("save", "", "keep the state in `FILE`")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(std.Out, about)
		flags.SetOutput(std.Out)
		flags.PrintDefaults()
		return job.Accepted
	case err != nil:
		fmt.Fprintf(std.Err, "emulator: %v (see emulator -h)\n", err)
		return job.Usage
	case flags.NArg() > 0:
		fmt.Fprintf(std.Err, "emulator: unexpected argument %q (see emulator -h)\n", flags.Arg(0))
		return job.Usage
	}

	opts := []apitest.Option{
		apitest.WithLogger(newLogger(std.Err)), apitest.WithLandscape(organisation.Landscape()), apitest.WithRoutes(page.Routes(*remote)),
	}
	if *remote {
		opts = append(opts, apitest.AllowRemote())
	}
	credentials := apitest.Credentials{ClientID: os.Getenv(api.EnvClientID), ClientSecret: os.Getenv(api.EnvClientSecret)}
	switch generated := credentials == (apitest.Credentials{}); {
	case !generated && (credentials.ClientID == "" || credentials.ClientSecret == ""):
		fmt.Fprintf(std.Err, "emulator: only one of %s and %s is set: set both, or neither\n", api.EnvClientID, api.EnvClientSecret)
		return job.Usage
	case !generated:
		opts = append(opts, apitest.WithCredentials(credentials))
	}

	key := graphql.Key(os.Getenv(graphql.EnvAPIKey))
	if key != "" {
		if _, err := graphql.New(key); err != nil { // checks its form
			fmt.Fprintf(std.Err, "emulator: %v\n", err)
			return job.Usage
		}
		opts = append(opts, apitest.WithAPIKey(key))
	}

	emulator := apitest.New(opts...)
	if len(fail) > 0 || slow.most > 0 {
		if *seed == 0 {
			*seed = rand.Uint64()
		}
		hook := disturb(fail, slow, *seed)
		emulator.Intercept(hook)
		emulator.InterceptGraphQL(hook)
	}
	var kept *store
	if *file != "" {
		var err error
		if kept, err = openStore(*file, emulator); err != nil {
			fmt.Fprintf(std.Err, "emulator: -save: %v\n", err)
			return job.Usage
		}
	}
	server, err := emulator.Listen(*addr)
	if err != nil {
		return startFailed(std.Err, err)
	}
	defer server.Close()
	printInstructions(std.Out, server, settings{
		credentials: credentials == (apitest.Credentials{}), key: key == "", file: *file, fail: fail.String(), latency: slow.String(), seed: *seed,
	})
	if kept != nil {
		ticker := time.NewTicker(saveInterval)
		defer ticker.Stop()
		kept.keep(ctx, ticker.C, std.Err)
	}
	<-ctx.Done()
	server.Close()
	fmt.Fprintln(std.Out)
	job.WriteEstate(console.New(std.Out, os.Getenv), emulator)
	if kept != nil {
		if err := kept.save(); err != nil {
			fmt.Fprintf(std.Err, "emulator: the state is not saved: %v\n", err)
			return job.Failed
		}
		fmt.Fprintf(std.Out, "\nIt is kept in %s.\n", kept.path)
	}
	return job.Accepted
}

// startFailed prints why the emulator did not start and what to do, and returns the exit
// status.
func startFailed(w io.Writer, err error) int {
	advice, status := "-remote allows it", job.Usage
	if _, ok := errors.AsType[*net.OpError](err); ok {
		advice, status = "choose another address with -addr", job.Failed
		if errors.Is(err, syscall.EADDRINUSE) {
			advice = "-addr 127.0.0.1:0 takes a free port"
		}
	}
	fmt.Fprintf(w, "emulator: %v (%s)\n", err, advice)
	return status
}

// newLogger returns a logger that writes one line for each request.
func newLogger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		switch {
		case len(groups) > 0:
		case a.Key == slog.TimeKey:
			return slog.String("time", a.Value.Time().Format("15:04:05.000"))
		case a.Key == slog.LevelKey:
			return slog.Attr{}
		}
		return a
	}}))
}
