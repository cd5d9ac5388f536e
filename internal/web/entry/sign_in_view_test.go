package entry

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// Everything that ends a session is told.
func TestEveryEndHasWords(t *testing.T) {
	s := kittest.Speaker()
	for _, code := range []sallyport.Code{
		sallyport.CodeSessionRevoked, sallyport.CodeSessionTerminated, sallyport.CodeSessionSuspended, sallyport.CodeSessionExpired,
	} {
		if sessionNotice(s, code) == nil {
			t.Errorf("%s has no notice", code)
		}
	}
	if sessionNotice(s, sallyport.CodeNotSignedIn) != nil {
		t.Error("a notice for somebody who never was signed in")
	}
}

// A wrong password and an address nobody has read alike, to the byte.
func TestRefusalsDoNotTellAccountsApart(t *testing.T) {
	s := kittest.Speaker()
	card := func(detail string) string {
		v := newSignInView(s, "Northwind", "", "someone@corp.test")
		v.fail(signInProblem(s, sallyport.Refuse(sallyport.CodeInvalidCredentials, detail)))
		body, err := kit.LoadTemplates()["en"].Render("sign_in", kittest.Page(s, kit.SignInPath, "", nil, v))
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	if card("wrong password") != card("no such account") {
		t.Error("the pages differ")
	}
}
