package server_test

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/token"
)

// each asks at every route about every account, and compares with what happens for a name
// nobody has. It returns the notes of that.
func (u *unproven) each() map[string]seen {
	u.t.Helper()
	for route := range probes {
		if !slices.Contains(u.routes(), route) {
			u.t.Errorf("%s is in the table, and is no route that is reached without proof", route)
		}
	}
	u.ask("GET /sign-in", probe{}, u.accounts[nobody]) // the organisation is read once
	out := map[string]seen{}
	for _, route := range u.routes() {
		p, ok := probes[route]
		if !ok {
			u.t.Errorf("%s is reached without proof: add it to the table of probes", route)
			continue
		}
		want := u.ask(route, p, u.accounts[nobody])
		out[route] = want
		if want.Status >= http.StatusInternalServerError {
			u.t.Errorf("%s: status %d", route, want.Status)
		}
		for _, kind := range slices.Sorted(maps.Keys(u.accounts)) {
			if kind == nobody {
				continue
			}
			if diff := cmp.Diff(want, u.ask(route, p, u.accounts[kind])); diff != "" {
				u.t.Errorf("%s tells an account with %s from a name nobody has:\n%s", route, kind, diff)
			}
		}
	}
	return out
}

// Whoever has proven nothing makes the same happen, whatever account they ask about and
// whether or not there is one: the same statements in the same order, and as many hashes with
// the same parameters. (OWASP ASVS 5.0 6.3.8, WSTG-IDNT-04.)
func TestNothingIsToldBeforeAProof(t *testing.T) {
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			u := newUnproven(t, engine)
			got := u.each()
			compared := "compare with $argon2id$v=19$m=64,t=1,p=1"
			for _, route := range []string{"POST /sign-in", "POST /api/v1/sign-in/{flowId}/password"} {
				if !slices.Contains(got[route].Notes, compared) {
					t.Errorf("%s: %q", route, got[route].Notes)
				}
			}
			for _, route := range []string{"GET /api/v1/sign-in/{flowId}", "POST /api/v1/sign-in", "GET /sign-in/factor"} {
				for _, note := range got[route].Notes {
					if strings.Contains(note, "FROM users") || strings.Contains(note, "FROM factors") || strings.Contains(note, "FROM devices") {
						t.Errorf("%s reads of an account: %s", route, note)
					}
				}
			}
		})
	}
}

// A name nobody has is locked like an account, and a sign-in begun with it expires like one.
func TestNothingIsToldByLocksAndTime(t *testing.T) {
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			u := newUnproven(t, engine)
			const route = "POST /api/v1/sign-in/{flowId}/password"
			kinds := append([]string{nobody}, slices.DeleteFunc(slices.Sorted(maps.Keys(u.accounts)), func(k string) bool { return k == nobody })...)
			u.ask(route, probe{}, u.accounts[nobody]) // the organisation is read once
			var want []seen
			for _, kind := range kinds {
				var got []seen
				for range u.a.Policy().LockoutFailures + 2 {
					got = append(got, u.ask(route, probes[route], u.accounts[kind]))
				}
				opened, err := u.a.SignIn.Open(t.Context(), u.a.Laptop(t), u.accounts[kind].Email)
				apptest.Must(t, err)
				u.a.Clock.Advance(signin.FlowLifetime)
				for range 2 {
					got = append(got, seen{Notes: u.tape.during(func() {
						if _, err := u.a.SignIn.Look(t.Context(), u.a.Laptop(t), opened.FlowToken); sallyport.CodeOf(err) != sallyport.CodeFlowExpired {
							t.Errorf("%s: %v", kind, err)
						}
					})})
				}
				u.a.Clock.Advance(time.Hour)
				if kind == nobody {
					want = got
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("locks and time tell an account with %s from a name nobody has:\n%s", kind, diff)
				}
			}
			failures := u.a.Policy().LockoutFailures
			if last := want[failures]; last.Status != http.StatusTooManyRequests || last.After != strconv.Itoa(int(u.a.Policy().LockoutDuration.Seconds())) {
				t.Errorf("nothing is locked, or not until when: %+v", last)
			}
		})
	}
}

// After the parameters for hashing are raised, a name that nobody has takes as long as the
// accounts there are, and not as long as the new parameters.
func TestNothingIsToldAfterNewParameters(t *testing.T) {
	t.Parallel()
	for _, engine := range apptest.Engines {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			u := newUnproven(t, engine)
			u.a.SetHasher(func(password.Hasher) password.Hasher {
				stronger, err := factor.NewPasswords(factor.Argon2{MemoryKiB: 128, Iterations: 2, Lanes: 1}, 2)
				apptest.Must(t, err)
				return taped{stronger, u.tape}
			})
			for range 3 { // names and accounts
				u.accounts[nobody] = sallyport.User{ID: token.NewID(), Email: token.NewID() + "@corp.test"}
				for _, kind := range slices.Sorted(maps.Keys(u.accounts)) {
					notes := u.tape.during(func() {
						if _, err := u.a.Try(t.Context(), u.a.Laptop(t), u.accounts[kind].Email, wrong); sallyport.CodeOf(err) != sallyport.CodeInvalidCredentials {
							t.Errorf("%s: %v", kind, err)
						}
					})
					notes = slices.DeleteFunc(notes, func(n string) bool { return !strings.HasPrefix(n, "compare") && !strings.HasPrefix(n, "hash") })
					if !slices.Equal(notes, []string{"compare with $argon2id$v=19$m=64,t=1,p=1"}) {
						t.Errorf("%s: %q", kind, notes)
					}
				}
				u.a.Clock.Advance(time.Hour)
			}
		})
	}
}
