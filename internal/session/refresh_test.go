package session_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
)

// inApp signs the owner in with an app on a phone.
func inApp(t testing.TB, a *apptest.App) (signin.Result, signin.From) {
	t.Helper()
	from := a.From(t, apptest.Client("192.0.2.10", apptest.SafariOnIPhone))
	from.Native = true
	in := a.SignInAs(t, from, apptest.OwnerEmail)
	return in, apptest.After(from, in)
}

// refresh gets the next tokens.
func refresh(t testing.TB, a *apptest.App, text string) (session.Refreshed, sallyport.Code) {
	t.Helper()
	return refreshIn(t, a, a.TenantID(t), text)
}

func refreshIn(t testing.TB, a *apptest.App, tenantID, text string) (session.Refreshed, sallyport.Code) {
	t.Helper()
	got, err := a.Sessions.Refresh(t.Context(), tenantID, text, apptest.Client("198.51.100.7", apptest.ChromeOnMac))
	return got, sallyport.CodeOf(err)
}

func TestRefresh(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		in, _ := inApp(t, a)
		check := func(what, secret string, want sallyport.Code) {
			t.Helper()
			if got := a.Check(t, secret); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		check("the access token", in.SessionToken, "")
		check("the refresh token", in.RefreshToken, sallyport.CodeNotSignedIn)
		if !in.AccessEndsAt.Equal(in.Session.CreatedAt.Add(10*time.Minute)) || in.Session.IdleTimeout != a.Policy().SessionIdleMobile {
			t.Errorf("until %v, idle %v", in.AccessEndsAt, in.Session.IdleTimeout)
		}
		a.Clock.Set(in.AccessEndsAt.Add(-time.Microsecond))
		check("just before its end", in.SessionToken, "")
		a.Clock.Set(in.AccessEndsAt)
		check("at its end", in.SessionToken, sallyport.CodeTokenExpired)

		first, code := refresh(t, a, in.RefreshToken)
		if code != "" || first.Session.ID != in.Session.ID {
			t.Fatalf("%q %+v", code, first)
		}
		check("the next access token", first.SessionToken, "")
		check("the former one", in.SessionToken, sallyport.CodeNotSignedIn)
		if got := a.Happened(t, func() { _, code = refresh(t, a, first.RefreshToken[:20]) }); got != "" || code != sallyport.CodeNotSignedIn {
			t.Errorf("no token: %q %q", got, code)
		}
		// It is a use of the session.
		v, err := a.DB.Session(t.Context(), in.Session.TenantID, in.Session.ID)
		apptest.Must(t, err)
		if v.LastActivityAt.Before(in.AccessEndsAt) {
			t.Errorf("last activity %v", v.LastActivityAt)
		}

		// The reply was lost.
		a.Clock.Advance(50 * time.Second)
		again, code := refresh(t, a, in.RefreshToken)
		if code != "" || again.Tokens != first.Tokens {
			t.Errorf("the reply again: %q %+v, want %+v", code, again.Tokens, first.Tokens)
		}
		check("after the reply again", first.SessionToken, "")

		// The successor was used, so the reply had arrived: whoever still has the former one has a copy.
		second, code := refresh(t, a, first.RefreshToken)
		if code != "" {
			t.Fatal(code)
		}
		a.Mails(t)
		var third session.Refreshed
		if got := a.Happened(t, func() { third, code = refresh(t, a, in.RefreshToken) }); code != sallyport.CodeSessionRevoked || third.Reason != act.ReasonRefreshFailed ||
			got != fmt.Sprint(audit.RefreshReused, " ", audit.SessionRevoked) {
			t.Errorf("a copy: %q %q %q", code, third.Reason, got)
		}
		check("the newest access token", second.SessionToken, sallyport.CodeSessionRevoked)
		if got, code := refresh(t, a, second.RefreshToken); code != sallyport.CodeSessionRevoked || got.Reason != act.ReasonRefreshFailed {
			t.Errorf("the newest refresh token: %q %+v", code, got)
		}
		if mails := a.Mails(t); len(mails) != 1 || mails[0].To != apptest.OwnerEmail {
			t.Errorf("%d mails", len(mails))
		}
		if got := a.Happened(t, func() { refresh(t, a, in.RefreshToken) }); got != "" {
			t.Errorf("told twice: %s", got)
		}
	})
}

// Whatever ends a session ends its tokens, and its client learns why.
func TestRefreshAfterTheEnd(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		ctx, op := t.Context(), sallyport.Operator(owner.TenantID)
		giveUp := func(secret string) error {
			return a.Sessions.Surrender(ctx, owner.TenantID, secret, sallyport.Client{})
		}
		for _, tt := range []struct {
			name   string
			end    func(in signin.Result) error
			code   sallyport.Code
			reason string
		}{
			{"signed out", func(in signin.Result) error { return a.Sessions.SignOut(ctx, apptest.Actor(in)) }, sallyport.CodeSessionTerminated, act.ReasonSignedOut},
			{"by an admin", func(in signin.Result) error { return a.Sessions.Terminate(ctx, op, in.Session.ID) }, sallyport.CodeSessionTerminated, act.ReasonByAdmin},
			{"suspended", func(in signin.Result) error { return a.Sessions.Suspend(ctx, op, in.Session.ID) }, sallyport.CodeSessionSuspended, ""},
			{"given up by its access token", func(in signin.Result) error { return giveUp(in.SessionToken) }, sallyport.CodeSessionTerminated, act.ReasonSignedOut},
			{"given up by its refresh token", func(in signin.Result) error { return giveUp(in.RefreshToken) }, sallyport.CodeSessionTerminated, act.ReasonSignedOut},
			{"idle", func(signin.Result) error { a.Clock.Advance(a.Policy().SessionIdleMobile); return nil }, sallyport.CodeSessionExpired, act.ReasonIdle},
		} {
			in, _ := inApp(t, a)
			apptest.Must(t, tt.end(in))
			got, code := refresh(t, a, in.RefreshToken)
			if code != tt.code || got.Reason != tt.reason || got.Tokens != (act.Tokens{}) {
				t.Errorf("%s: %q %+v, want %q %q", tt.name, code, got, tt.code, tt.reason)
			}
			if err := giveUp(in.RefreshToken); err != nil {
				t.Errorf("%s, given up again: %v", tt.name, err)
			}
		}
		for _, text := range []string{"", "nothing", "spr_" + fmt.Sprintf("%086d", 0)} {
			if err := giveUp(text); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

// A step-up gives other tokens. The former ones get nothing, and nobody takes them for copies: the
// client may have refreshed while it stepped up.
func TestRefreshAfterAStepUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		in, from := inApp(t, a)
		ask := sallyport.StepUp{Act: string(policy.AddFactor), Password: true, Within: 10 * time.Minute}
		r, err := a.SignIn.OpenStepUp(t.Context(), from, apptest.Actor(in), ask)
		apptest.Must(t, err)
		r, err = a.SignIn.Advance(t.Context(), from, r.FlowToken, signin.Step{State: signin.Password, Password: apptest.Password})
		if err != nil || r.State != signin.Done || r.RefreshToken == "" || r.RefreshToken == in.RefreshToken {
			t.Fatalf("%+v %v", r, err)
		}
		if got := a.Happened(t, func() {
			if _, code := refresh(t, a, in.RefreshToken); code != sallyport.CodeNotSignedIn {
				t.Errorf("the former one: %q", code)
			}
		}); got != "" {
			t.Errorf("the session: %s", got)
		}
		if code := a.Check(t, in.SessionToken); code != sallyport.CodeNotSignedIn {
			t.Errorf("the former access token: %q", code)
		}
		if got, code := refresh(t, a, r.RefreshToken); code != "" || a.Check(t, got.SessionToken) != "" {
			t.Errorf("the new one: %q", code)
		}
	})
}

// refreshAtOnce makes 64 parallel calls on some nodes, with refresh tokens in turn. It returns the
// answers with tokens, and how often each code came.
func refreshAtOnce(t *testing.T, nodes []*apptest.App, texts ...string) (got []session.Refreshed, codes map[sallyport.Code]int) {
	t.Helper()
	codes = map[sallyport.Code]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			r, code := refresh(t, nodes[i%len(nodes)], texts[i%len(texts)])
			mu.Lock()
			defer mu.Unlock()
			codes[code]++
			if code == "" {
				got = append(got, r)
			}
		})
	}
	wg.Wait()
	return got, codes
}

// Of 64 parallel uses of one refresh token on three nodes all get the same tokens, so that one
// descendant lives; and with uses of that successor among them one lives or the session has ended.
func TestRefreshAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		nodes := []*apptest.App{a, a.Node(t, store.Options{}), a.Node(t, store.Options{})}
		live := func(got []session.Refreshed) (n int) {
			seen := map[string]bool{}
			for _, r := range got {
				if !seen[r.SessionToken] && a.Check(t, r.SessionToken) == "" {
					n++
				}
				seen[r.SessionToken] = true
			}
			return n
		}
		in, _ := inApp(t, a)
		got, codes := refreshAtOnce(t, nodes, in.RefreshToken)
		if len(got) != 64 || slices.ContainsFunc(got, func(r session.Refreshed) bool { return r.Tokens != got[0].Tokens }) || live(got) != 1 {
			t.Fatalf("%v, %d live", codes, live(got))
		}
		for range 3 {
			in, _ = inApp(t, a)
			next, code := refresh(t, a, in.RefreshToken)
			if code != "" {
				t.Fatal(code)
			}
			got, codes = refreshAtOnce(t, nodes, in.RefreshToken, next.RefreshToken)
			v, err := a.DB.Session(t.Context(), in.Session.TenantID, in.Session.ID)
			apptest.Must(t, err)
			if n := live(append(got, next)); v.Status == sallyport.SessionActive && n != 1 || v.Status == sallyport.SessionRevoked && n != 0 {
				t.Errorf("%s, and %d live: %v", v.Status, n, codes)
			}
		}
	})
}
