package deposit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/sallyport/sallyport/internal/outbound"
)

// web posts checkpoints to an address.
type web struct {
	url    string // may hold secrets
	host   string // what errors show of it
	client *http.Client
}

func (web) Name() string { return "url" }

func (w web) Take(ctx context.Context, c Checkpoint) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, strings.NewReader(c.Note))
	if err != nil {
		return fmt.Errorf("the address at %s cannot be used", w.host)
	}
	r.Header.Set("Content-Type", "text/plain; charset=utf-8")
	r.Header.Set("User-Agent", "Sallyport")
	answer, err := w.client.Do(r)
	if err != nil {
		return w.unreachable(err)
	}
	defer answer.Body.Close()
	switch answer.StatusCode / 100 {
	case 2:
		return nil
	case 3:
		return fmt.Errorf("%s answered %d: redirects are not followed", w.host, answer.StatusCode)
	}
	return fmt.Errorf("%s answered %d", w.host, answer.StatusCode)
}

// unreachable says why no answer came, without the address.
func (w web) unreachable(err error) error {
	if errors.Is(err, outbound.ErrRefused) {
		return fmt.Errorf("%s leads to a private address: add private=yes after the ? in --checkpoint-url if it is meant", w.host)
	}
	var asked *url.Error // its text has the address
	if errors.As(err, &asked) {
		if asked.Timeout() {
			return fmt.Errorf("%s did not answer in time", w.host)
		}
		err = asked.Err
	}
	return fmt.Errorf("%s cannot be reached: %w", w.host, err)
}
