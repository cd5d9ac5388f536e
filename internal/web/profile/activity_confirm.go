package profile

import (
	"errors"
	"iter"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
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
	v.Redirect(sessionsSection)
	return nil
}

// attemptsRead bounds looking for the attempt of a session, newest first.
const attemptsRead = 2000

// eachAttempt reads the attempts to sign in to the account page by page, newest first.
func (p *Pages) eachAttempt(v *kit.Visit) iter.Seq2[sallyport.Attempt, error] {
	return list.All(list.OwnAttempts.First(), func(q list.Query) (list.Page[sallyport.Attempt], error) {
		return p.Accounts.OwnAttempts(v.R.Context(), p.Actor(v), q)
	})
}

// attemptOf finds the sign-in that a session of the user began with.
func (p *Pages) attemptOf(v *kit.Visit, sessionID string) (sallyport.Attempt, error) {
	left := attemptsRead
	for a, err := range p.eachAttempt(v) {
		if err != nil || a.SessionID == sessionID && sessionID != "" {
			return a, err
		}
		if left--; left == 0 {
			break
		}
	}
	return sallyport.Attempt{}, sallyport.ErrNotFound
}

// unusualAsked is how long its owner is asked about an unusual sign-in whose session is over.
const unusualAsked = 30 * 24 * time.Hour

// unanswered returns the unusual sign-ins that their owner said nothing of, newest first: those
// of live sessions, and recent ones whose session is over or that were refused after every proof. A
// new password, or that its device is blocked or removed, settles those.
func (p *Pages) unanswered(v *kit.Visit, user sallyport.User, live liveSessions) ([]unusual, error) {
	doubted := map[string]sallyport.Session{}
	for _, s := range live.shown {
		if s.Assessment.Score >= risk.Unusual {
			doubted[s.ID] = s
		}
	}
	m := p.missing(v, policy.EndDevice)
	settled := func(a sallyport.Attempt) bool {
		d, known := live.devices[a.DeviceID]
		return !a.CreatedAt.After(user.PasswordChangedAt) || known && !device.MayStart(d.Device)
	}
	var out []unusual
	left, since := attemptsRead, v.Now.Add(-unusualAsked)
	for a, err := range p.eachAttempt(v) {
		left--
		if err != nil || left < 0 || len(doubted) == 0 && a.CreatedAt.Before(since) {
			return out, err
		}
		session, isLive := doubted[a.SessionID]
		delete(doubted, a.SessionID)
		if a.Assessment.Score < risk.Unusual || a.Answer != sallyport.AnswerNone || !isLive && (a.CreatedAt.Before(since) || settled(a)) {
			continue
		}
		u := unusual{Attempt: a, live: isLive, current: a.SessionID == live.current}
		if isLive && !u.current {
			u.deny = m.before(v.Speaker, policy.EndDevice, confirmDenial(v.Speaker, session, blocksDevice(session, v.Checked.Session.DeviceID)))
		}
		out = append(out, u)
	}
	return out, nil
}
