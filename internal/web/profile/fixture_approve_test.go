package profile

import (
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

// approveFixtures are the pages of requests to approve something.
func approveFixtures() []kittest.Fixture {
	show := func(name string, change func(*mfa.Request)) kittest.Fixture {
		return kittest.Fixture{Name: "approve-" + name, Template: "approve_show", Page: func(s kit.Speaker) kit.Page {
			r := mfa.Request{
				ID: "r1", From: kittest.From(kittest.DeviceInfo(sallyport.DeviceDesktop, "Chrome", "macOS", ""), sallyport.Location{Country: "PT", City: "Lisbon"}, "203.0.113.42"),
				CreatedAt: kittest.Now.Add(-20 * time.Second), Until: kittest.Now.Add(100 * time.Second), State: mfa.ApprovalWaiting, May: true,
			}
			change(&r)
			v := viewApprove(s, r, "Northwind Logistics")
			if name == "typed" {
				v.Number.Errors = []string{s.Rule(sallyport.FieldError{Field: "number", Code: "two_digits"})}
			}
			return kittest.Page(s, mfa.ApprovalPath+r.ID, v.Title, &kittest.Amara, v)
		}}
	}
	in := func(state string) func(*mfa.Request) { return func(r *mfa.Request) { r.State = state } }
	return []kittest.Fixture{
		show("sign-in", func(*mfa.Request) {}), show("typed", func(*mfa.Request) {}),
		show("act", func(r *mfa.Request) { r.Act, r.Native = policy.ChangeEmail, true }),
		show("unknown-place", func(r *mfa.Request) {
			r.From = kittest.From(sallyport.DeviceInfo{Type: sallyport.DeviceUnknown}, sallyport.Location{}, "2001:db8:85a3:8d3:1319:8a2e:370:7348")
		}),
		show("approved", in(mfa.ApprovalApproved)), show("denied", in(mfa.ApprovalDenied)), show("wrong", in(mfa.ApprovalWrong)), show("expired", in(mfa.ApprovalExpired)),
		show("asks", func(r *mfa.Request) { r.Asks, r.May = true, false }), show("no-trust", func(r *mfa.Request) { r.May = false }),
		{Name: "approve-none", Template: "approve_show", Page: func(s kit.Speaker) kit.Page {
			v := viewNoApproval(s)
			return kittest.Page(s, approvePath, v.Title, &kittest.Amara, v)
		}},
	}
}
