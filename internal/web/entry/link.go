package entry

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// The pages of mailed links. To look at one changes nothing; its button does.

func (p *Pages) verifyShow(v *kit.Visit) error {
	return p.linkShow(v, link.VerifyEmail, verifyPath, func(link.Link) *linkView {
		return viewVerify(v.Speaker, v.R.URL.Path, v.Tenant.Name)
	})
}

// verify proves the address. Whoever is not signed in is led to do so, and told
// there.
func (p *Pages) verify(v *kit.Visit) error {
	err := p.Accounts.VerifyEmail(v.R.Context(), p.linkOf(v))
	if err != nil {
		return p.linkFailed(v, verifyPath, err)
	}
	v.Flash("flash.emailVerified", 0)
	v.Redirect(kit.HomePath)
	return nil
}

func (p *Pages) unlockShow(v *kit.Visit) error {
	return p.linkShow(v, link.Unlock, unlockPath, func(link.Link) *linkView { return viewUnlock(v.Speaker, v.R.URL.Path) })
}

// linkOf is the mailed link that the visit comes with.
func (p *Pages) linkOf(v *kit.Visit) link.Mailed {
	return link.Mailed{TenantID: v.Tenant.ID, Secret: v.Secret, Client: p.Read.Client(v.R)}
}

// linkHolder is whose account the mailed link of the visit is about.
func (p *Pages) linkHolder(v *kit.Visit, kind link.Kind) (sallyport.User, error) {
	m := p.linkOf(v)
	m.Kind = kind
	return p.Accounts.HolderOf(v.R.Context(), m)
}

// unlock lifts the locks of an account.
func (p *Pages) unlock(v *kit.Visit) error {
	err := p.Accounts.UnlockByLink(v.R.Context(), p.linkOf(v))
	if err != nil {
		return p.linkFailed(v, unlockPath, err)
	}
	v.Flash("flash.unlocked", 0)
	v.Redirect(kit.SignInPath)
	return nil
}

func (p *Pages) notMeShow(v *kit.Visit) error {
	return p.linkShow(v, link.NotMe, notMePath, func(l link.Link) *linkView {
		return viewNotMe(v.Speaker, v.R.URL.Path, l.SessionID != "", l.DeviceID != "")
	})
}

// notMe secures the account. What was done is told at once and once: the link
// that could tell it again is used up.
func (p *Pages) notMe(v *kit.Visit) error {
	if v.Value("close") == "" {
		done, err := p.Accounts.NotMe(v.R.Context(), p.linkOf(v))
		return p.notMeDone(v, done, err)
	}
	done, err := p.Accounts.NotMeAndClose(v.R.Context(), p.linkOf(v), v.Value("currentPassword"))
	if kit.AsRefused(err) != nil { // the password to close the account with was not right
		return p.SendBack(v, v.R.URL.Path, err)
	}
	return p.notMeDone(v, done, err)
}

func (p *Pages) notMeDone(v *kit.Visit, done account.NotMeDone, err error) error {
	if err != nil {
		return p.linkFailed(v, notMePath, err)
	}
	view := viewNotMeDone(v.Speaker, done)
	return p.Show(v, http.StatusOK, "act_done", view.Title, view)
}

// linkShow is the page of a link that works, or says that it does not.
func (p *Pages) linkShow(v *kit.Visit, kind link.Kind, base string, of func(link.Link) *linkView) error {
	l, err := p.Accounts.CheckLink(v.R.Context(), link.Mailed{TenantID: v.Tenant.ID, Kind: kind, Secret: v.Secret, Client: p.Read.Client(v.R)})
	if err != nil {
		return p.linkFailed(v, base, err)
	}
	view, again := of(l), p.SentBack(v)
	if err := again.Refused(); err != nil && view.Close != nil {
		view.refuse(v.Speaker, err)
	}
	return p.Show(v, again.Status(v), "link_ask", view.Title, view)
}

// linkGone says that a link has to be opened again from its mail: the browser has it no more.
func (p *Pages) linkGone(v *kit.Visit) error {
	view := viewGone(v.Speaker)
	return p.Show(v, view.Status, "error_show", view.Title, view)
}

// linkFailed explains a link that does not work any more, and what to do.
func (p *Pages) linkFailed(v *kit.Visit, base string, err error) error {
	if sallyport.CodeOf(err) != sallyport.CodeLinkExpired {
		return err
	}
	view := viewExpired(v.Speaker, base, request.Status(err), sallyport.CodeLinkExpired)
	return p.Show(v, view.Status, "error_show", view.Title, view)
}
