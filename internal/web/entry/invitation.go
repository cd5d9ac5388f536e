package entry

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// invitationShow is where the link of an invitation leads.
func (p *Pages) invitationShow(v *kit.Visit) error {
	return p.showInvitation(v, invitationInput{}, nil)
}

// invitationAccept gives the account a name and a password. Its owner then signs
// in.
func (p *Pages) invitationAccept(v *kit.Visit) error {
	in := invitationInput{FirstName: v.Value("firstName"), LastName: v.Value("lastName")}
	err := p.Accounts.AcceptInvitation(v.R.Context(), p.linkOf(v), account.Acceptance{
		FirstName: in.FirstName, LastName: in.LastName, Password: v.Value("password"), Confirm: v.Value("confirmPassword"),
	})
	if invalid := kit.AsInvalid(err); invalid != nil {
		return p.showInvitation(v, in, invalid)
	}
	if err != nil {
		return p.linkFailed(v, invitationPath, err)
	}
	v.Flash("flash.invitationAccepted", 0)
	v.Redirect(kit.SignInPath)
	return nil
}

func (p *Pages) showInvitation(v *kit.Visit, in invitationInput, invalid *sallyport.Error) error {
	user, err := p.linkHolder(v, link.Invitation)
	if err != nil {
		return p.linkFailed(v, invitationPath, err)
	}
	in.Email = user.Email
	policy, err := p.Tenants.Policy(v.R.Context(), v.Tenant.ID)
	if err != nil {
		return err
	}
	view := newInvitationView(v.Speaker, v.R.URL.Path, v.Tenant.Name, in, policy)
	status := http.StatusOK
	if invalid != nil {
		view.refuse(v.Speaker, invalid)
		status = request.Status(invalid)
	}
	return p.Show(v, status, "invitation_accept", v.T("invitation.heading", "Organisation", v.Tenant.Name), view)
}
