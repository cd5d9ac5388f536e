package web

import (
	"errors"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/request"
)

// factorVerifyAsk shows a method that was begun, and waits for its first use. It
// can be looked at again until its time is over.
func (p *Pages) factorVerifyAsk(v *visit) error {
	if err := p.mayAct(v, policy.AddFactor); err != nil {
		return err
	}
	return p.showBegun(v, http.StatusOK, nil)
}

func (p *Pages) showBegun(v *visit, status int, refused *sallyport.Error) error {
	id := v.r.PathValue("id")
	begun, err := p.Factors.Begun(v.r.Context(), p.actor(v), id)
	if errors.Is(err, sallyport.ErrNotFound) {
		return p.showChoose(v, http.StatusNotFound, sallyport.ErrNotFound)
	}
	if err != nil {
		return err
	}
	view := viewSetUp(v.speaker, profilePlace(v.speaker, id), begun)
	view.keep(v)
	if refused != nil {
		view.refuse(v.speaker, refused)
	}
	return p.showEnrol(v, status, view)
}

// factorVerify makes the method count. Backup codes that come with it are part of
// the answer, because they are shown this once.
func (p *Pages) factorVerify(v *visit) error {
	done, err := p.Factors.Verify(v.r.Context(), p.actor(v), v.r.PathValue("id"), answerIn(v))
	if errors.Is(err, sallyport.ErrNotFound) {
		return p.showChoose(v, http.StatusNotFound, sallyport.ErrNotFound)
	}
	if e := asRefused(err); e != nil {
		request.SetRetryAfter(v.w.Header(), err)
		return p.showBegun(v, request.Status(err), e)
	}
	if err != nil {
		return err
	}
	request.SetSession(v.w, done.SessionToken, done.Session.ExpiresAt)
	if len(done.BackupCodes) == 0 {
		return twoFactorDone(v, "flash.factorAdded")
	}
	view := viewCodes(v.speaker, v.tenant.Name, v.checked.User.Email, done.BackupCodes)
	view.Done = codesDone(v.speaker, done)
	return p.show(v, http.StatusOK, "two_factor_codes", view.Title, view)
}

// codesDone says what was set up, above the codes that came with it.
func codesDone(s speaker, done mfa.Enrolled) string {
	id := "codes.added"
	if done.First {
		id = "codes.enabled"
	}
	return s.T(id, "Name", s.factorName(done.Factor))
}

// answerIn reads the first use of a method in a session, which it is proven in as well.
func answerIn(v *visit) mfa.Answer {
	a := answerOf(v)
	a.Session = request.SessionToken(v.r)
	return a
}

// answerOf reads the first use of a method.
func answerOf(v *visit) mfa.Answer {
	return mfa.Answer{Code: formOf(v, "code"), Passkey: []byte(formOf(v, "passkey")), Name: formOf(v, "name")}
}

// keep puts what was typed, secrets aside, into the form that is shown again.
func (v *enrolView) keep(from *visit) {
	name := formOf(from, "name")
	if v.App != nil {
		v.App.Name.Value = name
	}
	if v.Passkey != nil {
		v.Passkey.Name.Value = name
	}
}
