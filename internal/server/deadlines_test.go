package server

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"testing"
	"time"
)

// pair returns the two ends of a connection, the first with deadlines of ours.
func pair(t *testing.T) (ours, theirs net.Conn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := withDeadlines(inner)
	t.Cleanup(func() { l.Close() })
	if theirs, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if ours, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	return ours, theirs
}

// Who waits is let go when the time is over, or was over before, and what is set after that counts.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	ours, theirs := pair(t)
	one := make([]byte, 1)
	for _, in := range []time.Duration{-time.Second, 0, 50 * time.Millisecond} {
		if err := ours.SetReadDeadline(time.Now().Add(in)); err != nil {
			t.Fatal(err)
		}
		if _, err := ours.Read(one); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("in %v: %v", in, err)
		}
	}
	for _, at := range []time.Time{{}, time.Now().Add(time.Minute)} {
		if err := ours.SetReadDeadline(at); err != nil {
			t.Fatal(err)
		}
		if _, err := theirs.Write(one); err != nil {
			t.Fatal(err)
		}
		if _, err := ours.Read(one); err != nil {
			t.Errorf("after a deadline that is over, %v: %v", at, err)
		}
	}
	if err := ours.SetWriteDeadline(time.Now().Add(10 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	much := make([]byte, 1<<20)
	var err error
	for i := 0; err == nil && i < 1000; i++ {
		_, err = ours.Write(much)
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("writing to somebody who does not read: %v", err)
	}
}

// Moved by many at a time, a deadline that is in the future interrupts nobody.
func TestDeadlinesMoved(t *testing.T) {
	t.Parallel()
	ours, theirs := pair(t)
	var movers sync.WaitGroup
	for range 4 {
		movers.Go(func() {
			for range 2000 {
				ours.SetReadDeadline(time.Now().Add(time.Minute)) //nolint:errcheck // looked at below
				ours.SetReadDeadline(time.Time{})                 //nolint:errcheck // the same
			}
		})
	}
	movers.Wait()
	go theirs.Write([]byte("x")) //nolint:errcheck // the read tells
	if _, err := ours.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
}

// net/http keeps its promises over such a listener: a client that is slow to send its header, or to read,
// is let go, and one that pauses between requests is not.
func TestDeadlinesOfHTTP(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := withDeadlines(inner)
	s := &http.Server{
		ReadHeaderTimeout: time.Second, ReadTimeout: 2 * time.Second, WriteTimeout: 2 * time.Second, IdleTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) }), //nolint:errcheck // the test looks at the connection
	}
	go s.Serve(l) //nolint:errcheck // ends with the test
	t.Cleanup(func() { s.Close() })
	dial := func() net.Conn {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	slow, body, patient := dial(), dial(), dial()
	io.WriteString(slow, "GET / HTTP/1.1\r\nHost: x\r\n")                           //nolint:errcheck // the same
	io.WriteString(body, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n") //nolint:errcheck // the same
	for range 2 {
		io.WriteString(patient, "GET / HTTP/1.1\r\nHost: x\r\n\r\n") //nolint:errcheck // the same
		answer := make([]byte, 1000)
		if n, err := patient.Read(answer); err != nil || n < 12 || string(answer[:12]) != "HTTP/1.1 200" {
			t.Errorf("after a pause: %q, %v", answer[:n], err)
		}
		time.Sleep(3 * time.Second)
	}
	for name, c := range map[string]net.Conn{"a header": slow, "a body": body} {
		c.SetReadDeadline(time.Now().Add(10 * time.Second)) //nolint:errcheck // the same
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("who is slow to send %s is never let go", name)
		}
	}
}
