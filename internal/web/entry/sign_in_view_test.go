package entry

import (
	"testing"
	"time"

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
		if sessionNotice(s, "", code) == nil {
			t.Errorf("%s has no notice", code)
		}
	}
	if sessionNotice(s, "", sallyport.CodeNotSignedIn) != nil {
		t.Error("a notice for somebody who never was signed in")
	}
}

// A wrong password and an address nobody has read alike, to the byte.
func TestRefusalsDoNotTellAccountsApart(t *testing.T) {
	s := kittest.Speaker()
	card := func(refused *sallyport.Error) string {
		v := newSignInView(s, "Northwind", "", "someone@corp.test")
		v.fail(signInProblem(s, refused))
		body, err := kit.LoadTemplates()["en"].Render("sign_in", kittest.Page(s, kit.SignInPath, "", nil, v))
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
	refuse := func(detail string) *sallyport.Error {
		return &sallyport.Error{Code: sallyport.CodeInvalidCredentials, Detail: detail}
	}
	if card(refuse("wrong password")) != card(refuse("no such account")) {
		t.Error("the pages differ")
	}
	// A lock and a wait of the same length read alike, too.
	for _, after := range []time.Duration{time.Millisecond, 2 * time.Second, 30 * time.Minute} {
		locked := card(&sallyport.Error{Code: sallyport.CodeAccountLocked, RetryAfter: after})
		if waits := card(&sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: after}); waits != locked {
			t.Errorf("%v: a lock and a wait differ", after)
		}
	}
}
