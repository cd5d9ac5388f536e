package api

import (
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
)

// Who sends a form too early has not guessed: an answer that is empty is refused before a try is spent, at every
// place that takes a password, a code or a passkey. Each is asked more often than it has tries, and then answered.
func TestAnEmptyAnswerCostsNoTry(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		empty := func(c *client, path, field string, bodies ...string) {
			t.Helper()
			for range 8 {
				for _, body := range bodies {
					r := c.post(path, body).refused(422, sallyport.CodeInvalid).rule()
					if r.Field != field || r.Code != "required" {
						t.Fatalf("%s %s: %+v", path, body, r)
					}
				}
			}
		}
		codes := []string{object("code", ""), `{}`, object("code", " - "), object("code", "abcdef"), object("code", "\u200b")}

		owner := a.browse(memberEmail)
		owner.ready("add_factor")
		b := into[secondFactorSetUp](owner.post("/me/factors", object("methodType", "totp", "deviceName", "Pixel")).is(201))
		empty(owner, "/me/factors/"+b.MFAID+"/verify", "code", codes...)
		p := &phone{app: a, id: b.MFAID, secret: b.Secret}
		p.codes = owner.verify(b.MFAID, object("code", p.at(0))).BackupCodes
		empty(owner, "/me/password", "currentPassword", object("currentPassword", "", "newPassword", otherPassword))
		owner.post("/me/password", object("currentPassword", otherPassword, "newPassword", otherPassword)).refused(422, sallyport.CodeInvalid) // compared, and wrong

		c := a.client()
		flow := c.open("web", memberEmail)
		empty(c, "/sign-in/"+flow.FlowID+"/password", "password", object("password", ""))
		s := c.step("/sign-in/"+flow.FlowID+"/password", object("password", goodPassword))
		factor := "/sign-in/" + s.FlowID + "/factor"
		for _, code := range []string{"", " ", "abcdef"} {
			empty(c, factor, "code", object("methodType", "totp", "code", code))
		}
		empty(c, factor, "code", object("methodType", "totp"), object("methodType", "backup_codes", "code", "- -"))
		c.post(factor, `{"methodType":"totp","code":null}`).refused(422, sallyport.CodeInvalid)
		if s = c.step(factor, object("methodType", "totp", "code", p.fresh())); s.Next != signin.Done {
			t.Fatalf("%+v", s)
		}
	})
}
