// Package federate is what the protocols of single sign-on have in common: what an identity provider says
// of somebody, the words for what went wrong, and the steps that were taken.
package federate

import (
	"errors"
	"time"
)

// Assertion is what an identity provider says of somebody who has proven there who they are. Nothing of it
// was decided here: its signature, audience, times and binding to the browser hold, and no more.
// (NIST SP 800-63C-4, section 4.)
type Assertion struct {
	Issuer  string
	Subject string // who it is at the issuer, for good: the key of an identity. Never an address
	ID      string // of the assertion; "" where the protocol makes replays impossible
	Expires time.Time

	Email         string
	EmailVerified bool // the provider says so, in the type that its protocol names
	Name          string
	Locale        string
	Attributes    map[string][]string // everything that it said, as text; bounded by MaxAttributes

	AuthTime  time.Time // when the subject last proved who they are; zero where the provider does not say
	ACR       string    // the context class that was reached: acr, AuthnContextClassRef
	AMR       []string  // the methods that were used
	SessionID string    // of the provider's session: sid, SessionIndex; "" for none
	Hint      string    // names subject and session in a request to sign out: the ID token, the NameID as JSON
}

// Bounds of what is taken over from a provider.
const (
	MaxAttributes = 200  // values of all attributes together
	MaxValue      = 1024 // bytes of one
)

// Problem is what is wrong with an answer or an address, by a code that has words: "sso.problem." and the
// code. Detail is for whoever set the provider up; it never holds a secret.
type Problem struct {
	Code   string
	Detail string
	Cause  error
}

func (p *Problem) Error() string {
	text := p.Code
	if p.Detail != "" {
		text += ": " + p.Detail
	}
	if p.Cause != nil {
		text += ": " + p.Cause.Error()
	}
	return text
}

func (p *Problem) Unwrap() error { return p.Cause }

// ProblemOf returns the problem that an error is about, if any.
func ProblemOf(err error) (*Problem, bool) { return errors.AsType[*Problem](err) }

// CodeOf returns the code of a problem; "" of another error.
func CodeOf(err error) string {
	if p, ok := ProblemOf(err); ok {
		return p.Code
	}
	return ""
}

// Step is one thing that was done on the way to an assertion, for whoever set the provider up.
type Step struct {
	Name    string // its words are "sso.step." and the name
	Sent    string // with secrets hidden
	Got     string // the same
	Took    time.Duration
	Problem *Problem // why it failed; nil where it went well
}

// Trace takes the steps of a test. A nil one takes none, so that protocols need not ask.
type Trace struct{ Steps []Step }

// MaxShown is how many bytes of what was sent or got a step keeps.
const MaxShown = 4 << 10

// Add notes a step. What is longer than MaxShown is cut.
func (t *Trace) Add(s Step) {
	if t == nil {
		return
	}
	s.Sent, s.Got = cut(s.Sent), cut(s.Got)
	t.Steps = append(t.Steps, s)
}

func cut(s string) string {
	if len(s) > MaxShown {
		return s[:MaxShown] + "…"
	}
	return s
}
