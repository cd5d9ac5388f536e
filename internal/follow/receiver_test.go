package follow_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// manner is how a receiver treats one connection.
type manner string

const (
	reads  manner = "reads"  // everything, and ends the connection
	resets manner = "resets" // after some messages, which are lost
	ends   manner = "ends"   // the same without a reset, as a program does that is stopped
	forgot manner = "forgot" // keeps everything, and dies before it ends the connection
	holds  manner = "holds"  // keeps nothing, and leaves the connection open
	slow   manner = "slow"   // reads a message in a while
	early  manner = "early"  // reads nothing and ends its half, with more on the way than it has room for
)

// receiver is a syslog server. It judges what it gets by the letter of RFC 6587 and RFC 5424.
type receiver struct {
	t        *testing.T
	listener net.Listener
	manner   func(connection int) manner

	mu    sync.Mutex
	count int
	got   []received
}

type received struct {
	position               int64
	id, tenant, kind, line string
	severity               int
}

func listen(t *testing.T, settings *tls.Config, how func(int) manner) *receiver {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{t: t, listener: l, manner: how}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { r.serve(raw, settings) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		wg.Wait()
	})
	return r
}

func (r *receiver) serve(raw net.Conn, settings *tls.Config) {
	defer raw.Close()
	r.mu.Lock()
	how := r.manner(r.count)
	r.count++
	r.mu.Unlock()
	conn := raw
	if settings != nil {
		if how == ends { // its TLS may have read what it has not: nobody can tell
			how = resets
		}
		conn = tls.Server(raw, settings)
		defer conn.Close()
	}
	got, err := r.read(conn, how)
	switch how {
	case resets, forgot:
		_ = raw.(*net.TCPConn).SetLinger(0)
	case holds:
		time.Sleep(time.Second)
	}
	if how == reads && err != nil && settings == nil {
		r.t.Errorf("a message cannot be read: %v", err)
	}
	if err == nil && (how == reads || how == forgot || how == slow || how == ends) {
		r.mu.Lock()
		r.got = append(r.got, got...)
		r.mu.Unlock()
	}
}

var errDies = errors.New("the receiver dies")

func (r *receiver) read(conn net.Conn, how manner) (got []received, err error) {
	if how == early {
		time.Sleep(20 * time.Millisecond)
		return nil, conn.(interface{ CloseWrite() error }).CloseWrite()
	}
	b := bufio.NewReaderSize(conn, 16)
	for {
		m, err := readMessage(b)
		if errors.Is(err, io.EOF) {
			return got, nil
		}
		if err != nil {
			return nil, err
		}
		if got = append(got, m); len(got) == 3 && (how == resets || how == ends) {
			if _, err := b.Peek(1); errors.Is(err, io.EOF) {
				return got, nil
			}
			return nil, errDies
		}
		if how == slow {
			time.Sleep(3 * time.Millisecond)
		}
	}
}

var header = regexp.MustCompile(`^<([1-9][0-9]{0,2})>1 ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?(?:Z|[+-][0-9]{2}:[0-9]{2})|-) ` +
	`([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) ` +
	`\[sallyport@32473 position="((?:[^"\\\]]|\\["\\\]])*)" id="((?:[^"\\\]]|\\["\\\]])*)" tenant="((?:[^"\\\]]|\\["\\\]])*)"\] ` + "\xef\xbb\xbf(.*)$")

// readMessage reads a message with its length. io.EOF means that there is none.
func readMessage(b *bufio.Reader) (m received, err error) {
	length, err := b.ReadString(' ')
	if err != nil {
		if length != "" {
			err = fmt.Errorf("it ends in a length: %w", io.ErrUnexpectedEOF)
		}
		return m, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, " "))
	if err != nil || n < 1 || length[0] == '0' {
		return m, fmt.Errorf("length %q", length)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(b, text); err != nil {
		return m, fmt.Errorf("it ends in a message: %w", io.ErrUnexpectedEOF)
	}
	return parseMessage(string(text))
}

func parseMessage(text string) (m received, err error) {
	f := header.FindStringSubmatch(text)
	if f == nil {
		return m, fmt.Errorf("no message of RFC 5424: %q", text)
	}
	priority, err := strconv.Atoi(f[1])
	if err != nil || priority/8 != 10 || f[4] != "sallyport" || f[5] != "-" {
		return m, fmt.Errorf("header: %q", f)
	}
	if f[2] != "-" {
		if _, err := time.Parse(time.RFC3339Nano, f[2]); err != nil {
			return m, err
		}
	}
	unquote := strings.NewReplacer(`\\`, `\`, `\"`, `"`, `\]`, `]`)
	m = received{severity: priority % 8, kind: f[6], id: unquote.Replace(f[8]), tenant: unquote.Replace(f[9]), line: f[10]}
	m.position, err = strconv.ParseInt(f[7], 10, 64)
	return m, err
}
