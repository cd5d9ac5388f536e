package main

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
)

// passwordGiven signs in with the password, and returns the answer with the token of the
// next step.
func (n *node) passwordGiven() map[string]any {
	n.t.Helper()
	_, flow := n.api("/sign-in", map[string]string{"email": ownerEmail, "client": "native"}, nil)
	status, step := n.api("/sign-in/"+flow["flowId"].(string)+"/password", map[string]string{"password": goodPassword},
		map[string]string{"Sallyport-Flow": flow["flowToken"].(string)})
	if status != 200 {
		n.t.Fatalf("the password: status %d: %v", status, step)
	}
	if step["next"] == "device" {
		_, step = n.api("/sign-in/"+flow["flowId"].(string)+"/device", map[string]bool{"trust": false},
			map[string]string{"Sallyport-Flow": step["flowToken"].(string)})
	}
	return step
}

// addApp sets up an authenticator app for the owner.
func (n *node) addApp() {
	n.t.Helper()
	bearer := map[string]string{"Authorization": "Bearer " + n.passwordGiven()["accessToken"].(string)}
	_, flow := n.api("/step-up", map[string]string{"act": "add_factor"}, bearer)
	bearer["Sallyport-Flow"], _ = flow["flowToken"].(string)
	_, proven := n.api("/step-up/"+flow["flowId"].(string)+"/password", map[string]string{"password": goodPassword}, bearer)
	bearer = map[string]string{"Authorization": "Bearer " + proven["accessToken"].(string)}
	_, begun := n.api("/me/factors", map[string]string{"methodType": "totp"}, bearer)
	code, err := totp.GenerateCode(begun["secret"].(string), time.Now())
	if err != nil {
		n.t.Fatal(err)
	}
	if status, done := n.api("/me/factors/"+begun["mfaId"].(string)+"/verify", map[string]string{"code": code}, bearer); status != 200 {
		n.t.Fatalf("the app: status %d: %v", status, done)
	}
}

// handedCode matches a code that is printed.
var handedCode = regexp.MustCompile(`(?m)^[0-9a-z]{4}(-[0-9a-z]{4}){5}$`)

// addAppByCode sets up an authenticator app for the owner in a sign-in, by a code that was handed over.
func (n *node) addAppByCode(handed string) {
	n.t.Helper()
	step := n.passwordGiven()
	flow := "/sign-in/" + step["flowId"].(string)
	next := func(path string, fields map[string]string) {
		n.t.Helper()
		status, out := n.api(flow+path, fields, map[string]string{"Sallyport-Flow": step["flowToken"].(string)})
		if step = out; status != 200 {
			n.t.Fatalf("%s: status %d: %v", path, status, out)
		}
	}
	next("/factor", map[string]string{"methodType": "backup_codes", "code": handed})
	next("/enrol", map[string]string{"methodType": "totp"})
	code, err := totp.GenerateCode(step["setUp"].(map[string]any)["secret"].(string), time.Now())
	if err != nil {
		n.t.Fatal(err)
	}
	next("/enrol/verify", map[string]string{"code": code})
}

// The operator helps a user who lost a phone, and takes an old key out of use.
func TestSecondFactorsOfAUser(t *testing.T) {
	onBoth(t, func(t *testing.T, _ string, flags []string) {
		with := func(args ...string) []string { return append(args, flags...) }
		n := start(t, flags...).ready()
		n.claim()
		if o := run(t, nil, with("user", "backup-codes", ownerEmail)...); o.code != 1 || !strings.Contains(o.errors, "has no second factor") {
			t.Errorf("codes without a factor: %+v", o)
		}
		if o := run(t, nil, with("user", "reset-mfa", "--reason", "Lost", "--checked", "video", "nobody@example.com")...); o.code != 1 || !strings.Contains(o.errors, "no such user") {
			t.Errorf("nobody: %+v", o)
		}
		n.addApp()
		if out := ok(t, with("user", "list")...); !strings.Contains(out, "active  totp") {
			t.Errorf("user list: %s", out)
		}
		codes := strings.Fields(ok(t, with("user", "backup-codes", ownerEmail)...))
		if code := n.stop(); code != 0 {
			t.Fatalf("exit code %d", code)
		}
		ok(t, with("keys", "rotate")...)
		if out := ok(t, with("keys", "reseal")...); !strings.Contains(out, "seals 2 second factors") || !strings.Contains(out, "Every node") {
			t.Errorf("keys reseal: %s", out)
		}

		n = start(t, flags...).ready()
		step := n.passwordGiven()
		status, done := n.api("/sign-in/"+step["flowId"].(string)+"/factor", map[string]string{"methodType": "backup_codes", "code": codes[len(codes)-1]},
			map[string]string{"Sallyport-Flow": step["flowToken"].(string)})
		if step["next"] != "factor" || status != 200 || done["backupCodesRemaining"] != float64(9) {
			t.Errorf("with a backup code: %d %v, after %v", status, done, step["next"])
		}
		var code string
		for _, tt := range []struct{ command, says, next string }{
			{"reset-mfa --reason Lost --checked in_person", "Hand this code over", "factor"},
			{"require-mfa", "needs a second factor from the next sign-in on", "factor"},
			{"require-mfa --off", "needs no second factor", "factor"},
		} {
			args := append([]string{"user"}, strings.Fields(tt.command)...)
			out := ok(t, with(append(args, ownerEmail)...)...)
			if !strings.Contains(out, tt.says) {
				t.Errorf("%s: %s", tt.command, out)
			}
			if m := handedCode.FindString(out); m != "" {
				code = m
			}
			if next := n.passwordGiven()["next"]; next != tt.next {
				t.Errorf("after %s the next step is %v", tt.command, next)
			}
		}
		n.addAppByCode(code)
		for _, tt := range []struct{ command, says, next string }{
			{"user suspend-mfa %s totp", "Suspended a second factor", ""}, // the password alone does not do
			{"user resume-mfa %s totp --json", `"secondFactor":"strong"`, "factor"},
			{"user revoke-mfa %s totp", "Removed a second factor", "done"},
			{"user require-mfa %s", "needs a second factor", "enrol"},
			{"user exempt-mfa %s --days 3 --reason Travel --json", `"mfaExemptUntil":"20`, "done"},
			{"user exempt-mfa %s --off", "exempt no longer", "done"},
			{"mfa overview --json", `"strong":0,"weak":0,"none":1,"required":0`, "done"},
			{"mfa overview", "1 with none, of whom 0 must have one", "done"},
			{"mfa remind none", "Mails to 1 people; 0 were", "done"},
			{"mfa remind none --json", `"sent":0,"skipped":1`, "done"},
		} {
			args := strings.Fields(strings.ReplaceAll(tt.command, "%s", ownerEmail))
			if out := ok(t, with(args...)...); !strings.Contains(out, tt.says) {
				t.Errorf("%s: %s", tt.command, out)
			}
			if tt.next == "" {
				continue
			}
			if next := n.passwordGiven()["next"]; next != tt.next {
				t.Errorf("after %s the next step is %v", tt.command, next)
			}
		}
		for command, says := range map[string]string{
			"user exempt-mfa " + ownerEmail + " --days 400 --reason x": "until: At most a year ahead",
			"user exempt-mfa " + ownerEmail:                            "reason: This is required",
			"user revoke-mfa " + ownerEmail + " totp":                  "has no such second factor",
			"mfa remind everybody":                                     "no audience",
		} {
			if o := run(t, nil, with(strings.Fields(command)...)...); o.code != 1 || !strings.Contains(o.errors, says) {
				t.Errorf("%s: %+v", command, o)
			}
		}
	})
}
