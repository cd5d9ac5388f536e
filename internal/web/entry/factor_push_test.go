package entry_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

var shownNumber = regexp.MustCompile(`class="sp-approval"[^>]*>(\d\d)<`)

// phoneOf is a visitor with the session of the phone of the owner.
func phoneOf(t *testing.T, v *webtest.Visitor, p apptest.Approver) *webtest.Visitor {
	t.Helper()
	phone := v.Another()
	phone.Client.Jar.SetCookies(webtest.MustURL(t, v.Base), []*http.Cookie{{Name: webtest.SessionCookie, Value: p.Phone.From.Session, Path: "/", Secure: true}})
	return phone
}

func TestFactorByApproval(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		phone := phoneOf(t, v, a.AddApprover(t, apptest.OwnerEmail))
		v.Has(v.Challenged(t), "the app “Phone” shows", "Approval on another device")
		v.Has(v.Get("/sign-in/factor?method=push"), "Ask my other devices")
		phone.Has(phone.Get("/approve"), "Nothing to approve")

		sent := v.Post("/sign-in/factor/send", "method", "push", "next", "/profile/security/activity")
		v.At(sent, http.StatusOK, "/sign-in/factor?"+strings.SplitN(sent.Path(), "?", 2)[1])
		number := webtest.First(t, shownNumber, sent)
		v.Has(sent, "Open the notification on your other device", "I have approved it", "/approve", "Use a backup code", `data-approval="/sign-in/factor/state?next=`)
		waiting := v.Post("/sign-in/factor", "method", "push", "next", "/profile/security/activity")
		v.SentBack(waiting, http.StatusUnprocessableEntity, "/sign-in/factor")
		v.Has(waiting, "Nobody has approved it yet", ">"+number+"<")
		v.Has(v.Get("/sign-in/factor/state"), `{"state":"waiting"}`)

		asks := phone.Get("/approve")
		if !strings.HasPrefix(asks.Path(), "/approve/") {
			t.Fatalf("came to %s", asks.Path())
		}
		phone.Has(asks, "Approve a sign-in", "127.0.0.1", "This wasn’t me", "Number that is shown there")
		if strings.Contains(asks.Text, ">"+number+"<") {
			t.Error("the phone shows the number")
		}
		wrong := phone.Post(asks.Path(), "number", "x")
		phone.SentBack(wrong, http.StatusUnprocessableEntity, asks.Path())
		phone.Has(wrong, "Enter the two digits")
		phone.Has(phone.Post(asks.Path(), "number", number), "Approved", "Go on on the other device")
		phone.Has(phone.Post(asks.Path()+"/deny"), "Approved") // it has its answer

		v.Has(v.Get("/sign-in/factor/state"), `{"state":"approved"}`)
		v.Has(v.Get("/sign-in/factor?method=push"), "Approved. One moment")
		v.At(v.Post("/sign-in/factor", "method", "push", "next", "/profile/security/activity"), http.StatusOK, "/profile/security/activity")
		v.At(phone.Get("/approve/nonsense"), http.StatusNotFound, "/approve/nonsense")
	})
}

func TestFactorDeniedElsewhere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		phone := phoneOf(t, v, a.AddApprover(t, apptest.OwnerEmail))
		v.Challenged(t)
		number := webtest.First(t, shownNumber, v.Post("/sign-in/factor/send", "method", "push"))
		other := "10"
		if number == other {
			other = "11"
		}
		page := phone.Get("/approve").Path()
		phone.Has(phone.Post(page, "number", other), "That was another number", "Change the password")
		v.Has(v.Get("/sign-in/factor?method=push"), "Another number was entered on the other device", "Ask once more", "Use a backup code")

		v.Post("/sign-in/factor/send", "method", "push")
		page = phone.Get("/approve").Path()
		phone.Has(phone.Post(page+"/deny"), "Whoever asked knows your password", `href="/profile/security/password"`)
		v.Has(v.Get("/sign-in/factor/state"), `{"state":"over"}`)
		over := v.Get("/sign-in/factor?method=push")
		v.Has(over, "Denied on another device", "sign in again and use another way")

		v.Challenged(t)
		limited := v.Post("/sign-in/factor/send", "method", "push")
		v.SentBack(limited, http.StatusTooManyRequests, "/sign-in/factor")
		v.Has(limited, "For now, use another way", "Use a backup code")
	})
}

func TestStepUpDeniedElsewhere(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		p := a.AddApprover(t, apptest.OwnerEmail)
		phone := phoneOf(t, v, p)
		v.Challenged(t)
		a.Clock.Advance(30 * time.Second)
		v.At(v.Post("/sign-in/factor", "method", "totp", "code", p.App.Code(t)), http.StatusOK, "/profile/security")
		kept := []string{"act", "change_email", "next", "/profile/general/email"}
		asked := v.Post("/step-up", append(kept, "password", apptest.Password)...)
		v.Has(asked, "Approval on another device")
		sent := v.Post("/step-up/factor/send", append(kept, "method", "push")...)
		v.Has(sent, "I have approved it", `data-approval="/step-up/factor/state?act=change_email`)
		v.Has(v.Get("/step-up/factor/state?act=change_email&next=%2Fprofile%2Fgeneral%2Femail"), `{"state":"waiting"}`)
		page := phone.Get("/approve")
		phone.Has(page, "Approve an act", "You are about to change your e-mail address.")
		phone.Post(page.Path() + "/deny")
		over := v.Get("/step-up/factor?act=change_email&next=%2Fprofile%2Fgeneral%2Femail&method=push")
		if !strings.HasPrefix(over.Path(), "/sign-in?") {
			t.Errorf("came to %s", over.Path())
		}
		v.Has(over, "You reported that something was not you")
	})
}
