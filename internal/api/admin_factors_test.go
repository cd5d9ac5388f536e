package api

import (
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
)

func TestFactorsOfOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		admin := a.browse(adminEmail)
		member := a.browse(memberEmail)
		p := member.addPhone()
		of := "/users/" + a.member.ID
		list := into[page[factorRecord]](admin.get("/factors").is(200))
		if len(list.Items) != 2 || list.NextCursor != nil || list.Items[0].UserID != a.member.ID {
			t.Errorf("%+v", list)
		}
		first := into[page[factorRecord]](admin.get("/factors?limit=1&userId=" + a.member.ID).is(200))
		if len(first.Items) != 1 || first.NextCursor == nil {
			t.Fatalf("%+v", first)
		}
		if rest := into[page[factorRecord]](admin.get("/factors?limit=1&userId=" + a.member.ID + "&cursor=" + *first.NextCursor).is(200)); len(rest.Items) != 1 || rest.Items[0].ID == first.Items[0].ID || rest.NextCursor != nil {
			t.Errorf("%+v", rest)
		}
		for _, nobody := range []string{a.owner.ID, "x", a.foreigner().ID} {
			if none := into[page[factorRecord]](admin.get("/factors?userId=" + url.QueryEscape(nobody)).is(200)); len(none.Items) != 0 || none.Items == nil {
				t.Errorf("%q: %+v", nobody, none)
			}
		}
		if has := into[factorList](admin.get(of + "/factors").is(200)); !has.MFAEnabled || len(has.Items) != 1 || has.BackupCodesRemaining != 10 {
			t.Errorf("%+v", has)
		}

		codes := into[verified](admin.post(of+"/backup-codes", "").is(200)).BackupCodes
		if len(codes) != 10 || slices.Contains(p.codes, codes[0]) {
			t.Errorf("%v", codes)
		}
		c := a.client()
		s := c.passwordGiven(webClient, memberEmail)
		c.post("/sign-in/"+s.FlowID+"/factor", object("methodType", "backup_codes", "code", p.codes[0])).refused(401, sallyport.CodeMFAFailed)
		c.step("/sign-in/"+s.FlowID+"/factor", object("methodType", "backup_codes", "code", codes[0]))

		admin.post(of+"/require-mfa", "").is(204)
		if who := into[me](member.get("/me").is(200)); !who.MFAEnforced {
			t.Errorf("%+v", who)
		}
		a.mails()
		a.advance(11 * time.Minute)
		admin.post(of+"/reset-mfa", object("reason", "")).refused(422, sallyport.CodeInvalid)
		why := object("reason", "Lost phone", "checked", "in_person")
		if ask := into[problem](admin.post(of+"/reset-mfa", why).refused(403, sallyport.CodeStepUp)).StepUp; ask.Act != "manage_factors" || !ask.Password {
			t.Errorf("%+v", ask)
		}
		admin.stepUp("manage_factors", nil)
		done := into[struct {
			RevokedFactors int
			Code           string
			CodeExpiresAt  time.Time
		}](admin.post(of+"/reset-mfa", why).is(200))
		if done.RevokedFactors != 1 || done.Code == "" || done.CodeExpiresAt.IsZero() {
			t.Errorf("%+v", done)
		}
		if mails := a.mails(); len(mails) != 1 || mails[0].Kind != notify.FactorsReset || mails[0].To != memberEmail {
			t.Errorf("%+v", mails)
		}
		admin.post(of+"/backup-codes", "").refused(409, sallyport.CodeConflict)
		c = a.client()
		s = c.passwordGiven(webClient, memberEmail)
		if s = c.step("/sign-in/"+s.FlowID+"/factor", object("methodType", "backup_codes", "code", done.Code)); s.Next != signin.Enrol {
			t.Errorf("%+v", s)
		}
		admin.post(of+"/require-mfa", object("required", false)).is(204)
		admin.post(of+"/require-mfa", object("required", "no")).refused(422, sallyport.CodeInvalid)
		// The code was used up, and nothing was set up by it.
		late := a.client()
		flow := late.open(webClient, memberEmail)
		late.post("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword)).refused(403, sallyport.CodeFactorUnavailable)
	})
}

// An admin's acts on one method, an exemption, reminders and what they lead to, over HTTP.
func TestAdminsActsOnFactors(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		p := a.person(place{a.owner.TenantID, ""}, sallyport.RoleMember, fresh)
		admin := a.browse(ownerEmail)
		of := "/users/" + p.user.ID
		method := of + "/factors/" + p.factor
		status := func() string {
			for _, f := range into[factorList](admin.get(of + "/factors")).Items {
				if f.ID == p.factor {
					return string(f.Status)
				}
			}
			return ""
		}
		for _, step := range []struct{ act, want string }{{"suspend", "suspended"}, {"suspend", "suspended"}, {"resume", "active"}, {"revoke", "revoked"}, {"revoke", "revoked"}} {
			admin.post(method+"/"+step.act, "").is(204)
			if got := status(); got != step.want {
				t.Errorf("%s: %s", step.act, got)
			}
		}
		admin.post(method+"/resume", "").refused(409, sallyport.CodeConflict)
		admin.post(of+"/factors/x/revoke", "").refused(404, sallyport.CodeNotFound)

		admin.post(of+"/exempt-mfa", object("until", "2026-11-28T12:00:00Z", "reason", "Lost phone")).is(204)
		if got := into[factorList](admin.get(of + "/factors")); got.ExemptUntil.IsZero() {
			t.Error("the exemption is not shown")
		}
		admin.post(of+"/exempt-mfa", object("until", "2026-11-28T12:00:00Z")).refused(422, sallyport.CodeInvalid)
		admin.post(of+"/exempt-mfa", "{}").is(204)
		admin.post(of+"/demand-password", "").is(204)
		if n := into[ended](admin.post(of+"/terminate-sessions", "").is(200)); n.EndedSessions == 0 {
			t.Error("no session ended")
		}
		if n := into[ended](admin.post(of+"/terminate-sessions", "").is(200)); n.EndedSessions != 0 {
			t.Errorf("%d sessions ended twice", n.EndedSessions)
		}
		admin.get("/mfa/overview").is(200)
		admin.get("/mfa/history?days=7").is(200)
		admin.get("/mfa/history?days=0").refused(422, sallyport.CodeInvalid)
		admin.post("/mfa/remind", object("audience", "none")).is(200)
		admin.post("/mfa/remind", object("audience", "everybody")).refused(422, sallyport.CodeInvalid)
	})
}
