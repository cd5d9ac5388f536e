package entry

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// maxLogoutToken bounds the form of a back-channel logout, in bytes.
const maxLogoutToken = 128 << 10

// backChannelEnded takes the word of a provider's server that somebody signed out there. (OpenID Connect
// Back-Channel Logout 1.0, sections 2.5 and 2.8.)
func (p *Pages) backChannelEnded(v *kit.Visit) error {
	_, err := p.SSO.BackChannel(v.R.Context(), v.Tenant.ID, v.R.PathValue("provider"), v.Value("logout_token"))
	if err != nil && request.Status(err) >= http.StatusInternalServerError {
		return err
	}
	if err != nil {
		return v.JSON(http.StatusBadRequest, map[string]string{"error": "invalid_request", "error_description": string(sallyport.CodeOf(err))})
	}
	v.W.WriteHeader(http.StatusOK)
	return nil
}

// thereEnded is where a provider that speaks SAML sends browsers to sign somebody out, and back from signing
// them out there.
func (p *Pages) thereEnded(v *kit.Visit) error {
	form := v.R.PostForm
	query := ""
	if v.R.Method == http.MethodGet {
		form, query = v.R.URL.Query(), v.R.URL.RawQuery
	}
	if form.Has("SAMLResponse") {
		v.Redirect(kit.SignInPath)
		return nil
	}
	m := sso.Message{Query: query}
	if query == "" {
		m.Form, m.RelayState = form.Get("SAMLRequest"), form.Get("RelayState")
	}
	out, err := p.SSO.SingleLogout(v.R.Context(), v.Tenant.ID, v.R.PathValue("provider"), m)
	if err != nil {
		return err
	}
	return p.Away(v, out)
}
