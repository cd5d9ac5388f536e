package main

import (
	"bufio"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// mailServer accepts mails, or refuses their recipients permanently.
type mailServer struct {
	address  string
	refusing atomic.Bool
	taken    atomic.Int32
}

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &mailServer{address: l.Addr().String()}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // the test is over
			}
			go s.talk(c)
		}
	}()
	return s
}

func (s *mailServer) talk(c net.Conn) {
	defer c.Close()
	say := func(line string) { fmt.Fprintf(c, "%s\r\n", line) }
	say("220 mail.example.com ESMTP")
	body := false
	for lines := bufio.NewScanner(c); lines.Scan(); {
		line := lines.Text()
		word, _, _ := strings.Cut(line, " ")
		switch {
		case body && line != ".":
		case body:
			body = false
			s.taken.Add(1)
			say("250 taken")
		case word == "RCPT" && s.refusing.Load():
			say("550 no such box")
		case word == "DATA":
			body = true
			say("354 go on")
		case word == "QUIT":
			say("221 goodbye")
			return
		default:
			say("250 fine")
		}
	}
}

// Metrics and doctor show a mail that the server refused permanently, and the operator can
// send it again.
func TestMailRetry(t *testing.T) {
	t.Parallel()
	data, server, metrics := filepath.Join(t.TempDir(), "data"), newMailServer(t), freeAddress(t)
	server.refusing.Store(true)
	mail := []string{"--data", data, "--smtp", "smtp://" + server.address + "?tls=none", "--mail-from", "accounts@example.com"}
	unclaimed(t, data)
	if out := ok(t, "mail", "retry", "--data", data); out != "No mail was given up.\n" {
		t.Errorf("%s", out)
	}
	n := start(t, mail...).ready()
	if said := n.said.String(); strings.Contains(said, "No mail server") {
		t.Errorf("the console says %s", said)
	}
	if status := n.claim(); status != 303 {
		t.Fatalf("set-up: status %d", status)
	}
	doctor := append([]string{"doctor", "--listen", "127.0.0.1:0"}, mail...)
	until(t, func() bool { return strings.Contains(ok(t, doctor...), "Given up after many tries: 1 mail.") }, "the doctor to tell of the mail")
	n.stop()

	again := start(t, append([]string{"--metrics-listen", metrics}, mail...)...).ready()
	if _, text := (&node{t: t, site: "http://" + metrics}).send("GET", "/metrics", "", "", nil); !strings.Contains(text, "\nsallyport_mails_dead 1\n") {
		t.Errorf("metrics: %s", text)
	}
	server.refusing.Store(false)
	if out := ok(t, "mail", "retry", "--data", data); !strings.HasPrefix(out, "Due again: 1.") {
		t.Errorf("%s", out)
	}
	until(t, func() bool { return server.taken.Load() == 1 }, "the mail")
	if out := ok(t, doctor...); !strings.Contains(out, "ok    outbox") {
		t.Errorf("%s", out)
	}
	if code := again.stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}
