package search_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/search"
	"github.com/sallyport/sallyport/internal/signin"
)

const (
	karin = "karin.weiß@corp.test"
	place = "198.51.100.7"
)

// seenBy returns an actor of the organisation who has these permissions only.
func seenBy(t *testing.T, a *apptest.App, may ...access.Permission) sallyport.Actor {
	t.Helper()
	names := make([]string, len(may))
	for i, p := range may {
		names[i] = string(p)
	}
	return sallyport.Actor{Type: sallyport.ActorUser, TenantID: a.TenantID(t), UserID: "x", Role: "custom", Granted: sallyport.NewPermissions(names...)}
}

// at returns a sign-in from an address.
func at(t *testing.T, a *apptest.App, ip string) signin.From {
	t.Helper()
	return a.From(t, apptest.Client(ip, apptest.ChromeOnMac))
}

// What is in hand leads to what it belongs to, for whoever may see that, and to nothing of
// another organisation.
func TestFind(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, karin, sallyport.RoleMember)
		r := a.SignInAs(t, at(t, a, place), karin)
		a.VerifyAddress(t, apptest.Actor(r))
		a.AddPhone(t, apptest.Actor(r), "+41791234567")
		far := a.AddTenant(t, "far.test")
		stranger := a.AddUserOf(t, far.ID, karin, sallyport.RoleMember)

		everything := []access.Permission{access.UsersView, access.SessionsView, access.DevicesView, access.MFAView}
		person, begun, used := "person "+u.ID, "session "+r.Session.ID, "device "+r.Session.DeviceID
		for _, tt := range []struct {
			text string
			may  []access.Permission
			kind search.Kind
			want string
		}{
			{"KARIN.WEISS@corp.test", everything, search.Words, person},
			{"weiss kar", everything, search.Words, person},
			{u.ID, everything, search.ID, person},
			{strings.ToUpper(r.Session.ID), everything, search.ID, begun},
			{r.Session.DeviceID, everything, search.ID, used},
			{r.Session.DeviceID, []access.Permission{access.UsersView}, search.ID, "lacks sessions.view; lacks devices.view"},
			{place, everything, search.Network, begun + "; " + used},
			{" 198.51.100.0/24 ", everything, search.Network, begun + "; " + used},
			{"::ffff:" + place, []access.Permission{access.UsersView, access.SessionsView}, search.Network, begun + "; lacks devices.view"},
			{"203.0.113.0/24", everything, search.Network, ""},
			{"+41 79 123 45 67", everything, search.Phone, person},
			{"+41 79 123 45 67", []access.Permission{access.UsersView}, search.Phone, "lacks mfa.view"},
			{"+41 79 123 45 68", everything, search.Phone, ""},
			{stranger.ID, everything, search.ID, ""},
			{"nobody", everything, search.Words, ""},
			{"%' OR 1=1 --", everything, search.Words, ""},
		} {
			f, err := a.Search.Find(t.Context(), seenBy(t, a, tt.may...), tt.text)
			if got := told(f); err != nil || f.Kind != tt.kind || got != tt.want {
				t.Errorf("%q with %v: %s, %q, %v, want %q", tt.text, tt.may, f.Kind, got, err, tt.want)
			}
		}
		for text, code := range map[string]sallyport.Code{"": sallyport.CodeInvalid, " x ": sallyport.CodeInvalid, strings.Repeat("x", 201): sallyport.CodeInvalid, "a\x00b": sallyport.CodeInvalid, "\xff\xfe": sallyport.CodeInvalid} {
			_, err := a.Search.Find(t.Context(), seenBy(t, a, everything...), text)
			apptest.Denied(t, fmt.Sprintf("%.9q", text), err, code)
		}
		for _, text := range []string{"karin", "x", ""} { // the permission comes before the text
			_, err := a.Search.Find(t.Context(), seenBy(t, a, access.AuditView, access.SessionsView), text)
			apptest.Denied(t, "who may see nothing of it", err, sallyport.CodeForbidden)
		}
	})
}

func told(f search.Found) string {
	var out []string
	for _, u := range f.People {
		out = append(out, "person "+u.ID)
	}
	for _, v := range f.Sessions {
		out = append(out, "session "+v.ID)
	}
	for _, d := range f.Devices {
		out = append(out, "device "+d.ID)
	}
	for _, p := range f.Lacks {
		out = append(out, "lacks "+string(p))
	}
	return strings.Join(out, "; ")
}

// A timeline tells everything once, the newest first, in parts of any size, also what happened in
// the same moment.
func TestTimeline(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, karin, sallyport.RoleMember)
		var last signin.Result
		for i := range 40 {
			last = a.SignInAs(t, at(t, a, place), karin)
			if i%10 != 0 { // some things happen in one moment
				a.Clock.Advance(time.Second)
			}
		}
		if _, err := a.Sessions.RevokeAll(t.Context(), apptest.Actor(last)); err != nil { // 41 events of one moment
			t.Fatal(err)
		}
		a.Clock.Advance(time.Minute)
		if _, err := a.Try(t.Context(), at(t, a, place), "nobody@corp.test", "Wrong guess 99"); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
			t.Fatal(err)
		}
		admin := seenBy(t, a, access.UsersView, access.SessionsView, access.AuditView)
		network := search.About{Network: netip.MustParsePrefix(place + "/32")}
		for _, tt := range []struct {
			name     string
			about    search.About
			attempts int
			events   int // at least
		}{
			{"a person", search.About{UserID: u.ID}, 40, 41},
			{"an address", network, 41, 41},
			{"a range", search.About{Network: netip.MustParsePrefix("198.51.100.0/24")}, 41, 41},
			{"a device", search.About{DeviceID: last.Session.DeviceID}, 1, 1},
			{"a session", search.About{SessionID: last.Session.ID}, 0, 2},
		} {
			seen := map[string]int{}
			var attempts, events, parts int
			var before time.Time
			for cursor := ""; parts == 0 || cursor != ""; parts++ {
				line, err := a.Search.Timeline(t.Context(), admin, tt.about, cursor)
				if err != nil || parts > 20 {
					t.Fatalf("%s: part %d: %v", tt.name, parts, err)
				}
				cursor = line.Next
				for i, e := range line.Entries {
					if !before.IsZero() && e.At.After(before) {
						t.Errorf("%s: %v after %v", tt.name, e.At, before)
					}
					if i > 0 && e.Event != nil && e.At.Equal(before) && line.Entries[i-1].Attempt != nil {
						t.Errorf("%s: the attempt is above %s, which it led to", tt.name, e.Event.Kind)
					}
					before = e.At
					if e.Event != nil {
						events++
						seen[e.Event.ID]++
					} else {
						attempts++
						seen[e.Attempt.ID]++
					}
				}
			}
			if attempts != tt.attempts || events < tt.events {
				t.Errorf("%s: %d attempts and %d events in %d parts", tt.name, attempts, events, parts)
			}
			for id, n := range seen {
				if n != 1 {
					t.Errorf("%s: %s is told %d times", tt.name, id, n)
				}
			}
		}

		for _, tt := range []struct {
			name  string
			may   []access.Permission
			about search.About
			code  sallyport.Code
			lacks []access.Permission
		}{
			{"nothing", []access.Permission{access.UsersView, access.SessionsView}, search.About{}, sallyport.CodeInvalid, nil},
			{"a person, without places", []access.Permission{access.UsersView}, search.About{UserID: u.ID}, "", []access.Permission{access.SessionsView}},
			{"whoever may see places only", []access.Permission{access.SessionsView}, search.About{UserID: u.ID}, sallyport.CodeForbidden, nil},
			{"an address, without places", []access.Permission{access.UsersView, access.AuditView}, network, sallyport.CodeForbidden, nil},
			{"whoever may see devices only", []access.Permission{access.DevicesView}, search.About{DeviceID: "x"}, sallyport.CodeForbidden, nil},
		} {
			line, err := a.Search.Timeline(t.Context(), seenBy(t, a, tt.may...), tt.about, "")
			apptest.Denied(t, tt.name, err, tt.code)
			if !slices.Equal(line.Lacks, tt.lacks) && err == nil {
				t.Errorf("%s: lacks %v", tt.name, line.Lacks)
			}
			for _, e := range line.Entries {
				if e.Event != nil && e.Event.IPAddress != "" && !slices.Contains(tt.may, access.SessionsView) {
					t.Errorf("%s: the address of %s is told", tt.name, e.Event.Kind)
				}
			}
		}
		for _, cursor := range []string{"x", "x.y", "-", "-.-.-", strings.Repeat("x", 500)} {
			_, err := a.Search.Timeline(t.Context(), admin, network, cursor)
			if cursor != "-.-" {
				apptest.Denied(t, fmt.Sprintf("cursor %.9q", cursor), err, sallyport.CodeInvalid)
			}
		}

		other := a.AddUser(t, "other@corp.test", sallyport.RoleMember)
		a.SignInAs(t, at(t, a, place), other.Email)
		who, all, err := a.Search.Visitors(t.Context(), admin, network.Network)
		if err != nil || !all || len(who) != 2 || who[0].User.ID != other.ID || who[1].User.ID != u.ID || who[1].Sessions != 40 {
			t.Errorf("visitors: %d, %v, %v", len(who), all, err)
		}
		_, _, err = a.Search.Visitors(t.Context(), seenBy(t, a, access.SessionsView), network.Network)
		apptest.Denied(t, "visitors without people", err, sallyport.CodeForbidden)
	})
}
