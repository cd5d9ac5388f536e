package dashboard_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/dashboard"
	"github.com/sallyport/sallyport/internal/dbtest"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
)

// story is an organisation in which anything happens.
type story struct {
	*testing.T
	a      *apptest.App
	rng    *rand.Rand
	admin  sallyport.Actor
	emails []string
	apps   map[string]*apptest.Authenticator
	made   int
	group  string
}

func (s *story) pick() string { return s.emails[s.rng.IntN(len(s.emails))] }

func (s *story) user(email string) sallyport.User {
	u, err := s.a.DB.UserByEmail(s.Context(), s.admin.TenantID, email)
	apptest.Must(s, err)
	return u
}

// from is a browser on one of a few networks.
func (s *story) visit(email string) (apptest.Visited, error) {
	from := s.a.From(s, apptest.Client(fmt.Sprintf("192.0.2.%d", s.rng.IntN(200)), ""))
	r, err := s.a.Try(s.Context(), from, email, apptest.Password)
	if app := s.apps[email]; err == nil && r.State == "factor" && app != nil {
		r, err = s.a.PassFactor(s, from, r, "totp", app.Code(s))
	}
	if err == nil && r.Session.ID == "" {
		err = sallyport.ErrForbidden // more is asked for
	}
	return apptest.Visited{From: apptest.After(from, r), In: r}, err
}

// session is a live one of somebody; "" where there is none.
func (s *story) session() string {
	live := s.a.LiveSessions(s, s.user(s.pick()).ID)
	if len(live) == 0 {
		return ""
	}
	return live[s.rng.IntN(len(live))].ID
}

func (s *story) device() string {
	q, err := list.Devices.Parse(nil)
	apptest.Must(s, err)
	found := apptest.Rows(s, q, func(q list.Query) (list.Page[sallyport.Device], error) {
		return s.a.DB.ListDevices(s.Context(), s.admin.TenantID, q)
	})
	if len(found) == 0 {
		return ""
	}
	return found[s.rng.IntN(len(found))].ID
}

// acts are what can happen. Whether it is refused does not matter.
var acts = []func(*story) error{
	func(s *story) error { _, err := s.visit(s.pick()); return err },
	func(s *story) error { _, err := s.visit(s.pick()); return err },
	func(s *story) error {
		from := s.a.From(s, apptest.Client(fmt.Sprintf("198.51.100.%d", s.rng.IntN(200)), ""))
		email := s.pick()
		if s.rng.IntN(4) == 0 {
			email = "nobody@corp.test"
		}
		for range 1 + s.rng.IntN(6) {
			_, _ = s.a.Try(s.Context(), from, email, "wrong")
		}
		return nil
	},
	func(s *story) error { return s.a.Sessions.Suspend(s.Context(), s.admin, s.session()) },
	func(s *story) error { return s.a.Sessions.Resume(s.Context(), s.admin, s.session()) },
	func(s *story) error { return s.a.Sessions.Revoke(s.Context(), s.admin, s.session()) },
	func(s *story) error { return s.a.Sessions.Terminate(s.Context(), s.admin, s.session()) },
	func(s *story) error {
		v, err := s.visit(s.pick())
		if err != nil {
			return err
		}
		return s.a.Sessions.SignOut(s.Context(), v.Me())
	},
	func(s *story) error { return s.a.Devices.Flag(s.Context(), s.admin, s.device(), "left in a taxi") },
	func(s *story) error { return s.a.Devices.Clear(s.Context(), s.admin, s.device()) },
	func(s *story) error { return s.a.Devices.Suspend(s.Context(), s.admin, s.device()) },
	func(s *story) error { return s.a.Devices.Resume(s.Context(), s.admin, s.device()) },
	func(s *story) error { return s.a.Devices.RevokeOf(s.Context(), s.admin, s.device()) },
	func(s *story) error {
		return s.a.Devices.SetLevel(s.Context(), s.admin, s.device(), sallyport.TrustLevel(s.rng.IntN(4)))
	},
	func(s *story) error {
		email := s.pick()
		if s.apps[email] != nil {
			return nil
		}
		v, err := s.visit(email)
		if err == nil {
			s.apps[email] = s.a.AddTOTP(s, v.Me())
		}
		return err
	},
	func(s *story) error {
		email := s.pick()
		delete(s.apps, email)
		_, err := s.a.Factors.ResetOf(s.Context(), s.admin, s.user(email).ID, apptest.Grounds)
		return err
	},
	func(s *story) error {
		_, err := s.a.Accounts.Disable(s.Context(), s.admin, s.user(s.pick()).ID)
		return err
	},
	func(s *story) error { return s.a.Accounts.Enable(s.Context(), s.admin, s.user(s.pick()).ID) },
	func(s *story) error { return s.a.Accounts.Enable(s.Context(), s.admin, s.user(s.pick()).ID) },
	func(s *story) error { return s.a.Accounts.Unlock(s.Context(), s.admin, s.user(s.pick()).ID) },
	func(s *story) error {
		s.made++
		u, err := s.a.Accounts.Invite(s.Context(), s.admin, account.NewUser{Email: fmt.Sprintf("new%d@corp.test", s.made), Role: sallyport.RoleMember})
		if err == nil && s.rng.IntN(2) == 0 {
			err = s.a.Accounts.Withdraw(s.Context(), s.admin, u.ID)
		}
		return err
	},
	func(s *story) error {
		role := []sallyport.Role{sallyport.RoleMember, sallyport.RoleAdmin}[s.rng.IntN(2)]
		_, err := s.a.Accounts.ChangeRole(s.Context(), s.admin, s.user(s.pick()).ID, role)
		return err
	},
	func(s *story) error {
		return s.a.Factors.Require(s.Context(), s.admin, s.user(s.pick()).ID, s.rng.IntN(2) == 0)
	},
	func(s *story) error {
		return s.a.Factors.Exempt(s.Context(), s.admin, s.user(s.pick()).ID, s.a.Clock.Now().Add(time.Duration(1+s.rng.IntN(50))*hour), "waits for a key")
	},
	func(s *story) error {
		return s.policy("", []string{sallyport.EnforcedNobody, sallyport.EnforcedAdmins, sallyport.EnforcedEveryone}[s.rng.IntN(3)])
	},
	func(s *story) error { return s.policy(s.group, sallyport.EnforcedEveryone) },
	func(s *story) error {
		_, err := s.a.Groups.AddMembers(s.Context(), s.admin, s.group, []string{s.user(s.pick()).ID})
		return err
	},
	func(s *story) error {
		_, err := s.a.Groups.RemoveMembers(s.Context(), s.admin, s.group, []string{s.user(s.pick()).ID})
		return err
	},
	goOn, goOn, goOn,
}

// goOn lets time go by.
func goOn(s *story) error {
	s.a.Clock.Advance(time.Duration(s.rng.IntN(200)) * time.Minute)
	_, err := s.a.Sessions.Expire(s.Context())
	return err
}

// policy says whom a second factor is demanded of.
func (s *story) policy(groupID, whom string) error {
	r, err := s.a.DB.GroupPolicy(s.Context(), s.admin.TenantID, groupID)
	apptest.Must(s, err)
	_, err = s.a.Tenants.Save(s.Context(), s.admin, tenant.Edit{GroupID: groupID, Version: r.Version, Fields: map[string]any{"mfaEnforced": whom}})
	return err
}

// compare holds what the dashboard says against what a count of everything says.
func (s *story) compare(after string) {
	s.Helper()
	for _, w := range s.a.WrongFigures(s) {
		s.Errorf("after %s: %s", after, w)
	}
	o, err := s.a.Dashboard.Overview(s.Context(), s.admin, dashboard.Ranges[0])
	apptest.Must(s, err)
	now, err := s.a.Factors.Overview(s.Context(), s.admin)
	apptest.Must(s, err)
	locked := 0
	for _, email := range s.emails {
		found, err := s.a.Accounts.Person(s.Context(), s.admin, s.user(email).ID)
		apptest.Must(s, err)
		locked += min(len(found.Locks), 1)
	}
	var failed int64
	err = dbtest.Raw(s, s.a.DSN).QueryRowContext(s.Context(), "SELECT COUNT(*) FROM attempts WHERE failure_reason <> '' AND created_at >= $1", o.FailedSince.UnixMicro()).Scan(&failed)
	apptest.Must(s, err)
	got := fmt.Sprintln(o.Required, o.Locked, o.Failed, o.Now.Methods, o.Counted)
	if want := fmt.Sprintln(now.Required, locked, failed, now.ByMethod, 1); got != want {
		s.Errorf("after %s: required, locked, failed, methods, counted are %s, and a count says %s", after, got, want)
	}
}

// Of 200 acts each is in the figures at once, on both engines; and counting anew finds the same.
func TestFiguresAfterEachAct(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.StoredPolicies()
		s := &story{T: t, a: a, rng: rand.New(rand.NewPCG(18, 7)), admin: sallyport.Operator(a.TenantID(t)), apps: map[string]*apptest.Authenticator{}} //nolint:gosec // a story that can be told again
		g, err := a.Groups.Add(t.Context(), s.admin, "Finance", "")
		apptest.Must(t, err)
		s.group = g.ID
		for i := range 8 {
			u := a.AddUser(t, fmt.Sprintf("u%d@corp.test", i), []sallyport.Role{sallyport.RoleMember, sallyport.RoleAdmin}[i%2])
			s.emails = append(s.emails, u.Email)
		}
		done := 0
		for i := range apptest.Rounds(200) {
			n := s.rng.IntN(len(acts))
			if acts[n](s) == nil {
				done++
			}
			if s.compare(fmt.Sprintf("act %d, the %dth", n, i)); t.Failed() {
				return
			}
		}
		if done < 80 {
			t.Errorf("%d of the acts were done", done)
		}
		before := s.look()
		said := 0
		apptest.Must(t, a.Dashboard.Rebuild(t.Context(), s.admin.TenantID, func(dashboard.Progress) { said++ }))
		s.compare("counting anew")
		if after := s.look(); after != before || said == 0 {
			t.Errorf("counted anew, in %d steps:\n%s\nbefore:\n%s", said, after, before)
		}
	})
}

// look is everything that the dashboard says of a week.
func (s *story) look() string {
	o, err := s.a.Dashboard.Overview(s.Context(), s.admin, dashboard.Ranges[1])
	apptest.Must(s, err)
	text := fmt.Sprintln(o.Now, o.Countries, o.Failed, o.FailedBefore, o.Locked, o.Required)
	for _, p := range o.Points {
		text += fmt.Sprintln(p.From, p.Outcomes, p.Locks, *orNone(p.Gauges))
	}
	return text
}

func orNone(g *dashboard.Gauges) *dashboard.Gauges {
	if g == nil {
		return &dashboard.Gauges{}
	}
	return g
}

// Several nodes that count at once, while things happen, count everything once.
func TestCountingOnManyNodes(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.TenantID(t)
		nodes := []*apptest.App{a, a.Node(t, store.Options{}), a.Node(t, store.Options{})}
		var emails []string
		for i := range 6 {
			emails = append(emails, a.AddUser(t, fmt.Sprintf("u%d@corp.test", i), sallyport.RoleMember).Email)
		}
		over := make(chan struct{})
		var counting sync.WaitGroup
		for _, n := range nodes {
			counting.Go(func() {
				for {
					select {
					case <-over:
						return
					default:
						if err := n.Sequencer.Run(t.Context()); err != nil {
							t.Error(err)
							return
						}
					}
				}
			})
		}
		apptest.AtOnce(len(emails), func(i int) error {
			for n := range 8 {
				from := nodes[n%3].From(t, apptest.Client(fmt.Sprintf("192.0.2.%d", 10*i+n), ""))
				if n%4 == 3 {
					_, _ = nodes[n%3].Try(t.Context(), from, emails[i], "wrong")
					continue
				}
				_, _ = nodes[n%3].Try(t.Context(), from, emails[i], apptest.Password)
			}
			return nil
		})
		close(over)
		counting.Wait()
		for _, w := range a.WrongFigures(t) {
			t.Error(w)
		}
		o, err := a.Dashboard.Overview(t.Context(), sallyport.Operator(a.TenantID(t)), dashboard.Ranges[0])
		apptest.Must(t, err)
		if o.Now.Sessions != 36 || o.Now.People != 6 || o.Failed != 12 {
			t.Errorf("%d sessions of %d people, %d failed", o.Now.Sessions, o.Now.People, o.Failed)
		}
	})
}
