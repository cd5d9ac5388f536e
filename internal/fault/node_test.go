package fault

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/server"
)

// beNode is the environment variable that makes this test binary run as a node: its settings.
const beNode = "SALLYPORT_TEST_FAULT_NODE"

// settings are those of a node.
type settings struct {
	Database, Data, Listen string
	SMTP, SMS              string
}

func TestMain(m *testing.M) {
	if text := os.Getenv(beNode); text != "" {
		if err := serve(text); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	if err := flag.Set("test.parallel", strconv.Itoa(max(4, runtime.GOMAXPROCS(0)))); err != nil { // most of the time they wait
		panic(err)
	}
	code := m.Run()
	stopOwn()
	report.print()
	os.Exit(code)
}

// serve is a node in a process of its own, wired as the program is; only its hashes are weak, so that a
// storm is one on a small machine. It listens on its standard input for how far its clock is to
// be off, and ends with it.
func serve(text string) error {
	var s settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return err
	}
	var off atomic.Int64
	c := server.Config{
		Database: s.Database, Data: s.Data, PublicURL: "http://localhost", Listen: s.Listen, Keys: apptest.Keys(), SMTP: s.SMTP, SMS: s.SMS, MailFrom: "accounts@corp.test",
		Argon2: apptest.Weak, HashSlots: 2, Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Version: "test", Grace: time.Second,
		Now: func() time.Time { return time.Now().Add(time.Duration(off.Load())) },
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		defer stop()
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			d, err := time.ParseDuration(lines.Text())
			if err != nil {
				return
			}
			off.Store(int64(d))
			fmt.Println("clock", d)
		}
	}()
	srv, err := server.New(ctx, c)
	if err != nil {
		return err
	}
	defer srv.Close()
	return srv.Serve(ctx, func(at net.Addr) { fmt.Println("listening", at) })
}

// node is a running node.
type node struct {
	t     *testing.T
	cmd   *exec.Cmd
	input io.WriteCloser
	lines chan string
	log   *said
	url   string
	ended chan struct{}
}

// said is what a process wrote.
type said struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// environ is the environment of a node: ours without settings, and these.
func environ(own ...string) []string {
	rest := slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "SALLYPORT_") })
	return append(rest, own...)
}

// start starts a node, and returns when it listens. At the end of the test it is killed.
func start(t *testing.T, s settings) *node {
	t.Helper()
	if s.Listen == "" {
		s.Listen = "127.0.0.1:0"
	}
	text, err := json.Marshal(s)
	apptest.Must(t, err)
	n := &node{t: t, cmd: exec.Command(os.Args[0]), lines: make(chan string, 16), log: &said{}, ended: make(chan struct{})}
	n.cmd.Env = environ(beNode + "=" + string(text))
	n.cmd.Stderr = n.log
	n.input, err = n.cmd.StdinPipe()
	apptest.Must(t, err)
	output, err := n.cmd.StdoutPipe()
	apptest.Must(t, err)
	apptest.Must(t, n.cmd.Start())
	go n.read(output)
	t.Cleanup(n.kill)
	n.url = "http://" + n.await("listening ")
	return n
}

func (n *node) read(output io.Reader) {
	for lines := bufio.NewScanner(output); lines.Scan(); {
		n.lines <- lines.Text()
	}
	n.cmd.Wait()
	close(n.ended)
}

// await returns what follows the beginning of the next line that has it.
func (n *node) await(beginning string) string {
	n.t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case line := <-n.lines:
			if rest, ok := strings.CutPrefix(line, beginning); ok {
				return rest
			}
		case <-n.ended:
			n.t.Fatalf("the node has ended: %s", n.log)
		case <-late:
			n.t.Fatalf("the node does not say %q: %s", beginning, n.log)
		}
	}
}

// kill ends the node at once.
func (n *node) kill() {
	n.cmd.Process.Kill()
	<-n.ended
}

// clock sets how far the clock of the node is off.
func (n *node) clock(d time.Duration) {
	n.t.Helper()
	_, err := fmt.Fprintln(n.input, d)
	apptest.Must(n.t, err)
	n.await("clock ")
}
