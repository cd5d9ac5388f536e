// Command withpg runs another command with a PostgreSQL server for tests:
//
//	go run ./internal/pgtest/withpg -- go test ./...
//
// Every test process of the command uses that one server. Its exit code is the
// command's, and it passes signals on.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"github.com/sallyport/sallyport/internal/pgtest"
)

// Exit codes of its own, where a shell has them.
const (
	exitUsage  = 2
	exitServer = 125
	exitStart  = 127
)

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: withpg -- command [argument...]")
		return exitUsage
	}
	// Caught from the beginning, so that no signal ends us without Stop.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)

	if os.Getenv(pgtest.EnvURL) == "" {
		server, err := pgtest.Start(context.Background(), pgtest.Options{})
		if err != nil {
			fmt.Fprintln(os.Stderr, "withpg:", err)
			return exitServer
		}
		defer server.Stop()
		if err := os.Setenv(pgtest.EnvURL, server.URL("postgres")); err != nil {
			fmt.Fprintln(os.Stderr, "withpg:", err)
			return exitServer
		}
	}
	return runCommand(args, signals)
}

// runCommand returns the exit code of the command, 128 and the signal's number
// when a signal ended it, as a shell would.
func runCommand(args []string, signals <-chan os.Signal) int {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "withpg:", err)
		return exitStart
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		for {
			select {
			case s := <-signals:
				cmd.Process.Signal(s) // fails when it has ended, which is as well
			case <-done:
				return
			}
		}
	}()
	err := cmd.Wait()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &exit):
		fmt.Fprintln(os.Stderr, "withpg:", err)
		return exitStart
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return exit.ExitCode()
}
