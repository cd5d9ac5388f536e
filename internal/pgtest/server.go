package pgtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// role is the superuser of a cluster.
const role = "sallyport"

// Server is a running PostgreSQL: our own cluster, or the server that
// SALLYPORT_TEST_POSTGRES names.
type Server struct {
	base     url.URL // of the database for administrative statements
	admin    *sql.DB
	strategy string // clause of CREATE DATABASE

	// For our own cluster only.
	bin      string      // directory of its programs
	who      *credential // the account it runs as
	opts     Options
	dir      string // temporary directory: data, socket, log
	port     int
	password string // for TCP; only we can enter the directory of the socket
	process  *process
	guard    *guard
	stop     sync.Once
}

// Start makes a cluster and starts its server. The context limits the start only. The
// server runs until Stop or until this process ends in any way.
func Start(ctx context.Context, opts Options) (*Server, error) {
	bin, err := findServer()
	if err != nil {
		return nil, err
	}
	who, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := opts.makeDir(who)
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, who: who, opts: opts, dir: dir, password: rand.Text()}
	if s.guard, err = startGuard(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := s.initdb(ctx, bin, who); err != nil {
		s.Stop()
		return nil, err
	}
	if err := s.writeTLS(who, opts); err != nil {
		s.Stop()
		return nil, err
	}
	// Another process can take the port before the server does.
	for range 5 {
		if err = s.launch(ctx); !errors.Is(err, errPortTaken) {
			break
		}
	}
	if err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// URL returns the DSN of a database. For our own server it uses the unix socket.
func (s *Server) URL(db string) string {
	u := s.base
	u.Path = "/" + db
	return u.String()
}

// TCPURL returns the DSN of a database over loopback TCP, for tests that put a proxy in
// between or cut the connection. For another server it is the same as URL.
func (s *Server) TCPURL(db string) string {
	if s.process == nil {
		return s.URL(db)
	}
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(role, s.password),
		Host:     "127.0.0.1:" + strconv.Itoa(s.port),
		Path:     "/" + db,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// Stop ends the server, even with connected clients, and removes its cluster. For another
// server it only closes our connections. Further calls do nothing.
func (s *Server) Stop() {
	s.stop.Do(func() {
		if s.admin != nil {
			s.admin.Close()
		}
		if s.process != nil {
			s.process.end(syscall.SIGINT, 10*time.Second) // PostgreSQL's fast shutdown
		}
		if s.dir != "" {
			os.RemoveAll(s.dir)
		}
		s.guard.release()
	})
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// writeTLS writes the certificate and its key, which the server accepts only when it owns
// them and nobody else may read them.
func (s *Server) writeTLS(who *credential, opts Options) error {
	for name, text := range map[string][]byte{certificateFile: opts.Certificate, keyFile: opts.Key} {
		if text == nil {
			continue
		}
		path := filepath.Join(s.dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return err
		}
		if err := who.own(path); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) initdb(ctx context.Context, bin string, who *credential) error {
	pwfile := filepath.Join(s.dir, "password")
	if err := os.WriteFile(pwfile, []byte(s.password), 0o600); err != nil {
		return err
	}
	if err := who.own(pwfile); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "--pgdata="+s.data(), "--username="+role,
		"--encoding=UTF8", "--locale=C", "--auth-local=trust", "--auth-host=scram-sha-256", "--pwfile="+pwfile, "--no-sync")
	who.prepare(cmd, s.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return os.Remove(pwfile)
}
