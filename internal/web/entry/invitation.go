package entry

import (
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// invitationAccept gives the account a name and a password. Its owner then signs
// in.
func (p *Pages) invitationAccept(v *kit.Visit) error {
	err := p.Accounts.AcceptInvitation(v.R.Context(), p.linkOf(v), account.Acceptance{
		FirstName: v.Value("firstName"), LastName: v.Value("lastName"), Password: v.Value("password"), Confirm: v.Value("confirmPassword"),
	})
	if kit.AsInvalid(err) != nil {
		return p.SendBack(v, v.R.URL.Path, err)
	}
	if err != nil {
		return p.linkFailed(v, invitationPath, err)
	}
	v.Flash("flash.invitationAccepted", 0)
	v.Redirect(kit.SignInPath)
	return nil
}

// invitationShow is where the link of an invitation leads.
func (p *Pages) invitationShow(v *kit.Visit) error {
	user, err := p.linkHolder(v, link.Invitation)
	if err != nil {
		return p.linkFailed(v, invitationPath, err)
	}
	rules, err := p.Tenants.PolicyOf(v.R.Context(), v.Tenant.ID, user.ID)
	if err != nil {
		return err
	}
	again := p.SentBack(v)
	in := invitationInput{FirstName: again.Value("firstName"), LastName: again.Value("lastName"), Email: user.Email}
	view := newInvitationView(v.Speaker, v.R.URL.Path, v.Tenant.Name, in, policy.ForPassword(rules, user, v.Now))
	view.again(v.Speaker, again)
	return p.Show(v, again.Status(v), "invitation_accept", v.T("invitation.heading", "Organisation", v.Tenant.Name), view)
}
