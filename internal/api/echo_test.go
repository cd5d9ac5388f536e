package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// canary is a realistic password. No answer may hold it, however wrong the request is.
const canary = "Tr0ub4dor&3-canary"

// bodies returns requests with the canary in every place where a confused or a hostile
// client could put it.
func bodies(fields ...string) []string {
	var all []string
	add := func(v any) {
		b, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		all = append(all, string(b))
	}
	for _, wrap := range []func(any) any{
		func(v any) any { return v },
		func(v any) any { return []any{v} },
		func(v any) any { return map[string]any{"x": v} },
		func(v any) any { return map[string]any{canary: v} },
	} {
		for _, f := range append(fields, "unknown", canary, "a."+canary, "fingerprint."+canary) {
			add(map[string]any{f: wrap(canary)})
			all = append(all, fmt.Sprintf(`{%q: %q, "other": `, f, canary)) // cut off
			good := map[string]any{}
			for _, g := range fields {
				good[g] = "x"
			}
			good[f] = wrap(canary)
			add(good)
		}
		add(wrap(canary))
	}
	many := map[string]any{}
	for i := range 3000 {
		many[fmt.Sprintf("%s%d", canary, i)] = 1
	}
	add(many)
	add(map[string]any{"password": strings.Repeat(canary, 10_000)})
	return append(all,
		canary, `"`+canary, `{"`+canary, "email=x&password="+canary, "\x00"+canary, "{\"password\":\"\xff"+canary+"\"}",
		`{"password":"`+canary+`","password":7}`, `{"password":`+strings.Repeat("[", 20_000)+`"`+canary+`"`)
}

func TestNoSecretComesBack(t *testing.T) {
	a := newApp(t, "")
	signedIn := a.browse(ownerEmail)
	flow := signedIn.open("web", ownerEmail)
	a.policy.LockoutFailures = 1_000_000 // no body may be refused by the lockout
	check := func(what string, got answer) {
		t.Helper()
		if got.status >= 500 {
			t.Errorf("%s: status %d: %s", what, got.status, got.body)
		}
		if len(got.body) > 8<<10 {
			t.Errorf("%s: an answer of %d bytes", what, len(got.body))
		}
		said := fmt.Sprint(got.header) + got.body
		for _, secret := range []string{canary, "canary", url.QueryEscape(canary), "Tr0ub4dor"} {
			if strings.Contains(said, secret) {
				t.Fatalf("%s: comes back: %s", what, said)
			}
		}
	}
	for call, fields := range map[string][]string{
		"POST /sign-in": {"email", "client", "fingerprint"},
		"POST /sign-in/" + flow.FlowID + "/password":        {"password"},
		"POST /sign-in/" + flow.FlowID + "/change-password": {"newPassword"},
		"POST /me/password":                                 {"currentPassword", "newPassword"},
		"POST /sign-out/":                                   {"password"},
		"POST /me/sessions/x/revoke":                        {"password"},
		"POST /recovery":                                    {"email"},
		"POST /recovery/reset":                              {"token", "newPassword"},
		"POST /not-me":                                      {"token"},
		"POST /reopen":                                      {"token", "client"},
		"POST /accept-invitation":                           {"token", "firstName", "lastName", "password"},
		"POST /users":                                       {"email", "firstName", "role"},
		"POST /policy/preset":                               {"preset"},
		"POST /sign-in/" + flow.FlowID + "/factor":          {"methodType", "code", "credential"},
		"POST /sign-in/" + flow.FlowID + "/factor/send":     {"methodType", "mfaId"},
		"POST /sign-in/" + flow.FlowID + "/enrol":           {"methodType", "deviceName", "phoneNumber", "country"},
		"POST /sign-in/" + flow.FlowID + "/enrol/verify":    {"code", "credential"},
		"POST /sign-in/" + flow.FlowID + "/passkey":         {"credential"},
		"POST /passkey-sign-in":                             {"client"},
		"POST /step-up":                                     {"act"},
		"POST /step-up/" + flow.FlowID + "/factor":          {"methodType", "code", "credential"},
		"POST /me/factors":                                  {"methodType", "deviceName", "phoneNumber", "country"},
		"POST /me/factors/x/verify":                         {"code", "credential"},
		"PATCH /me/factors/x":                               {"deviceName"},
		"POST /users/x/require-mfa":                         {"required"},
		"PATCH /policy":                                     {"passwordMinLength", "mfaEnforced", "mfaMethods"},
	} {
		method, path, _ := strings.Cut(call, " ")
		for _, body := range bodies(fields...) {
			for _, contentType := range []string{"application/json", "application/x-www-form-urlencoded", canary, "application/json;x=" + canary} {
				signedIn.headers["Content-Type"] = contentType
				check(fmt.Sprintf("%s %.80s", call, body), signedIn.matching("*", method, path, body))
			}
		}
	}
	delete(signedIn.headers, "Content-Type")
	escaped := url.PathEscape(canary)
	for _, path := range []string{
		"/" + escaped, "/me/" + escaped, "/me//" + escaped, "/problems/" + escaped, "/sign-in/" + escaped,
		"/factors?userId=" + url.QueryEscape(canary), "/me/factors/" + escaped, "/users/" + escaped + "/factors",
		"/me/sessions?limit=" + url.QueryEscape(canary), "/me/sessions?cursor=" + url.QueryEscape(canary),
		"/users?" + url.QueryEscape(canary) + "=1", "/me/events?password=" + url.QueryEscape(canary),
	} {
		check("GET "+path, signedIn.get(path))
		check("POST "+path, signedIn.post(path, ""))
	}
	for _, path := range []string{
		"/sign-in/" + escaped + "/password", "/sessions/" + escaped + "/terminate", "/users/" + escaped + "/disable", "/users/" + escaped + "/unlock",
		"/me/factors/" + escaped + "/verify", "/me/factors/" + escaped + "/revoke", "/users/" + escaped + "/reset-mfa", "/step-up/" + escaped + "/password",
	} {
		for _, body := range []string{"", "{}", object("password", canary), object("newPassword", canary)} {
			check("POST "+path, signedIn.post(path, body))
		}
		check("GET "+path, signedIn.get(path))
	}
	for _, header := range []string{"Authorization", "Cookie", "If-Match", "Sallyport-Flow", "Sallyport-Device", "Accept", "Idempotency-Key", "X-Forwarded-For"} {
		c := a.client()
		for _, value := range []string{canary, "Bearer " + canary, "__Host-sallyport=" + canary} {
			c.headers[header] = value
			check(header, c.get("/me"))
			check(header, c.get("/session"))
			check(header, c.post("/sign-in/"+flow.FlowID+"/password", object("password", canary)))
		}
	}
	if strings.Contains(a.logged.String(), "canary") {
		t.Errorf("the log tells: %s", a.logged.String())
	}
}

func FuzzNoSecretComesBack(f *testing.F) {
	for _, body := range bodies("email", "password", "currentPassword", "method", "credential") {
		f.Add(body)
	}
	a := newApp(f, "")
	signedIn := a.browse(ownerEmail)
	flow := signedIn.open("web", memberEmail)
	f.Fuzz(func(t *testing.T, body string) {
		if !strings.Contains(body, canary) {
			body += canary
		}
		for _, call := range []string{
			"POST /sign-in", "POST /sign-in/" + flow.FlowID + "/password", "POST /sign-in/" + flow.FlowID + "/change-password", "POST /me/password",
			"POST /recovery", "POST /recovery/reset", "POST /accept-invitation", "POST /policy/preset", "PATCH /policy",
			"POST /sign-in/" + flow.FlowID + "/factor", "POST /passkey-sign-in", "POST /step-up", "POST /me/factors", "POST /me/factors/x/verify", "PATCH /me/factors/x",
		} {
			method, path, _ := strings.Cut(call, " ")
			r := httptest.NewRequest(method, prefix+path, strings.NewReader(body))
			r.Header.Set("Content-Type", "application/json")
			for name, value := range signedIn.cookies {
				r.AddCookie(&http.Cookie{Name: name, Value: value})
			}
			w := httptest.NewRecorder()
			a.handler.ServeHTTP(w, r)
			if w.Code >= 500 || strings.Contains(w.Body.String(), canary) {
				t.Errorf("%s: %d %s", call, w.Code, w.Body)
			}
		}
	})
}
