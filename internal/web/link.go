package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/request"
)

// The pages of mailed links. To look at one changes nothing; its button does.

func (p *Pages) verifyShow(v *visit) error {
	return p.linkShow(v, link.VerifyEmail, verifyPath, func(link.Link) *linkView {
		return viewVerify(v.speaker, v.r.URL.Path, v.tenant.Name)
	})
}

// verify proves the address. Whoever is not signed in is led to do so, and told
// there.
func (p *Pages) verify(v *visit) error {
	err := p.Accounts.VerifyEmail(v.r.Context(), p.linkOf(v))
	if err != nil {
		return p.linkFailed(v, verifyPath, err)
	}
	flash(v, "flash.emailVerified", 0)
	redirect(v, homePath)
	return nil
}

// verifyAsk mails a new link to the signed-in user.
func (p *Pages) verifyAsk(v *visit) error {
	if err := p.Accounts.RequestVerification(v.r.Context(), p.actor(v)); err != nil {
		return err
	}
	flash(v, "flash.verificationSent", 0)
	redirect(v, homePath)
	return nil
}

func (p *Pages) unlockShow(v *visit) error {
	return p.linkShow(v, link.Unlock, unlockPath, func(link.Link) *linkView { return viewUnlock(v.speaker, v.r.URL.Path) })
}

// linkOf is the mailed link that the visit comes with.
func (p *Pages) linkOf(v *visit) link.Mailed {
	return link.Mailed{TenantID: v.tenant.ID, Secret: v.r.PathValue("secret"), Client: p.Read.Client(v.r)}
}

// unlock lifts the locks of an account.
func (p *Pages) unlock(v *visit) error {
	err := p.Accounts.UnlockByLink(v.r.Context(), p.linkOf(v))
	if err != nil {
		return p.linkFailed(v, unlockPath, err)
	}
	flash(v, "flash.unlocked", 0)
	redirect(v, signInPath)
	return nil
}

func (p *Pages) notMeShow(v *visit) error {
	return p.linkShow(v, link.NotMe, notMePath, func(l link.Link) *linkView {
		return viewNotMe(v.speaker, v.r.URL.Path, l.SessionID != "", l.DeviceID != "")
	})
}

// notMe secures the account. What was done is told at once and once: the link
// that could tell it again is used up.
func (p *Pages) notMe(v *visit) error {
	done, err := p.Accounts.NotMe(v.r.Context(), p.linkOf(v))
	if err != nil {
		return p.linkFailed(v, notMePath, err)
	}
	view := viewNotMeDone(v.speaker, done.Sessions, done.Device)
	return p.show(v, http.StatusOK, "link_done", view.Title, view)
}

// linkShow is the page of a link that works, or says that it does not.
func (p *Pages) linkShow(v *visit, kind link.Kind, base string, of func(link.Link) *linkView) error {
	l, err := p.Accounts.CheckLink(v.r.Context(), link.Mailed{TenantID: v.tenant.ID, Kind: kind, Secret: v.r.PathValue("secret")})
	if err != nil {
		return p.linkFailed(v, base, err)
	}
	view := of(l)
	return p.show(v, http.StatusOK, "link_ask", view.Title, view)
}

// linkFailed explains a link that does not work any more, and what to do.
func (p *Pages) linkFailed(v *visit, base string, err error) error {
	if sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
		return err
	}
	view := viewExpired(v.speaker, base, request.Status(err), sallyport.CodeLinkExpired)
	return p.show(v, view.Status, "error_show", view.Title, view)
}
