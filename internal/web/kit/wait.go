package kit

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
)

// Wait says when something that is refused now can be tried again: the time for whoever reads
// the page without scripts, which wait.js counts down.
type Wait struct {
	Seconds int    // from when the page was made, as Retry-After says
	Text    string // with the time it ends, in seconds
	Pattern string // the text around {left}
	Over    string // what is said then
}

// WaitFor returns the wait that a refusal asks for, nil when waiting does not help.
func (s Speaker) WaitFor(err error) *Wait {
	after := request.RetryAfter(err)
	if after <= 0 {
		return nil
	}
	return &Wait{
		Seconds: int(after.Seconds()), Text: s.WaitText(err), Pattern: s.T("wait.left", "Left", "{left}"), Over: s.T("wait.over"),
	}
}

// WaitText is the sentence of a wait where there is no place for more.
func (s Speaker) WaitText(err error) string {
	return s.T("wait.until", "Time", s.secondAt(request.RetryAfter(err)))
}

// Waiting is THE summary of what is refused for a while: a lock or a wait between tries. Where
// only recovery helps it says that instead, by the message suspended.
func (s Speaker) Waiting(err *sallyport.Error, title, suspended string) *ErrorSummary {
	v := &ErrorSummary{Title: s.T(title), Wait: s.WaitFor(err)}
	if v.Wait == nil {
		v.Text = s.T(suspended)
	}
	return v
}

// secondAt returns the time of day that will be in d, with seconds: who comes a second
// early is refused. It rounds up, like Retry-After.
func (s Speaker) secondAt(d time.Duration) string {
	at := s.Now.Add(d)
	if whole := at.Truncate(time.Second); whole.Before(at) {
		at = whole.Add(time.Second)
	}
	text := s.ClockSeconds(s.Now, at, s.Zone)
	if s.Zone == time.UTC {
		text += " UTC"
	}
	return text
}
