package profile

import (
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// activityConfirm records that the sign-in of a session was the user's own. That they said
// so before is as good.
func (p *Pages) activityConfirm(v *kit.Visit) error {
	a, err := p.attemptOf(v, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	err = p.Accounts.AnswerMine(v.R.Context(), p.Actor(v), a.ID)
	if err != nil && !errors.Is(err, sallyport.ErrConflict) {
		return err
	}
	v.Flash("flash.activityConfirmed", 0)
	v.Redirect(kit.HomePath + "#sessions")
	return nil
}

// attemptsRead bounds looking for the attempt of a session, newest first.
const attemptsRead = 2000

// attemptOf finds the sign-in that a session of the user began with.
func (p *Pages) attemptOf(v *kit.Visit, sessionID string) (sallyport.Attempt, error) {
	left := attemptsRead
	for a, err := range list.All(list.OwnAttempts.First(), func(q list.Query) (list.Page[sallyport.Attempt], error) {
		return p.Accounts.OwnAttempts(v.R.Context(), p.Actor(v), q)
	}) {
		if err != nil || a.SessionID == sessionID && sessionID != "" {
			return a, err
		}
		if left--; left == 0 {
			break
		}
	}
	return sallyport.Attempt{}, sallyport.ErrNotFound
}

// forgetAnswered takes the question from the rows of sessions whose owner answered it.
func (p *Pages) forgetAnswered(v *kit.Visit, rows []kit.SessionRow) error {
	for i := range rows {
		if rows[i].Doubt == nil {
			continue
		}
		a, err := p.attemptOf(v, rows[i].ID)
		switch {
		case errors.Is(err, sallyport.ErrNotFound): // too long ago to be answered
			rows[i].Doubt = nil
		case err != nil:
			return err
		case a.Answer != sallyport.AnswerNone:
			rows[i].Doubt = nil
		}
	}
	return nil
}
