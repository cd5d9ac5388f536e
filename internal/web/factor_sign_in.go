package web

import (
	"net/url"

	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// challenge is where a second factor is asked for: at the sign-in, or before an act of
// somebody who is signed in. Both have the same pages.
type challenge struct {
	path  string // of the challenge; codes and options are asked for below it
	start string // where to begin anew
	back  anchor // the way out
	lead  string // why it is asked for
	keep  []kept // goes along from page to page
	past  func(*visit, signin.Result) error
	wrong func(*visit, error) error // what ends the flow, and is no wrong answer
}

// kept is a value that a form takes along.
type kept struct{ Name, Value string }

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
	return withQuery(path, query)
}

// keepNext is the page to go on to as a value to be kept, unless it is the first one.
func keepNext(next string) []kept {
	if next = localPath(next); next == homePath {
		return nil
	}
	return []kept{{"next", next}}
}

// signInChallenge is the challenge of a sign-in.
func (p *Pages) signInChallenge(v *visit) challenge {
	next := v.r.FormValue("next")
	return challenge{
		path: factorPath, start: withNext(signInPath, next), keep: keepNext(next),
		back: anchor{Text: v.T("factor.otherAccount"), Path: withNext(signInPath, next)},
		lead: v.T("factor.lead"),
		past: func(v *visit, r signin.Result) error { return p.signInNext(v, next, r) },
		wrong: func(v *visit, err error) error {
			request.ClearFlow(v.w) // what was proven is over: begin anew
			return p.signInRefused(v, next, "", err)
		},
	}
}

func (p *Pages) factorShow(v *visit) error   { return p.challengeShow(v, p.signInChallenge(v)) }
func (p *Pages) factorAnswer(v *visit) error { return p.challengeAnswer(v, p.signInChallenge(v)) }
func (p *Pages) factorSend(v *visit) error   { return p.challengeSend(v, p.signInChallenge(v)) }
