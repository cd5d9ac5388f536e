package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/pgtest"
)

// beProgram is the environment variable that makes this test binary run as the program, so
// that tests start real processes.
const beProgram = "BE_SALLYPORT"

func TestMain(m *testing.M) {
	if os.Getenv(beProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// patience limits every wait of these tests.
const patience = time.Minute

const (
	ownerEmail   = "amara@example.com"
	goodPassword = "Correct-Horse-75 Pylon"
)

// command runs the program with these arguments. It passes on no SALLYPORT_ settings from
// our environment.
func command(ctx context.Context, env []string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, os.Args[0], args...)
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "SALLYPORT_") {
			c.Env = append(c.Env, e)
		}
	}
	c.Env = append(append(c.Env, beProgram+"=1"), env...)
	return c
}

// outcome is the exit code and the output of a command.
type outcome struct {
	code        int
	out, errors string
}

// run runs a command and waits for its end.
func run(t *testing.T, env []string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := command(ctx, env, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatalf("%v: %v, %v\n%s%s", args, err, ctx.Err(), out.String(), errs.String())
	}
	return outcome{c.ProcessState.ExitCode(), out.String(), errs.String()}
}

// ok runs a command that must succeed and returns what it printed.
func ok(t *testing.T, args ...string) string {
	t.Helper()
	o := run(t, nil, args...)
	if o.code != 0 {
		t.Fatalf("%v: exit code %d\n%s%s", args, o.code, o.out, o.errors)
	}
	return o.out
}

// output is what a running program has printed so far.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// node is a running service.
type node struct {
	t     *testing.T
	c     *exec.Cmd
	said  output // on standard output
	log   output
	ended chan struct{}
	site  string // its address
}

// start starts serve and does not wait until it is ready.
func start(t *testing.T, args ...string) *node {
	t.Helper()
	n := &node{t: t, ended: make(chan struct{})}
	n.c = command(context.Background(), nil, append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	n.c.Stdout, n.c.Stderr = &n.said, &n.log
	if err := n.c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		_ = n.c.Wait() // the exit code says more
		close(n.ended)
	}()
	t.Cleanup(func() {
		_ = n.c.Process.Kill() // most have ended already
		<-n.ended
	})
	return n
}

var listening = regexp.MustCompile(`listening on ([0-9.:]+),`)

// ready waits until the service prints where it listens.
func (n *node) ready() *node {
	n.t.Helper()
	n.site = "http://" + n.await(&n.said, listening)
	return n
}

// await waits for a pattern in the output of the service and returns its first group.
func (n *node) await(o *output, pattern *regexp.Regexp) string {
	n.t.Helper()
	found := ""
	until(n.t, func() bool {
		if m := pattern.FindStringSubmatch(o.String()); m != nil {
			found = m[1]
			return true
		}
		select {
		case <-n.ended:
			n.t.Fatalf("the service ended\n%s%s", n.said.String(), n.log.String())
		default:
		}
		return false
	}, pattern.String())
	return found
}

// until polls for a condition.
func until(t *testing.T, done func() bool, what string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// stop asks the service to end, and returns its exit code.
func (n *node) stop() int {
	n.t.Helper()
	if err := n.c.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		n.t.Fatal(err)
	}
	select {
	case <-n.ended:
	case <-time.After(patience):
		n.t.Fatal("the service does not end")
	}
	return n.c.ProcessState.ExitCode()
}

var setUpLink = regexp.MustCompile(`(/setup/spu_\S+)\s`)

// claim creates the owner with the set-up link and returns the status of the answer.
func (n *node) claim() int {
	n.t.Helper()
	return n.claimWith(n.await(&n.said, setUpLink))
}

func (n *node) claimWith(path string) int {
	n.t.Helper()
	form := url.Values{
		"organisation": {"Northwind"}, "firstName": {"Amara"}, "lastName": {"Okafor"}, "email": {ownerEmail},
		"password": {goodPassword}, "confirmPassword": {goodPassword},
	}
	page, cookie := n.open(path)
	status, _ := n.send("POST", page, "application/x-www-form-urlencoded", form.Encode(), map[string]string{"Cookie": cookie})
	return status
}

// open opens a link and returns the page that it leads to, with the cookie for it.
func (n *node) open(path string) (page, cookie string) {
	n.t.Helper()
	answer, _ := n.ask("GET", path, "", "", nil)
	for _, c := range answer.Cookies() {
		cookie = c.Name + "=" + c.Value
	}
	return answer.Header.Get("Location"), cookie
}

// send sends a request and follows no redirect.
func (n *node) send(method, path, contentType, body string, header map[string]string) (int, string) {
	n.t.Helper()
	answer, text := n.ask(method, path, contentType, body, header)
	return answer.StatusCode, text
}

// ask is send with the whole answer.
func (n *node) ask(method, path, contentType, body string, header map[string]string) (*http.Response, string) {
	n.t.Helper()
	ctx, cancel := context.WithTimeout(n.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, n.site+path, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		n.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return answer, string(text)
}

// api calls the JSON API and returns the status and the fields of the answer.
func (n *node) api(path string, fields any, header map[string]string) (int, map[string]any) {
	n.t.Helper()
	body, err := json.Marshal(fields)
	if err != nil {
		n.t.Fatal(err)
	}
	status, text := n.send("POST", "/api/v1"+path, "application/json", string(body), header)
	answer := map[string]any{}
	if text != "" {
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			n.t.Fatalf("%v: %s", err, text)
		}
	}
	return status, answer
}

// signIn gives a password as a native client and returns the status.
func (n *node) signIn(email, password string) int {
	n.t.Helper()
	_, flow := n.api("/sign-in", map[string]string{"email": email, "client": "native"}, nil)
	id, _ := flow["flowId"].(string)
	secret, _ := flow["flowToken"].(string)
	status, _ := n.api("/sign-in/"+id+"/password", map[string]string{"password": password}, map[string]string{"Sallyport-Flow": secret})
	return status
}

// onBoth runs a test with the flags of an empty SQLite folder and of an empty
// PostgreSQL database.
func onBoth(t *testing.T, test func(t *testing.T, data string, flags []string)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "data")
		test(t, data, []string{"--data", data})
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		data := filepath.Join(t.TempDir(), "data")
		test(t, data, []string{"--data", data, "--database", pgtest.Database(t)})
	})
}
