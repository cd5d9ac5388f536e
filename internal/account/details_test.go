package account_test

import (
	"maps"
	"strconv"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
)

func detailsOf(u sallyport.User) map[string]string {
	return map[string]string{"firstName": u.FirstName, "lastName": u.LastName, "language": u.Language, "timeZone": u.ChosenZone}
}

// What becomes of a change, as somebody saw the details when they began, and as they are by then.
func TestChangeDetails(t *testing.T) {
	type fields = map[string]string
	before := fields{"firstName": "Mia", "lastName": "Sand", "language": "de", "timeZone": "Europe/Berlin"}
	for _, tt := range []struct {
		name   string
		to     fields
		was    fields
		broken string // "" when it is done
		now    fields // what differs afterwards
		kinds  []audit.Kind
	}{
		{"nothing", nil, nil, "", nil, nil},
		{"the same", before, before, "", nil, nil},
		{"a name", fields{"firstName": "  Zoe\u0308 "}, nil, "", fields{"firstName": "Zoë"}, []audit.Kind{audit.DetailsChanged}},
		{"no name", fields{"lastName": ""}, fields{"lastName": "Sand"}, "", fields{"lastName": ""}, []audit.Kind{audit.DetailsChanged}},
		{"a language", fields{"language": "ar"}, nil, "", fields{"language": "ar"}, []audit.Kind{audit.LanguageChosen}},
		{"that of the browser", fields{"language": "", "timeZone": ""}, nil, "", fields{"language": "", "timeZone": ""}, []audit.Kind{audit.LanguageChosen, audit.DetailsChanged}},
		{"another name of a zone", fields{"timeZone": "Asia/Calcutta"}, nil, "", fields{"timeZone": "Asia/Calcutta"}, []audit.Kind{audit.DetailsChanged}},
		{"everything wrong at once", fields{"firstName": "a\nb", "lastName": strings.Repeat("x", 101), "language": "tlh", "timeZone": "Moon/Tycho"}, nil,
			"firstName invalid_characters, language invalid, lastName too_long, timeZone unknown_zone", nil, nil},
		{"the zone of the server", fields{"timeZone": "Local"}, nil, "timeZone unknown_zone", nil, nil},
		{"a file of the server", fields{"timeZone": "../../etc/passwd"}, nil, "timeZone unknown_zone", nil, nil},
		{"one of two wrong changes nothing", fields{"firstName": "Zoe", "timeZone": "x"}, nil, "timeZone unknown_zone", nil, nil},
		{"what somebody else changed, and they did not touch", fields{"firstName": "Ann", "lastName": "Lee"}, fields{"firstName": "Ann", "lastName": "Sand"}, "", fields{"lastName": "Lee"}, []audit.Kind{audit.DetailsChanged}},
		{"what both changed", fields{"firstName": "Zoe", "lastName": "Lee"}, fields{"firstName": "Ann", "lastName": "Sand"}, "firstName changed_meanwhile", nil, nil},
		{"what both changed to the same", fields{"firstName": "Mia"}, fields{"firstName": "Ann"}, "", nil, nil},
		{"what no longer is as they saw it, without saying so", fields{"firstName": "Zoe"}, nil, "", fields{"firstName": "Zoe"}, []audit.Kind{audit.DetailsChanged}},
		{"a field that there is not", fields{"role": "owner", "email": "x@corp.test"}, nil, "", nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, a *apptest.App) {
				u := a.AddUser(t, mia, sallyport.RoleMember)
				me := apptest.Actor(a.SignInAs(t, a.Laptop(t), mia))
				apptest.Must(t, a.Accounts.ChangeDetails(t.Context(), me, account.DetailsChange{To: before}))
				counted := a.Count(t)
				err := a.Accounts.ChangeDetails(t.Context(), me, account.DetailsChange{To: tt.to, Was: tt.was})
				if got := apptest.Broken(err); got != tt.broken && (err != nil || tt.broken != "") {
					t.Errorf("%q, want %q", got, tt.broken)
				}
				want := maps.Clone(before)
				maps.Copy(want, tt.now)
				if got := detailsOf(userOf(t, a, u)); !maps.Equal(got, want) {
					t.Errorf("%v, want %v", got, want)
				}
				now := a.Count(t)
				for _, k := range []audit.Kind{audit.DetailsChanged, audit.LanguageChosen} {
					n := 0
					for _, w := range tt.kinds {
						if w == k {
							n++
						}
					}
					if now[k]-counted[k] != n {
						t.Errorf("%d events %s, want %d", now[k]-counted[k], k, n)
					}
				}
			})
		})
	}
}

// Of many who change one field at once, each of whom says what they saw, one wins and the others
// are told; who changes another field always wins.
func TestDetailsAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		u := a.AddUser(t, mia, sallyport.RoleMember)
		me := apptest.Actor(a.SignInAs(t, a.Laptop(t), mia))
		was := detailsOf(u)
		got := apptest.AtOnce(16, func(i int) error {
			c := account.DetailsChange{To: map[string]string{"firstName": "N" + strconv.Itoa(i)}, Was: was}
			if i%2 == 1 {
				c.To = map[string]string{"lastName": "L"}
			}
			return a.Accounts.ChangeDetails(t.Context(), me, c)
		})
		if got[""] != 9 || got[sallyport.CodeInvalid] != 7 {
			t.Errorf("%v", got)
		}
		if n := a.Count(t)[audit.DetailsChanged]; n != 2 {
			t.Errorf("%d events", n)
		}
	})
}

// Nobody changes the details of somebody else, and nobody without a session.
func TestDetailsAreOnesOwn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.AddUser(t, mia, sallyport.RoleMember)
		in := a.SignInAs(t, a.Laptop(t), mia)
		me := apptest.Actor(in)
		_, err := a.Sessions.RevokeAll(t.Context(), me)
		apptest.Must(t, err)
		apptest.Denied(t, "after the session", a.Accounts.ChangeDetails(t.Context(), me, account.DetailsChange{To: map[string]string{"firstName": "X"}}), sallyport.CodeNotSignedIn)
	})
}
