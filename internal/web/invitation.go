package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/request"
)

// invitationShow is where the link of an invitation leads.
func (p *Pages) invitationShow(v *visit) error {
	if _, err := p.Accounts.CheckLink(v.r.Context(), link.Mailed{TenantID: v.tenant.ID, Kind: link.Invitation, Secret: v.r.PathValue("secret")}); err != nil {
		return p.linkFailed(v, invitationPath, err)
	}
	return p.showInvitation(v, invitationInput{}, nil)
}

// invitationAccept gives the account a name and a password. Its owner then signs
// in.
func (p *Pages) invitationAccept(v *visit) error {
	in := invitationInput{FirstName: formOf(v, "firstName"), LastName: formOf(v, "lastName")}
	err := p.Accounts.AcceptInvitation(v.r.Context(), p.linkOf(v), account.Acceptance{
		FirstName: in.FirstName, LastName: in.LastName, Password: formOf(v, "password"), Confirm: formOf(v, "confirmPassword"),
	})
	if invalid := asInvalid(err); invalid != nil {
		return p.showInvitation(v, in, invalid)
	}
	if err != nil {
		return p.linkFailed(v, invitationPath, err)
	}
	flash(v, "flash.invitationAccepted", 0)
	redirect(v, signInPath)
	return nil
}

func (p *Pages) showInvitation(v *visit, in invitationInput, invalid *sallyport.Error) error {
	policy, err := p.Tenants.Policy(v.r.Context(), v.tenant.ID)
	if err != nil {
		return err
	}
	view := newInvitationView(v.speaker, v.r.URL.Path, v.tenant.Name, in, policy)
	status := http.StatusOK
	if invalid != nil {
		view.refuse(v.speaker, invalid)
		status = request.Status(invalid)
	}
	return p.show(v, status, "invitation_accept", v.T("invitation.heading", "Organisation", v.tenant.Name), view)
}
