package demo

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/openid"
	"github.com/sallyport/sallyport/internal/sso"
)

// planSSO adds an identity provider that is off, and a domain that nobody has proven. Their addresses lead nowhere
// (RFC 2606), so the demo asks nobody.
func (w *world) planSSO() {
	w.will(w.part(0.9), func(ctx context.Context) error {
		by := sallyport.Operator(w.tenantID)
		p, err := w.uses.SSO.Add(ctx, by, sso.Input{
			Name: "Staff directory", Protocol: sso.OpenID, Secret: "not-a-secret",
			Settings: sso.Settings{
				Preset: "keycloak", Use: sso.Organisation, Button: true, Issuer: "https://login.example/realms/staff", ClientID: "sallyport", Scopes: []string{"openid", "email", "profile"},
				Claims:    openid.Claims{Groups: "groups"},
				Provision: sso.ForDomains, Admits: []sso.Match{{Value: "staff"}}, Roles: []sso.RoleRule{{Match: sso.Match{Value: "it"}, Role: sallyport.RoleAdmin}}, Vouches: []string{"amr:mfa"},
			},
		})
		if err != nil {
			return err
		}
		_, err = w.uses.SSO.AddDomain(ctx, by, p.ID, "staff.example")
		return err
	})
}
