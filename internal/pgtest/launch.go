package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// startTimeout limits the start of a server on a busy machine.
const startTimeout = time.Minute

var errPortTaken = errors.New("the server's port was taken by another process")

// launch starts postgres on a free port and waits until it answers.
func (s *Server) launch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()

	var err error
	if s.port, err = freePort(ctx); err != nil {
		return err
	}
	s.base = url.URL{
		Scheme:   "postgres",
		User:     url.User(role),
		Path:     "/postgres",
		RawQuery: url.Values{"host": {s.dir}, "port": {strconv.Itoa(s.port)}}.Encode(),
	}
	if err := s.run(ctx); err != nil {
		return err
	}
	return s.openAdmin(ctx)
}

// run starts postgres on its port and waits until it answers.
func (s *Server) run(ctx context.Context) error {
	logName := filepath.Join(s.dir, "log")
	log, err := os.Create(logName)
	if err != nil {
		return err
	}
	defer log.Close() // the server has its own copy

	cmd := exec.Command(filepath.Join(s.bin, "postgres"), s.opts.arguments(s.dir, s.data(), s.port)...)
	s.who.prepare(cmd, s.dir)
	cmd.Stdout, cmd.Stderr = log, log
	dieWithParent(cmd)
	if s.process, err = startProcess(cmd); err != nil {
		return err
	}
	return s.waitReady(ctx, logName)
}

// waitReady returns when the server accepts connections. Its error has the server's log.
func (s *Server) waitReady(ctx context.Context, logName string) error {
	for {
		err := ping(ctx, s.base.String())
		if err == nil {
			return nil
		}
		select {
		case <-s.process.done:
			text, readErr := os.ReadFile(logName)
			if bytes.Contains(text, []byte("Address already in use")) {
				return errPortTaken
			}
			return errors.Join(fmt.Errorf("postgres ended at its start: %w\n%s", s.process.err, text), readErr)
		case <-ctx.Done():
			return fmt.Errorf("postgres does not answer: %w (%w)", err, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// freePort returns a loopback port on which nothing listens now.
func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
