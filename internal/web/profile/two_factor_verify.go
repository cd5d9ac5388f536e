package profile

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// factorVerifyAsk shows a method that was begun, and waits for its first use. It
// can be looked at again until its time is over.
func (p *Pages) factorVerifyAsk(v *kit.Visit) error {
	if err := p.MayAct(v, policy.AddFactor); err != nil {
		return err
	}
	id := v.R.PathValue("id")
	begun, err := p.Factors.Begun(v.R.Context(), p.Actor(v), id)
	if errors.Is(err, sallyport.ErrNotFound) {
		return p.SendBack(v, kit.WithNext(kit.AddFactorPath, v.R.FormValue("next")), err)
	}
	if err != nil {
		return err
	}
	view := kit.ViewSetUp(v.Speaker, profilePlace(v.Speaker, id, v.R.FormValue("next")), begun)
	again := p.SentBack(v)
	view.Refill(v.Speaker, again)
	return p.ShowEnrol(v, again.Status(v), view)
}

// factorVerify makes the method count. Backup codes that come with it are part of
// the answer, because they are shown this once.
func (p *Pages) factorVerify(v *kit.Visit) error {
	next := kit.LocalPath(v.R.FormValue("next"))
	done, err := p.Factors.Verify(v.R.Context(), p.Actor(v), v.R.PathValue("id"), answerIn(v))
	if errors.Is(err, sallyport.ErrNotFound) {
		return p.SendBack(v, kit.WithNext(kit.AddFactorPath, next), err)
	}
	if kit.AsRefused(err) != nil {
		return p.SendBack(v, kit.WithNext(v.R.URL.Path, next), err)
	}
	if err != nil {
		return err
	}
	request.SetSession(v.W, done.SessionToken, done.Session.ExpiresAt)
	if len(done.BackupCodes) == 0 {
		return factorAdded(v, next)
	}
	view := kit.ViewCodes(v.Speaker, v.Tenant.Name, v.Checked.User.Email, done.BackupCodes)
	view.Done, view.Next = kit.CodesDone(v.Speaker, done), next
	return p.Show(v, http.StatusOK, "two_factor_codes", view.Title, view)
}

// factorAdded goes on with a message, to where somebody was going or back to the section.
func factorAdded(v *kit.Visit, next string) error {
	if next == kit.HomePath {
		return twoFactorDone(v, "flash.factorAdded")
	}
	v.Flash("flash.factorAdded", 0)
	v.Redirect(next)
	return nil
}

// answerIn reads the first use of a method in a session, which it is proven in as well.
func answerIn(v *kit.Visit) mfa.Answer {
	a := kit.AnswerOf(v)
	a.Session = request.SessionToken(v.R)
	return a
}
