package api

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/signin"
)

func TestSignInWithAnApp(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		p := a.browse(memberEmail).addPhone()
		for _, kind := range []string{webClient, nativeClient} {
			c := a.client()
			s := c.passwordGiven(kind, memberEmail)
			want := []signInMethod{{MethodType: "totp", MFAID: p.id, DeviceName: "Pixel"}, {MethodType: "backup_codes", MFAID: s.Methods[1].MFAID}}
			if diff := cmp.Diff(want, s.Methods); s.Next != signin.Factor || diff != "" || c.cookies["__Host-sallyport"]+s.AccessToken != "" {
				t.Fatalf("%+v, cookies %v, %s", s, c.cookies, diff)
			}
			path := "/sign-in/" + s.FlowID
			looked := c.get(path).is(200)
			if got := into[signInStep](looked); got.Next != signin.Factor || len(got.Methods) != 2 || got.FlowToken != "" || looked.header.Get("Set-Cookie") != "" {
				t.Errorf("%s, %v", looked.body, looked.header)
			}
			c.get("/sign-in/other").refused(401, sallyport.CodeFlowExpired)
			a.advance(5 * time.Minute) // no code of this time was used
			for code, want := range map[string]fieldProblem{
				p.wrong():             {"code", "wrong_code", words.T("rule.wrong_code")},
				p.at(3 * time.Minute): {"code", "wrong_code", words.T("rule.wrong_code")}, // a known device gets the rule
				p.at(-time.Minute):    {"code", "clock_drift", "Your phone’s clock is about 1 minute slow. Set it to automatic, then enter the next code."},
			} {
				if diff := cmp.Diff(want, c.post(path+"/factor", object("methodType", "totp", "code", code)).refused(401, sallyport.CodeMFAFailed).rule()); diff != "" {
					t.Error(diff)
				}
			}
			if r := c.post(path+"/factor", object("methodType", "sms", "code", "123456")).refused(422, sallyport.CodeInvalid).rule(); r.Field != "methodType" || r.Code != "method_unavailable" {
				t.Errorf("%+v", r)
			}
			c.post(path+"/password", object("password", goodPassword)).refused(409, sallyport.CodeFlowMismatch)
			c.post(path+"/enrol", object("methodType", "totp")).refused(409, sallyport.CodeFlowMismatch)
			c.post(path+"/passkey", object("credential", map[string]any{})).refused(409, sallyport.CodeFlowMismatch)
			code := p.at(0)
			if s = c.step(path+"/factor", object("methodType", "totp", "code", code)); s.Next != signin.Done || (s.AccessToken != "") != (kind == nativeClient) {
				t.Fatalf("%+v", s)
			}
			who := into[current](c.get("/session").is(200))
			if !who.Assurance.MFAVerified || !who.Assurance.MFAVerifiedAt.Equal(a.now()) {
				t.Errorf("%+v", who)
			}

			again := a.client()
			s = again.passwordGiven(kind, memberEmail)
			if r := again.post("/sign-in/"+s.FlowID+"/factor", object("methodType", "totp", "code", code)).refused(401, sallyport.CodeMFAFailed).rule(); r.Code != "used_code" {
				t.Errorf("%+v", r)
			}
			a.advance(time.Hour) // the counters are forgotten

			s = c.passwordGiven(kind, memberEmail)
			if r := c.post("/sign-in/"+s.FlowID+"/factor", object("methodType", "totp", "code", p.at(3*time.Minute))).refused(401, sallyport.CodeMFAFailed).rule(); r.Code != "clock_drift" ||
				r.Message != "Your phone’s clock is about 3 minutes fast. Set it to automatic, then enter the next code." {
				t.Errorf("%+v", r)
			}
		}
	})
}

func TestSignInWithABackupCode(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		p := a.browse(memberEmail).addPhone()
		use := func(code string) answer {
			c := a.client()
			c.answers = true // a backup code ends the trust of devices, so the next step asks about the device
			s := c.passwordGiven(webClient, memberEmail)
			return c.post("/sign-in/"+s.FlowID+"/factor", object("methodType", "backup_codes", "code", code))
		}
		for i, left := range []int{9, 8} {
			if s := into[signInStep](use(strings.ToLower(p.codes[i])).is(200)); s.Next != signin.Device || s.BackupCodesRemaining == nil || *s.BackupCodesRemaining != left {
				t.Errorf("%+v", s)
			}
		}
		if r := use(p.codes[0]).refused(401, sallyport.CodeMFAFailed).rule(); r.Code != "wrong_code" {
			t.Errorf("%+v", r)
		}
	})
}

// A user who must have a second factor and has none sets one up during the sign-in.
func TestEnrolmentAtSignIn(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		a.policy.MFAEnforced = sallyport.EnforcedEveryone
		for _, kind := range []string{webClient, nativeClient} {
			address := map[string]string{webClient: memberEmail, nativeClient: adminEmail}[kind]
			c := a.client()
			c.answers = true
			s := c.passwordGiven(kind, address)
			if diff := cmp.Diff([]string{"webauthn", "totp", "sms", "email"}, s.AllowedMethods); s.Next != signin.Enrol || diff != "" {
				t.Fatalf("%+v %s", s, diff)
			}
			path := "/sign-in/" + s.FlowID
			c.post(path+"/enrol/verify", object("code", "123456")).refused(409, sallyport.CodeConflict)
			c.post(path+"/factor", object("methodType", "totp", "code", "123456")).refused(409, sallyport.CodeFlowMismatch)
			s = c.step(path+"/enrol", object("methodType", "totp", "deviceName", "Pixel"))
			e := s.SetUp
			if s.Next != signin.Enrol || e == nil || e.MFAID == "" || e.Secret == "" || e.QRCode == "" || len(s.AllowedMethods) != 4 {
				t.Fatalf("%+v", s)
			}
			p := &phone{app: a, secret: e.Secret}
			if r := c.post(path+"/enrol/verify", object("code", p.wrong())).refused(401, sallyport.CodeMFAFailed).rule(); r.Code != "wrong_code" {
				t.Errorf("%+v", r)
			}
			if s = c.step(path+"/enrol/verify", object("code", p.at(0))); s.Next != signin.Device || len(s.BackupCodes) != 10 || s.SetUp != nil {
				t.Fatalf("%+v", s)
			}
			c.step(path+"/device", object("trust", true))
			if d := c.devices()[0]; d.TrustLevel != sallyport.TrustMedium {
				t.Errorf("%+v", d)
			}
			if who := into[me](c.get("/me").is(200)); !who.MFAEnabled || !who.MFAEnforced {
				t.Errorf("%+v", who)
			}
		}
	})
}
