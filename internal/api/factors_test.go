package api

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/signin"
)

func TestFactorsOfOnesOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.browse(memberEmail)
		none := into[factorList](c.get("/me/factors").is(200))
		if none.Items == nil || len(none.Items) != 0 || none.MFAEnabled || none.MFAEnforced || none.BackupCodesRemaining != 0 {
			t.Errorf("%+v", none)
		}
		if diff := cmp.Diff([]string{"webauthn", "totp", "sms", "email"}, none.AllowedMethods); diff != "" {
			t.Error(diff)
		}
		c.post("/me/factors", object("methodType", "totp", "deviceName", "Pixel")).refused(403, sallyport.CodeStepUp) // a sign-in is no proof for it
		c.confirm("add_factor")
		b := into[secondFactorSetUp](c.post("/me/factors", object("methodType", "totp", "deviceName", "Pixel")).is(201))
		if b.MethodType != "totp" || !strings.HasPrefix(b.QRCode, "data:image/png;base64,") || !strings.HasPrefix(b.URI, "otpauth://totp/") ||
			strings.ReplaceAll(b.SecretGroups, " ", "") != b.Secret || !b.ExpiresAt.Equal(a.now().Add(10*time.Minute)) {
			t.Errorf("%+v", b)
		}
		p := &phone{app: a, id: b.MFAID, secret: b.Secret}
		verify := "/me/factors/" + b.MFAID + "/verify"
		if r := c.post(verify, object("code", p.wrong())).refused(401, sallyport.CodeMFAFailed).rule(); r.Field != "code" || r.Code != "wrong_code" {
			t.Errorf("%+v", r)
		}
		if len(into[factorList](c.get("/me/factors")).Items) != 0 {
			t.Error("what is pending is shown")
		}
		done := into[verified](c.post(verify, object("code", p.at(0))).is(200))
		now := a.now()
		want := factorRecord{
			ID: b.MFAID, UserID: a.member.ID, MethodType: "totp", Status: "active", DeviceName: "Pixel",
			LastUsedAt: now, CreatedAt: now, VerifiedAt: now, Allowed: true,
		}
		if diff := cmp.Diff(want, done.Factor); diff != "" || len(done.BackupCodes) != a.policy.MFABackupCodes {
			t.Errorf("%d codes, %s", len(done.BackupCodes), diff)
		}
		c.post(verify, object("code", p.fresh())).refused(404, sallyport.CodeNotFound)
		if who := into[me](c.get("/me").is(200)); !who.MFAEnabled || who.MFAEnforced {
			t.Errorf("%+v", who)
		}

		c.do("PATCH", prefix+"/me/factors/"+b.MFAID, object("deviceName", "Old phone")).is(204)
		if r := c.do("PATCH", prefix+"/me/factors/"+b.MFAID, object("deviceName", strings.Repeat("x", 101))).refused(422, sallyport.CodeInvalid).rule(); r.Field != "deviceName" || r.Code != "too_long" {
			t.Errorf("%+v", r)
		}
		list := into[factorList](c.get("/me/factors").is(200))
		want.DeviceName = "Old phone"
		if diff := cmp.Diff([]factorRecord{want}, list.Items); diff != "" || !list.MFAEnabled || list.BackupCodesRemaining != 10 {
			t.Errorf("%+v %s", list, diff)
		}

		c.stepUp("backup_codes", p)
		codes := into[verified](c.post("/me/backup-codes", "").is(200)).BackupCodes
		if len(codes) != 10 || codes[0] == done.BackupCodes[0] {
			t.Errorf("%v", codes)
		}

		a.policy.MFAEnforced = sallyport.EnforcedEveryone
		c.stepUp("remove_factor", p)
		c.post("/me/factors/"+b.MFAID+"/revoke", "").refused(409, sallyport.CodeMFAEnforced)
		c.post("/me/disable-mfa", "").refused(409, sallyport.CodeMFAEnforced)
		a.policy.MFAEnforced = sallyport.EnforcedNobody
		c.post("/me/factors/"+b.MFAID+"/revoke", "").is(204)
		before := a.events()
		c.post("/me/factors/"+b.MFAID+"/revoke", "").is(204) // it is so already
		c.post("/me/factors/"+a.member.ID+"/revoke", "").refused(404, sallyport.CodeNotFound)
		if a.events() != before {
			t.Error("a second removal has an event")
		}
		list = into[factorList](c.get("/me/factors").is(200))
		if list.MFAEnabled || list.BackupCodesRemaining != 0 || len(list.Items) == 0 || list.Items[0].Status != "revoked" || list.Items[0].EndedReason == "" {
			t.Errorf("%+v", list)
		}
		c.post("/me/backup-codes", "").refused(409, sallyport.CodeConflict)
		c.post("/me/disable-mfa", "").is(204)

		p = c.addPhone()
		c.stepUp("remove_factor", p)
		c.post("/me/disable-mfa", "").is(204)
		if who := into[me](c.get("/me").is(200)); who.MFAEnabled {
			t.Errorf("%+v", who)
		}
	})
}

// A factor that cannot be set up is refused with the field and the rule.
func TestFactorsThatCannotBeSetUp(t *testing.T) {
	a := newApp(t, "")
	a.policy.MFAMethods = []string{"totp", "sms", "email"}
	c := a.browse(memberEmail)
	for body, want := range map[string][2]string{
		object("methodType", "webauthn"):                                               {"methodType", "method_not_allowed"},
		object("methodType", "backup_codes"):                                           {"methodType", ruleUnknownValue},
		object("methodType", "email"):                                                  {"methodType", "email_not_verified"},
		object("methodType", "sms"):                                                    {"phoneNumber", ruleRequired},
		object("methodType", "sms", "phoneNumber", "0791234567"):                       {"phoneNumber", "phone_country"},
		object("methodType", "sms", "phoneNumber", "079", "country", "CH"):             {"phoneNumber", "phone_too_short"},
		object("methodType", "sms", "phoneNumber", "+4179123456789012345"):             {"phoneNumber", "phone_too_long"},
		object("methodType", "sms", "phoneNumber", "0443334455", "country", "CH"):      {"phoneNumber", "phone_not_mobile"},
		object("methodType", "sms", "phoneNumber", "hello there you"):                  {"phoneNumber", "phone_invalid"},
		object("methodType", "totp", "deviceName", "a\x00b"):                           {"deviceName", "invalid_characters"},
		object("methodType", "totp", "secret", "JBSWY3DPEHPK3PXP"):                     {"secret", ruleUnknownField},
		object("methodType", "sms", "phoneNumber", "+41791234567", "deviceName", true): {"deviceName", ruleWrongType},
	} {
		r := c.post("/me/factors", body).refused(422, sallyport.CodeInvalid).rule()
		if r.Field != want[0] || r.Code != want[1] || r.Message == words.T("rule.invalid") {
			t.Errorf("%s: %+v", body, r)
		}
	}
}

// Codes are sent by text message and by mail.
func TestSentCodes(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.browse(memberEmail)
		c.post("/me/verify-email", "").is(202)
		a.client().follow(a.link(memberEmail, notify.VerifyEmail, "/verify-email"), "").is(204)
		targets := map[string]string{"sms": "+41791234567", "email": memberEmail}
		for _, method := range []string{"sms", "email"} {
			fields := []any{"methodType", method}
			if method == "sms" {
				fields = append(fields, "phoneNumber", "079 123 45 67", "country", "CH")
			}
			c.ready("add_factor")
			b := into[secondFactorSetUp](c.post("/me/factors", object(fields...)).is(201))
			if b.SentTo == "" || b.SentTo == targets[method] || b.Secret != "" || b.QRCode != "" {
				t.Errorf("%s: %+v", method, b)
			}
			c.post("/me/factors/"+b.MFAID+"/verify", object("code", a.lastCode(targets[method]))).is(200)
			// A second factor now exists and must be proven before another one is added.
			if step := c.step("/step-up", object("act", "add_factor")); step.Next == signin.Factor {
				step = c.step("/step-up/"+step.FlowID+"/factor/send", object("methodType", method))
				c.step("/step-up/"+step.FlowID+"/factor", object("methodType", method, "code", a.lastCode(targets[method])))
			}
			if r := c.post("/me/factors", object(fields...)).refused(422, sallyport.CodeInvalid).rule(); r.Code != "already_configured" {
				t.Errorf("%s again: %+v", method, r)
			}
		}
		for _, f := range into[factorList](c.get("/me/factors").is(200)).Items {
			if f.PhoneNumber+f.Email != targets[string(f.MethodType)] {
				t.Errorf("%+v", f)
			}
		}

		for _, kind := range []string{webClient, nativeClient} {
			a.advance(time.Hour) // the limit of sent codes ends
			in := a.client()
			s := in.passwordGiven(kind, memberEmail)
			if len(s.Methods) != 3 || s.Methods[2].MethodType != "backup_codes" {
				t.Fatalf("%+v", s.Methods)
			}
			path := "/sign-in/" + s.FlowID
			for _, m := range s.Methods[:2] {
				if m.Hint == "" || m.MFAID == "" || strings.Contains(m.Hint, targets[string(m.MethodType)]) {
					t.Errorf("%+v", m)
				}
				asked := in.step(path+"/factor/send", object("methodType", m.MethodType, "mfaId", m.MFAID))
				if ch := asked.Challenge; ch == nil || string(ch.MethodType) != string(m.MethodType) || ch.SentTo != m.Hint || !ch.ExpiresAt.Equal(a.now().Add(10*time.Minute)) || asked.Next != "factor" {
					t.Fatalf("%+v", asked)
				}
			}
			in.post(path+"/factor", object("methodType", s.Methods[0].MethodType, "code", a.lastCode(targets[string(s.Methods[1].MethodType)]))).refused(401, sallyport.CodeMFAFailed)
			last := s.Methods[1].MethodType
			asked := in.step(path+"/factor/send", object("methodType", last))
			if done := in.step(path+"/factor", object("methodType", asked.Challenge.MethodType, "code", a.lastCode(targets[string(last)]))); done.Next != "done" {
				t.Errorf("%+v", done)
			}
			if !into[current](in.get("/session").is(200)).Assurance.MFAVerified {
				t.Error("not verified")
			}
		}
	})
}
