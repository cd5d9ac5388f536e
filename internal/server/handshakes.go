package server

import (
	"bytes"
	"log"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// Causes of failed handshakes, for the metric and the log.
const (
	causeCertificate = "certificate" // the client does not believe ours
	causeOther       = "other"
)

// handshakeCauses is the table of what the errors of handshakes say. crypto/tls has no types for most of them,
// and net/http tells them as text only; a test makes each one. The first that fits counts.
var handshakeCauses = []struct{ cause, says string }{
	{causeCertificate, "remote error: tls: bad certificate"},
	{causeCertificate, "remote error: tls: unknown certificate"}, // also: … authority
	{causeCertificate, "remote error: tls: expired certificate"},
	{causeCertificate, "remote error: tls: revoked certificate"},
	{causeCertificate, "remote error: tls: unsupported certificate"},
	{"version", "unsupported versions"},
	{"version", "protocol version not supported"},
	{"suite", "no cipher suite supported"},
	{"plain", "client sent an HTTP request"},
	{"not_tls", "does not look like a TLS handshake"},
	{"broken", "EOF"},
	{"broken", "timeout"},
	{"broken", "connection reset"},
	{"broken", "closed"},
}

// manyHandshakes is how many handshakes fail in a minute before a line says so: scanners of the internet fail a few.
const manyHandshakes = 60

// handshakes is told of what net/http logs, and counts the handshakes that failed. ASVS 5.0 16.3.4.
type handshakes struct {
	log   *slog.Logger
	now   func() time.Time
	count func(cause string)
	blame occasional // of the certificate

	mu     sync.Mutex
	minute time.Time
	failed map[string]int // by cause, in this minute
}

func newHandshakes(l *slog.Logger, now func() time.Time, count func(string)) *handshakes {
	return &handshakes{log: l, now: now, count: count, blame: occasional{every: time.Minute}, failed: map[string]int{}}
}

// logger returns the log that net/http writes to: mostly of broken connections of clients.
func (h *handshakes) logger() *log.Logger { return log.New(h, "", 0) }

// Write takes one line.
func (h *handshakes) Write(line []byte) (int, error) {
	text := string(bytes.TrimSpace(line))
	h.log.Debug("said by the HTTP server", "error", text)
	_, rest, is := strings.Cut(text, "TLS handshake error from ")
	if !is {
		return len(line), nil
	}
	_, why, _ := strings.Cut(rest, ": ")
	cause := causeOf(why)
	h.count(cause)
	h.tell(cause, why)
	return len(line), nil
}

func causeOf(why string) string {
	for _, c := range handshakeCauses {
		if strings.Contains(why, c.says) {
			return c.cause
		}
	}
	return causeOther
}

// tell writes a line when a client says that the certificate is bad, and when many fail; each once a minute at most.
func (h *handshakes) tell(cause, why string) {
	if cause == causeCertificate {
		if n := h.blame.count(h.now()); n > 0 {
			h.log.Warn("clients do not believe the certificate of --tls-cert: look whether it has ended, names the host, and comes with those between it and its authority", "clients", n, "last", why)
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if minute := h.now().Truncate(time.Minute); !minute.Equal(h.minute) {
		h.minute = minute
		clear(h.failed)
	}
	if h.failed[cause]++; h.failed[cause] == manyHandshakes {
		h.log.Warn("many TLS handshakes fail", "cause", cause, "in_this_minute", manyHandshakes, "last", why)
	}
}
