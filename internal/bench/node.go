package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/server"
)

// node is a server in its own process.
type node struct {
	addr string
	cmd  *exec.Cmd
}

// start runs this program again as a server: "empty", or on a database "sallyport" or
// "stronger", which hashes passwords with other parameters. Nodes of one database share
// their data folder and its keys.
func (b bench) start(ctx context.Context, kind, dsn string) (*node, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	n := &node{cmd: exec.CommandContext(ctx, self, "node", kind, dsn, b.folder(dsn))}
	n.cmd.Stderr = os.Stderr
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := n.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		n.stop()
		return nil, fmt.Errorf("a %s server did not start: %w", kind, err)
	}
	n.addr = strings.TrimSpace(line)
	return n, nil
}

// folder returns the data folder of the nodes of a database.
func (b bench) folder(dsn string) string {
	name, _, _ := strings.Cut(filepath.Base(dsn), "?")
	return filepath.Join(b.dir, "data-"+name)
}

func (n *node) stop() {
	n.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
	n.cmd.Wait()                          //nolint:errcheck // its exit code does not matter
}

func serveNode(kind, dsn, data string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if kind == "empty" {
		return serveEmpty(ctx)
	}
	hashing := factor.DefaultArgon2
	if kind == "stronger" {
		hashing = stronger
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	s, err := server.New(ctx, server.Config{
		Argon2: hashing, Database: dsn, PublicURL: "http://localhost", Listen: "127.0.0.1:0", Data: data,
		Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, // so that requests can name addresses in many networks
	})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Serve(ctx, func(a net.Addr) { fmt.Println(a) })
}

// emptyBody is 322 bytes of JSON, about as long as the answer of a session check.
var emptyBody = []byte(`{"pad":"` + strings.Repeat("x", 322-10) + `"}`)

// serveEmpty serves an empty handler: net/http alone is the upper limit.
func serveEmpty(ctx context.Context) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write(emptyBody) //nolint:errcheck // the client may be gone
	})}
	go func() {
		<-ctx.Done()
		s.Close()
	}()
	fmt.Println(l.Addr())
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
