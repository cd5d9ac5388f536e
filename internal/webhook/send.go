package webhook

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/outbound"
)

const (
	// Timeout is how long a webhook may take for one event.
	Timeout = 10 * time.Second
	// maxSaid is how much of an answer is read and kept, in bytes.
	maxSaid = 2 << 10
)

// Answer is what became of one try.
type Answer struct {
	Outcome string // one of notify.AlertOutcomes
	Status  int    // of HTTP; 0 for no answer
	Said    string // the beginning of the answer, without the address
	Took    time.Duration
}

// Taken reports whether the event was taken.
func (a Answer) Taken() bool { return a.Outcome == notify.AlertTaken }

// newClient returns a client that reaches the public internet alone.
func newClient() *http.Client { return outbound.Client(outbound.Options{Timeout: Timeout}) }

// post sends a message to an address, signed at a time, within [Timeout]. It holds no connection of the database.
func (s *Service) post(ctx context.Context, to secrets, m message, at time.Time) Answer {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	a := s.ask(ctx, to, m, at)
	a.Took = time.Since(began)
	return a
}

func (s *Service) ask(ctx context.Context, to secrets, m message, at time.Time) Answer {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.Address, bytes.NewReader(m.body))
	if err != nil || r.URL.Scheme != "https" {
		return Answer{Outcome: notify.NoAnswer(err)}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Sallyport")
	setHeaders(r.Header, m, at, to.signing(at))
	answer, err := s.Client.Do(r)
	if err != nil {
		return Answer{Outcome: notify.NoAnswer(err)}
	}
	defer answer.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(answer.Body, maxSaid)) // as much as comes: the status is what counts
	return Answer{Outcome: notify.Judge(answer.StatusCode), Status: answer.StatusCode, Said: plain(notify.WithoutAddress(string(said), to.Address))}
}

// plain is a text without bytes that are none, and without control characters but ends of lines.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}
