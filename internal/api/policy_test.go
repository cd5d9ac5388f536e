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
		got := into[policyChanged](admin.changePolicy(0, `{"passwordRotationDays":90,"mfaMethods":["totp","webauthn"],"sessionMaskIp":true}`).is(200))
		want := policyChanged{1, []fieldChange{
			{"passwordRotationDays", "0", "90"}, {"mfaMethods", "totp,webauthn,push,sms,email,backup_codes", "totp,webauthn"}, {"sessionMaskIp", "false", "true"},
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		admin.changePolicy(0, `{"passwordHistory":6}`).refused(412, codeStale)
		if got := admin.changePolicy(1, `{}`).is(200); got.body != `{"version":1,"changes":[]}`+"\n" || got.header.Get("ETag") != `"1"` {
			t.Errorf("nothing to change: %s", got.body)
		}
		second := into[map[string]any](admin.get("/policy").is(200))
		if second["version"] != 1.0 || second["updatedAt"] != a.now().Format(time.RFC3339) || second["passwordRotationDays"] != 90.0 {
			t.Errorf("%v", second)
		}

		admin.applyPreset(0, "strict").refused(412, codeStale)
		admin.applyPreset(1, "lenient").refused(422, sallyport.CodeInvalid)
		if got := into[policyChanged](admin.applyPreset(1, "strict").is(200)); got.Version != 2 || len(got.Changes) < 5 {
			t.Errorf("%+v", got)
		}
		if last := into[map[string]any](admin.get("/policy").is(200)); last["version"] != 2.0 || last["mfaEnforced"] != "everyone" {
			t.Errorf("%v", last)
		}
	})
}

// matching makes a call with a condition.
func (c *client) matching(match, method, path, body string) answer {
	c.app.t.Helper()
	c.headers["If-Match"] = match
	defer delete(c.headers, "If-Match")
	return c.do(method, prefix+path, body)
}

func (c *client) changePolicy(version int64, body string) answer {
	c.app.t.Helper()
	return c.matching(policyTag(version), "PATCH", "/policy", body)
}

func (c *client) applyPreset(version int64, preset policy.Preset) answer {
	c.app.t.Helper()
	return c.matching(policyTag(version), "POST", "/policy/preset", object("preset", preset))
}

// A change says which version it is based on.
func TestPolicyIsChangedAsItWasRead(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		admin, other, member := a.browse(adminEmail), a.browse(ownerEmail), a.browse(memberEmail)
		tag := admin.get("/policy").is(200).header.Get("ETag")
		version := int64(0)
		if tag != `"0"` {
			t.Errorf("tag %s", tag)
		}
		for i, tt := range []struct {
			match  string
			status int
		}{
			{"", 428}, {" ", 428}, {`"1"`, 412}, {`"01"`, 412}, {"0", 412}, {`W/"0"`, 412}, {`"-1"`, 412}, {`"x"`, 412}, {`"5", "6"`, 412},
			{tag, 200}, {tag, 412}, {"*", 200}, {`"1", "2"`, 200}, {`"3"`, 200},
		} {
			body := object("passwordHistory", 6+i)
			code := map[int]sallyport.Code{428: codeNoMatch, 412: codeStale}[tt.status]
			got := admin.matching(tt.match, "PATCH", "/policy", body)
			if tt.status == 200 {
				version++
				if next := got.is(200).header.Get("ETag"); next != policyTag(version) {
					t.Errorf("%s: tag %s", tt.match, next)
				}
			} else {
				got.refused(tt.status, code)
				admin.matching(tt.match, "POST", "/policy/preset", object("preset", "strict")).refused(tt.status, code)
			}
			if now := other.get("/policy").is(200).header.Get("ETag"); now != policyTag(version) {
				t.Errorf("%s: the policy is %s, want %d", tt.match, now, version)
			}
		}
		member.matching("*", "PATCH", "/policy", "{}").refused(403, sallyport.CodeForbidden)
		member.matching(`"9"`, "PATCH", "/policy", "{}").refused(403, sallyport.CodeForbidden)
		admin.do("PUT", prefix+"/policy", "{}").refused(405, codeMethod)
	})
}

func TestPolicyRefuses(t *testing.T) {
	a := newApp(t, "")
	admin := a.browse(adminEmail)
	for body, want := range map[string][]fieldProblem{
		`{"passwordMinLength":7,"lockoutFailures":101}`: {
			{"lockoutFailures", "out_of_range", "This must be from 3 to 100."}, {"passwordMinLength", "out_of_range", "This must be from 8 to 64."},
		},
		`{"sessionIdleWebMinutes":86400,"sessionIdleMobileMinutes":86400,"sessionLifetimeMinutes":43200}`: {
			{"sessionIdleWebMinutes", "more_than", "This cannot be more than sessionLifetimeMinutes."},
			{"sessionIdleMobileMinutes", "more_than", "This cannot be more than sessionLifetimeMinutes."},
		},
		`{"mfaEnforced":"admins","mfaMethods":["backup_codes"]}`: {{"mfaEnforced", "no_method_left", "mfaMethods leaves nothing that could be asked for."}},
		`{"deviceSkipMfa":true}`:                                 {{"deviceSkipMfa", "needs", "This needs deviceReverifyDays, which is 0."}},
		`{"retentionDays":1}`:                                    {{"retentionDays", "zero_or_in_range", "This must be 0 or from 30 to 3650."}},
		`{"deviceCompromise":"panic"}`:                           {{"deviceCompromise", "not_an_option", "Possible are alert, flag."}},
		`{"mfaMethods":["totp","rune"]}`:                         {{"mfaMethods", "not_an_option", "Possible are totp, webauthn, push, sms, email, backup_codes."}},
		`{"passwordHistory":"5","passwordRequireMix":1}`: {
			{"passwordHistory", "wrong_type", "This has the wrong type."}, {"passwordRequireMix", "wrong_type", "This has the wrong type."},
		},
		`{"passwordMinimum":8}`: {{"passwordMinimum", "unknown_field", "There is no such field."}},
		`{"version":0}`:         {{"version", "unknown_field", "There is no such field."}},
	} {
		p := into[problem](admin.changePolicy(0, body).refused(422, sallyport.CodeInvalid))
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
		admin.applyPreset(int64(version), preset).is(200)
		all := into[map[string]any](admin.get("/policy").is(200))
		delete(all, "updatedAt")
		delete(all, "version")
		body, err := json.Marshal(all)
		if err != nil {
			t.Fatal(err)
		}
		if got := into[policyChanged](admin.changePolicy(int64(version)+1, string(body)).is(200)); len(got.Changes) != 0 {
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
		numeric := f.Kind == "number" || f.Kind == "minutes" || f.Kind == "days" || f.Kind == "keep" || f.Kind == "words"
		if f.Kind == "" || f.Means == "" || len(f.Presets) != len(policy.Presets) || numeric != (f.Max != nil) || (f.Kind == "choice" || f.Kind == "choices") != (len(f.Options) > 0) {
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
