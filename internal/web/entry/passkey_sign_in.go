package entry

import (
	"net/http"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// passkeySignInOptions begins a sign-in in which a passkey says who it is. The
// drop-down of the e-mail field asks without being told to, and does not end a
// sign-in that waits for its second factor in another tab.
func (p *Pages) passkeySignInOptions(v *kit.Visit) error {
	from := p.opening(v)
	if v.Value("fill") != "" && request.FlowToken(v.R) != "" {
		if r, err := p.SignIn.Look(v.R.Context(), from, request.FlowToken(v.R)); err == nil && r.State != signin.Password {
			v.W.WriteHeader(http.StatusNoContent)
			return nil
		}
	}
	result, err := p.SignIn.OpenPasskey(v.R.Context(), from)
	return p.passkeyOptions(v, kit.SignInPath, result, err)
}

// passkeySignIn takes the answer of the passkey: password and second factor in one.
func (p *Pages) passkeySignIn(v *kit.Visit) error {
	next := v.Value("next")
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), request.FlowToken(v.R), signin.Step{
		State: signin.Password, Passkey: passkeyOf(v),
	})
	if err == nil {
		return p.signInNext(v, next, result)
	}
	if sallyport.CodeOf(err) == sallyport.CodeMFAFailed {
		return p.signInRefused(v, next, err, notePasskey)
	}
	return p.signInRefused(v, next, err)
}

// passkeyOf returns what the script of a page put into the form: never nothing, so
// that it is not taken for a password.
func passkeyOf(v *kit.Visit) []byte {
	if text := v.Value("passkey"); text != "" {
		return []byte(text)
	}
	return []byte("{}")
}

// allowsPasskeys reports whether people may sign in with one.
func allowsPasskeys(p sallyport.Policy) bool { return ownersCan(p) && !p.SSORequired }

// ownersCan reports whether owners may, also where everybody else has to sign in at an identity provider.
func ownersCan(p sallyport.Policy) bool {
	return slices.Contains(p.MFAMethods, sallyport.MethodWebAuthn)
}
