package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/sallyport/sallyport/internal/outbound"
)

// reply is the stored part of a gateway's answer.
type reply struct {
	status int
	after  string // Retry-After
	body   []byte // its first bytes
}

// post sends a request to a gateway. Its errors leave out the request's address and body,
// which hold a phone number and a code.
func post(ctx context.Context, client *http.Client, r *http.Request) (reply, error) {
	r.Header.Set("User-Agent", "Sallyport")
	answer, err := client.Do(r.WithContext(ctx))
	if err != nil {
		return reply{}, unreachable(err)
	}
	defer answer.Body.Close()
	const enough = 16 << 10
	body, _ := io.ReadAll(io.LimitReader(answer.Body, enough)) // the status is enough when the body is cut off
	return reply{answer.StatusCode, answer.Header.Get("Retry-After"), body}, nil
}

// unreachable says why no answer came, without the request's address.
func unreachable(err error) error {
	if errors.Is(err, outbound.ErrRefused) {
		return &Failure{Why: "the gateway's name leads to a private address: give private=yes in --sms if it is meant"}
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return &Failure{Why: "the gateway did not answer in time"}
	}
	var wrapped interface{ Unwrap() error }
	if errors.As(err, &wrapped) && wrapped.Unwrap() != nil { // *url.Error, whose text has the address
		err = wrapped.Unwrap()
	}
	return &Failure{Why: "the gateway cannot be reached: " + err.Error()}
}

// refusal judges an answer that is not a success. It keeps nothing of the body, because a
// gateway may quote the message.
func refusal(answer reply, permanent bool, why string) error {
	f := &Failure{Permanent: permanent, After: retryAfter(answer.after, time.Now())}
	f.Why = fmt.Sprintf("the gateway answered %d", answer.status)
	if answer.status/100 == 3 {
		why = "redirects are not followed"
	}
	if why != "" {
		f.Why += ": " + why
	}
	return f
}

// retryAfter reads the Retry-After header: seconds, or a date. Invalid values are 0.
func retryAfter(s string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(s); err == nil {
		return time.Duration(min(max(n, 0), int(maxPause/time.Second))) * time.Second
	}
	at, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxPause)
}
