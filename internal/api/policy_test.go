package api

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/policy"
)

func TestPolicy(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		admin := a.browse(adminEmail)
		first := into[map[string]any](admin.get("/policy").is(200))
		if first["version"] != 0.0 || first["updatedAt"] != nil || first["passwordMinLength"] != 12.0 || len(first) != 1+len(policy.Fields) {
			t.Errorf("%v", first)
		}
		save := func(body string) answer { return admin.do("PUT", prefix+"/policy", body) }
		got := into[policyChanged](save(`{"version":0,"passwordRotationDays":90,"mfaMethods":["totp","webauthn"],"sessionMaskIp":true}`).is(200))
		want := policyChanged{1, []fieldChange{
			{"passwordRotationDays", "0", "90"}, {"mfaMethods", "totp,webauthn,sms,email,backup_codes", "totp,webauthn"}, {"sessionMaskIp", "false", "true"},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		save(`{"version":0,"passwordHistory":6}`).refused(409, sallyport.CodeConflict)
		if got := save(`{"version":1}`).is(200).body; got != `{"version":1,"changes":[]}`+"\n" {
			t.Errorf("nothing to change: %s", got)
		}
		second := into[map[string]any](admin.get("/policy").is(200))
		if second["version"] != 1.0 || second["updatedAt"] != a.now().Format(time.RFC3339) || second["passwordRotationDays"] != 90.0 {
			t.Errorf("%v", second)
		}

		preset := func(body string) answer { return admin.post("/policy/preset", body) }
		preset(`{"version":0,"preset":"strict"}`).refused(409, sallyport.CodeConflict)
		preset(`{"version":1,"preset":"lenient"}`).refused(422, sallyport.CodeInvalid)
		if got := into[policyChanged](preset(`{"version":1,"preset":"strict"}`).is(200)); got.Version != 2 || len(got.Changes) < 5 {
			t.Errorf("%+v", got)
		}
		if last := into[map[string]any](admin.get("/policy").is(200)); last["version"] != 2.0 || last["mfaEnforced"] != "everyone" {
			t.Errorf("%v", last)
		}
	})
}

func TestPolicyRefuses(t *testing.T) {
	a := newApp(t, "")
	admin := a.browse(adminEmail)
	for body, want := range map[string][]fieldProblem{
		`{"version":0,"passwordMinLength":7,"lockoutFailures":101}`: {
			{"lockoutFailures", "out_of_range", "This must be from 3 to 100."}, {"passwordMinLength", "out_of_range", "This must be from 8 to 64."},
		},
		`{"version":0,"sessionIdleWebDays":60,"sessionIdleMobileDays":60,"sessionLifetimeDays":30}`: {
			{"sessionIdleWebDays", "more_than", "This cannot be more than sessionLifetimeDays."},
			{"sessionIdleMobileDays", "more_than", "This cannot be more than sessionLifetimeDays."},
		},
		`{"version":0,"mfaEnforced":"admins","mfaMethods":["backup_codes"]}`: {{"mfaEnforced", "no_method_left", "mfaMethods leaves nothing that could be asked for."}},
		`{"version":0,"deviceSkipMfa":true}`:                                 {{"deviceSkipMfa", "needs", "This needs deviceReverifyDays, which is 0."}},
		`{"version":0,"deviceCompromise":"panic"}`:                           {{"deviceCompromise", "not_an_option", "Possible are flag, alert."}},
		`{"version":0,"mfaMethods":["totp","rune"]}`:                         {{"mfaMethods", "not_an_option", "Possible are totp, webauthn, sms, email, backup_codes."}},
		`{"version":0,"passwordHistory":"5","passwordRequireMix":1}`: {
			{"passwordHistory", "wrong_type", "This has the wrong type."}, {"passwordRequireMix", "wrong_type", "This has the wrong type."},
		},
		`{"version":0,"passwordMinimum":8}`: {{"passwordMinimum", "unknown_field", "There is no such field."}},
		`{"version":0.5}`:                   {{"version", "wrong_type", "This has the wrong type."}},
		`{"passwordHistory":6}`:             {{"version", "required", "This is required."}},
	} {
		p := into[problem](admin.do("PUT", prefix+"/policy", body).refused(422, sallyport.CodeInvalid))
		if diff := cmp.Diff(want, p.Errors); diff != "" {
			t.Errorf("%s: %s", body, diff)
		}
	}
	if v := into[map[string]any](admin.get("/policy"))["version"]; v != 0.0 {
		t.Errorf("version %v", v)
	}
}

// A client that reads a policy can write it back unchanged, whatever the kind of the field.
func TestPolicyGoesBothWays(t *testing.T) {
	a := newApp(t, "")
	admin := a.browse(adminEmail)
	for version, preset := range policy.Presets[:3] {
		admin.post("/policy/preset", object("version", version, "preset", preset)).is(200)
		all := into[map[string]any](admin.get("/policy").is(200))
		delete(all, "updatedAt")
		body, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if got := into[policyChanged](admin.do("PUT", prefix+"/policy", string(body)).is(200)); len(got.Changes) != 0 {
			t.Errorf("%s: %+v", preset, got)
		}
	}
}

func TestPolicyFields(t *testing.T) {
	a := newApp(t, "")
	got := into[struct{ Items []policyField }](a.browse(memberEmail).get("/policy/fields").is(200))
	if len(got.Items) != len(policy.Fields) {
		t.Fatalf("%d fields", len(got.Items))
	}
	for _, f := range got.Items {
		numeric := f.Kind == "number" || f.Kind == "minutes" || f.Kind == "days"
		if f.Kind == "" || f.Means == "" || len(f.Presets) != 4 || numeric != (f.Max != nil) || (f.Kind == "choice" || f.Kind == "choices") != (len(f.Options) > 0) {
			t.Errorf("%+v", f)
		}
	}
}

func TestPasswordChangeDue(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		c := a.browse(memberEmail)
		who := func() me { return into[me](c.get("/me").is(200)) }
		if got := who(); got.PasswordChangeDue || !got.PasswordChangedAt.Equal(a.now()) {
			t.Errorf("%+v", got)
		}
		a.policy.PasswordRotation = 5 * 24 * time.Hour
		a.advance(a.policy.PasswordRotation - time.Second)
		if who().PasswordChangeDue {
			t.Error("due too early")
		}
		a.advance(time.Second)
		if !who().PasswordChangeDue {
			t.Error("not due")
		}
	})
}
