package entry

import (
	"net/url"

	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// challenge is where a second factor is asked for: at the sign-in, or before an act of
// somebody who is signed in. Both have the same pages.
type challenge struct {
	path  string     // of the challenge; codes and options are asked for below it
	start string     // where to begin anew
	back  kit.Anchor // the way out
	lead  string     // why it is asked for
	keep  []kit.Kept // goes along from page to page
	past  func(*kit.Visit, signin.Result) error
	wrong func(*kit.Visit, error) error // what ends the flow, and is no wrong answer
}

// address returns a page of the challenge with what it keeps, and more names and values.
func (at challenge) address(path string, more ...string) string {
	query := url.Values{}
	for _, k := range at.keep {
		query.Set(k.Name, k.Value)
	}
	for i := 0; i+1 < len(more); i += 2 {
		if more[i+1] != "" {
			query.Set(more[i], more[i+1])
		}
	}
	return kit.WithQuery(path, query)
}

// signInChallenge is the challenge of a sign-in.
func (p *Pages) signInChallenge(v *kit.Visit) challenge {
	next := v.R.FormValue("next")
	return challenge{
		path: factorPath, start: kit.WithNext(kit.SignInPath, next), keep: kit.KeepNext(next),
		back: kit.Anchor{Text: v.T("factor.otherAccount"), Path: kit.WithNext(kit.SignInPath, next)},
		lead: v.T("factor.lead"),
		past: func(v *kit.Visit, r signin.Result) error { return p.signInNext(v, next, r) },
		wrong: func(v *kit.Visit, err error) error {
			request.ClearFlow(v.W) // what was proven is over: begin anew
			return p.signInRefused(v, next, err)
		},
	}
}

func (p *Pages) factorShow(v *kit.Visit) error { return p.challengeShow(v, p.signInChallenge(v)) }

func (p *Pages) factorAnswer(v *kit.Visit) error { return p.challengeAnswer(v, p.signInChallenge(v)) }

func (p *Pages) factorSend(v *kit.Visit) error { return p.challengeSend(v, p.signInChallenge(v)) }

func (p *Pages) factorState(v *kit.Visit) error { return p.challengeState(v, p.signInChallenge(v)) }
