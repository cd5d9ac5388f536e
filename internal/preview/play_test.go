package preview_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/preview"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
)

// deed is something that somebody does in the thirty days.
type deed struct {
	at     time.Duration // after the beginning
	who    string
	does   string // trusts, visits, wrong, uses, leaves
	device string // "" for one that nobody knows
	from   string // a place; "" for the usual one
}

const day = 24 * time.Hour

// thirtyDays is what everybody does, in the order of time.
var thirtyDays = func() (all []deed) {
	add := func(at time.Duration, who, does, device string) {
		all = append(all, deed{at: at, who: who, does: does, device: device})
	}
	for d := range 15 { // every second day
		add(time.Duration(2*d)*day+time.Hour, "ann", "trusts", "laptop")
		add(time.Duration(2*d)*day+2*time.Hour, "ann", "uses", "laptop")
		add(time.Duration(2*d)*day+3*time.Hour, "ann", "leaves", "laptop")
	}
	for d := range 6 { // has an app
		add(time.Duration(5*d)*day+time.Hour, "bob", "trusts", "desktop")
		add(time.Duration(5*d)*day+5*time.Hour, "bob", "leaves", "desktop")
		add(time.Duration(5*d)*day+2*time.Hour, "ivo", "trusts", "desktop") // has codes by mail
		add(time.Duration(5*d)*day+3*time.Hour, "ivo", "leaves", "desktop")
	}
	for d := range 4 { // trusts nothing
		add(time.Duration(7*d)*day+4*time.Hour, "cem", "visits", "")
	}
	for d := range 10 { // stays signed in
		does := "uses"
		if d == 0 {
			does = "trusts"
		}
		add(time.Duration(3*d)*day+6*time.Hour, "dora", does, "laptop")
		add(time.Duration(3*d)*day+7*time.Hour, "kai", does, "phone") // in an app
	}
	add(8*day, "fay", "trusts", "laptop") // an admin
	add(8*day+time.Hour, "fay", "leaves", "laptop")
	add(2*day, "hal", "trusts", "laptop") // comes back late
	add(2*day+time.Hour, "hal", "leaves", "laptop")
	add(20*day, "hal", "trusts", "laptop")
	add(20*day+time.Hour, "hal", "leaves", "laptop")
	add(day, "ed", "trusts", "laptop") // types carelessly
	add(day+time.Hour, "ed", "leaves", "laptop")
	for i := range 4 {
		add(10*day+time.Duration(i)*time.Minute, "ed", "wrong", "laptop")
	}
	add(10*day+time.Hour, "ed", "trusts", "laptop")
	add(10*day+2*time.Hour, "ed", "leaves", "laptop")
	for i := range 3 { // strangers guess slowly
		add(12*day+time.Duration(i)*time.Minute, "ann", "wrong", "")
		add(12*day+20*time.Minute+time.Duration(i)*time.Minute, "ann", "wrong", "")
	}
	add(3*day, "jo", "trusts", "laptop") // and what a thief would do
	add(3*day+10*time.Minute, "jo", "leaves", "laptop")
	all = append(all, deed{3*day + time.Hour, "jo", "trusts", "laptop", "Tokyo"}, deed{3*day + 2*time.Hour, "jo", "leaves", "laptop", "Tokyo"})
	slices.SortStableFunc(all, func(a, b deed) int { return int(a.at - b.at) })
	return all
}()

// world is the same people under one policy.
type world struct {
	*apptest.App
	t       *testing.T
	users   map[string]sallyport.User
	app     *apptest.Authenticator // of bob
	clients map[string]signin.From // by who and device
	at      map[string]signin.Result
	begun   map[int]string                     // session that a deed began
	what    map[string]map[preview.Effect]bool // what happened, by deed
}

// play lets thirty days pass under a policy.
func play(t *testing.T, engine store.Engine, fields map[string]any, ofGroup map[string]any) *world {
	t.Helper()
	w := &world{
		App: apptest.New(t, engine, store.Options{}), t: t, users: map[string]sallyport.User{}, clients: map[string]signin.From{},
		at: map[string]signin.Result{}, begun: map[int]string{}, what: map[string]map[preview.Effect]bool{},
	}
	w.people()
	w.StoredPolicies()
	operator := sallyport.Operator(w.TenantID(t))
	g, err := w.Groups.Add(t.Context(), operator, "Finance", "")
	if err == nil {
		_, err = w.Groups.AddMembers(t.Context(), operator, g.ID, []string{w.users["ann"].ID, w.users["dora"].ID, w.users["bob"].ID})
	}
	apptest.Must(t, err)
	_, err = w.Tenants.Save(t.Context(), operator, tenant.Edit{Fields: fields})
	apptest.Must(t, err)
	if ofGroup != nil {
		_, err = w.Tenants.Save(t.Context(), operator, tenant.Edit{GroupID: g.ID, Fields: ofGroup})
		apptest.Must(t, err)
	}
	begin := w.Clock.Now()
	today := 0
	for i, d := range thirtyDays {
		for ; today < int(d.at/day); today++ {
			w.Clock.Set(begin.Add(time.Duration(today+1) * day))
			apptest.Must(t, errors.Join(w.Devices.Tend(t.Context()), w.Sessions.Flush(t.Context())))
		}
		w.Clock.Set(begin.Add(d.at))
		w.do(i, d)
		apptest.Must(t, w.Sessions.Flush(t.Context()))
	}
	w.Clock.Set(begin.Add(30*day - time.Minute))
	return w
}

// people makes the people, with the factors that two of them have, before the thirty days.
func (w *world) people() {
	for _, who := range []string{"ann", "bob", "cem", "dora", "ed", "fay", "hal", "ivo", "jo", "kai"} {
		role := sallyport.RoleMember
		if who == "fay" {
			role = sallyport.RoleAdmin
		}
		w.users[who] = w.AddUser(w.t, who+"@corp.test", role)
	}
	w.app = w.AddTOTP(w.t, apptest.Actor(w.SignInAs(w.t, w.Laptop(w.t), "bob@corp.test")))
	ivo := apptest.Actor(w.SignInAs(w.t, w.Laptop(w.t), "ivo@corp.test"))
	w.VerifyAddress(w.t, ivo)
	w.AddEmail(w.t, ivo)
	for _, v := range w.users {
		for _, s := range w.LiveSessions(w.t, v.ID) { // those that were needed for that
			apptest.Must(w.t, w.Sessions.SignOut(w.t.Context(), sallyport.Actor{Type: sallyport.ActorUser, TenantID: s.TenantID, UserID: s.UserID, SessionID: s.ID}))
		}
	}
	w.Clock.Advance(time.Hour) // so that this is before the thirty days
}

// saw notes an effect of a deed.
func (w *world) saw(i int, e preview.Effect) {
	key := fmt.Sprintf("%s %d", thirtyDays[i].who, i)
	if w.what[key] == nil {
		w.what[key] = map[preview.Effect]bool{}
	}
	w.what[key][e] = true
}

// reminded notes that somebody is reminded of their password, as the pages do.
func (w *world) reminded(i int, u sallyport.User) {
	p, err := w.Tenants.PolicyOf(w.t.Context(), u.TenantID, u.ID)
	apptest.Must(w.t, err)
	if policy.RotationDue(p, w.users[thirtyDays[i].who].PasswordChangedAt, w.Clock.Now()) {
		w.saw(i, preview.Reminded)
	}
}

func (w *world) do(i int, d deed) {
	key := d.who + " " + d.device
	switch d.does {
	case "wrong":
		w.wrong(i, d)
	case "uses":
		if in, ok := w.at[key]; ok && w.Use(w.t, &in) == "" {
			w.at[key] = in
			w.reminded(i, in.User)
			return
		}
		if _, came := w.clients[key]; came {
			w.enter(i, d, false)
		}
	case "leaves":
		if in, ok := w.at[key]; ok && w.Use(w.t, &in) == "" {
			apptest.Must(w.t, w.Sessions.SignOut(w.t.Context(), apptest.Actor(in)))
		}
	default:
		w.enter(i, d, true)
	}
}

// client returns the client of a deed.
func (w *world) client(d deed) signin.From {
	from, ok := w.clients[d.who+" "+d.device]
	if !ok || d.device == "" {
		from = w.Laptop(w.t)
		if d.device == "phone" {
			from = w.From(w.t, apptest.Client("192.0.2.77", apptest.SafariOnIPhone))
			from.Native = true
		}
	}
	from.AsksTrust, from.Session = true, ""
	from.Client.Location = sallyport.Location{Country: "DE", City: "Berlin", Latitude: 52.5, Longitude: 13.4}
	from.Fingerprint = sallyport.Fingerprint{ScreenResolution: "2560x1440", Timezone: "Europe/Berlin", Language: "de", Platform: "MacIntel", HardwareConcurrency: 8, DeviceMemory: 8}
	if d.from == "Tokyo" {
		from.Client.Location = sallyport.Location{Country: "JP", City: "Tokyo", Latitude: 35.7, Longitude: 139.7}
		from.Fingerprint = sallyport.Fingerprint{ScreenResolution: "1366x768", Timezone: "Asia/Tokyo", Language: "ja", Platform: "Win32", HardwareConcurrency: 2, DeviceMemory: 2}
	}
	return from
}

// wrong gives a wrong password.
func (w *world) wrong(i int, d deed) {
	before := w.Count(w.t)[audit.AccountLocked]
	_, err := w.Try(w.t.Context(), w.client(d), d.who+"@corp.test", "wrong")
	if sallyport.CodeOf(err) == sallyport.CodeAccountLocked || w.Count(w.t)[audit.AccountLocked] > before {
		w.saw(i, preview.Locked)
	}
}

// enter signs in, up to where a second factor would have to be set up.
func (w *world) enter(i int, d deed, counts bool) {
	from := w.client(d)
	r, err := w.SignIn.Open(w.t.Context(), from, d.who+"@corp.test")
	note := func(e preview.Effect) {
		if counts {
			w.saw(i, e)
		}
	}
	for err == nil && r.State != signin.Done {
		step := signin.Step{State: r.State, Password: apptest.Password, Trust: d.does != "visits"}
		switch r.State {
		case signin.Enrol:
			note(preview.Enrols)
			return
		case signin.Factor:
			note(preview.Asked)
			if step.Answer, err = w.answer(from, &r); err != nil {
				w.t.Fatal(err)
			}
		}
		r, err = w.SignIn.Advance(w.t.Context(), from, r.FlowToken, step)
	}
	switch code := sallyport.CodeOf(err); code {
	case "":
		w.clients[d.who+" "+d.device], w.at[d.who+" "+d.device] = apptest.After(from, r), r
		if counts {
			w.begun[i] = r.Session.ID
			w.reminded(i, r.User)
		}
	case sallyport.CodeDeviceNotTrusted:
		note(preview.Refused)
	case sallyport.CodeAccountLocked:
		note(preview.Locked)
	default:
		w.t.Fatalf("%s at %v: %v", d.who, d.at, err)
	}
}

// answer returns the answer to the second factor that a sign-in asks for.
func (w *world) answer(from signin.From, r *signin.Result) (mfa.Answer, error) {
	method := r.Choices[0].Method
	if method == sallyport.MethodTOTP {
		return mfa.Answer{Method: method, Code: w.app.Code(w.t)}, nil
	}
	asked, err := w.SignIn.Ask(w.t.Context(), from, r.FlowToken, r.FlowID, r.Choices[0])
	if err != nil {
		return mfa.Answer{}, err
	}
	*r = asked
	return mfa.Answer{Method: method, Code: w.LastCode(w.t, "ivo@corp.test")}, nil
}

// ends returns when the session that a deed began ended, or would have ended by now.
func (w *world) ends(i int) (time.Time, bool) {
	id, ok := w.begun[i]
	if !ok {
		return time.Time{}, false
	}
	s, err := w.DB.Session(w.t.Context(), w.TenantID(w.t), id)
	apptest.Must(w.t, err)
	end := s.EndsAt()
	if !s.TerminatedAt.IsZero() && s.Status != sallyport.SessionExpired {
		end = s.TerminatedAt
	}
	if now := w.Clock.Now(); end.After(now) {
		end = now
	}
	return end, true
}

// compare returns who was affected how by the change between two worlds.
func compare(a, b *world) map[preview.Effect][]string {
	opposite := map[preview.Effect]preview.Effect{
		preview.Asked: preview.AskedNoMore, preview.Refused: preview.RefusedNoMore, preview.Reminded: preview.RemindedNoMore,
	}
	out := map[preview.Effect]map[string]bool{}
	add := func(e preview.Effect, who string) {
		if out[e] == nil {
			out[e] = map[string]bool{}
		}
		out[e][who] = true
	}
	for i, d := range thirtyDays {
		key := fmt.Sprintf("%s %d", d.who, i)
		for _, e := range []preview.Effect{preview.Asked, preview.Enrols, preview.Refused, preview.Locked, preview.Reminded} {
			switch was, is := a.what[key][e], b.what[key][e]; {
			case is && !was:
				add(e, d.who)
			case was && !is && opposite[e] != "":
				add(opposite[e], d.who)
			}
		}
		was, ok := a.ends(i)
		is, okToo := b.ends(i)
		if ok && okToo && is.Before(was) {
			add(preview.Ended, d.who)
		}
		if ok && okToo && was.Before(is) {
			add(preview.EndedLater, d.who)
		}
	}
	names := map[preview.Effect][]string{}
	for e, who := range out {
		names[e] = slices.Sorted(maps.Keys(who))
	}
	return names
}

// previewed returns whom a preview names for each effect.
func (w *world) previewed(e tenant.Edit) map[preview.Effect][]string {
	w.t.Helper()
	operator := sallyport.Operator(w.TenantID(w.t))
	p, err := w.Previews.Start(w.t.Context(), operator, e)
	apptest.Must(w.t, err)
	for p.Status == preview.Running {
		apptest.Must(w.t, w.Previews.Work(w.t.Context()))
		p, err = w.Previews.Get(w.t.Context(), operator, p.ID)
		apptest.Must(w.t, err)
	}
	if p.Status != preview.Finished || p.Done != p.Total || p.Total < 10 {
		w.t.Fatalf("%s after %d of %d people", p.Status, p.Done, p.Total)
	}
	names := map[preview.Effect][]string{}
	for _, c := range p.Counts {
		people, err := w.Previews.People(w.t.Context(), operator, p.ID, preview.Which{Effect: c.Effect, Limit: 100})
		apptest.Must(w.t, err)
		if int64(len(people)) != c.People {
			w.t.Errorf("%s: %d names of %d people", c.Effect, len(people), c.People)
		}
		for _, who := range people {
			name, _, _ := strings.Cut(who.User.Email, "@")
			names[c.Effect] = append(names[c.Effect], name)
		}
		slices.Sort(names[c.Effect])
	}
	return names
}

type fields = map[string]any

// A preview names those, and only those, to whom something else happens when the same thirty days are
// lived under the changed policy: for each field that can be previewed.
func TestPreviewEqualsWhatHappens(t *testing.T) {
	patient := fields{"lockoutProgressiveDelay": false, "deviceCompromise": "alert"} // a base on which things happen
	with := func(more fields) fields {
		all := maps.Clone(patient)
		maps.Copy(all, more)
		return all
	}
	var tried []string
	cases := []struct {
		name         string
		base, change fields
		expect       string // an effect and somebody whom it has, so that nothing is compared with nothing
		ofGroup      bool   // the change is of a group's policy
	}{
		{"a factor for everyone", nil, fields{"mfaEnforced": "everyone"}, "enrols ann", false},
		{"a factor for admins", nil, fields{"mfaEnforced": "admins"}, "enrols fay", false},
		{"no codes by mail", nil, fields{"mfaMethods": "totp,webauthn,backup_codes"}, "enrols ivo", false},
		{"no factor on trusted devices", nil, fields{"deviceSkipMfa": true, "deviceReverifyDays": 90}, "asked_no_more bob", false},
		{"a factor on trusted devices", fields{"deviceSkipMfa": true, "deviceReverifyDays": 90}, fields{"deviceSkipMfa": false}, "asked bob", false},
		{"verified more often", fields{"deviceSkipMfa": true, "deviceReverifyDays": 90}, fields{"deviceReverifyDays": 7}, "asked bob", false},
		{"trusted devices only", nil, fields{"deviceRequireTrusted": true}, "refused cem", false},
		{"any device", fields{"deviceRequireTrusted": true}, fields{"deviceRequireTrusted": false}, "refused_no_more cem", false},
		{"idle devices removed", nil, fields{"deviceAutoRevokeDays": 10}, "refused hal", false},
		{"suspicious devices flagged", nil, fields{"deviceCompromise": "flag"}, "refused jo", false},
		{"fewer failures", nil, fields{"lockoutFailures": 3}, "locked ed", false},
		{"a longer window", nil, fields{"lockoutWindowMinutes": 60}, "locked ann", false},
		{"a longer lock", fields{"lockoutFailures": 3}, fields{"lockoutDurationMinutes": 120}, "locked ed", false},
		{"shorter idle time", nil, fields{"sessionIdleWebMinutes": 1440}, "ended dora", false},
		{"shorter idle time of apps", nil, fields{"sessionIdleMobileMinutes": 2880}, "ended kai", false},
		{"shorter lifetime", nil, fields{"sessionLifetimeMinutes": 7200, "sessionIdleWebMinutes": 7200, "sessionIdleMobileMinutes": 7200}, "ended dora", false},
		{"longer lifetime", fields{"sessionLifetimeMinutes": 7200, "sessionIdleWebMinutes": 7200, "sessionIdleMobileMinutes": 7200}, fields{"sessionLifetimeMinutes": 86400}, "ended_later dora", false},
		{"password rotation", nil, fields{"passwordRotationDays": 20}, "reminded ann", false},
		{"no password rotation", fields{"passwordRotationDays": 20}, fields{"passwordRotationDays": 0}, "reminded_no_more ann", false},
		{"a factor for a group", nil, fields{"mfaEnforced": "everyone"}, "enrols dora", true},
		{"short sessions for a group", nil, fields{"sessionIdleWebMinutes": 1440}, "ended dora", true},
	}
	for _, c := range cases {
		tried = append(tried, slices.Collect(maps.Keys(c.change))...)
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, engine := range apptest.Engines {
				t.Run(string(engine), func(t *testing.T) {
					t.Parallel()
					a := play(t, engine, with(c.base), nil)
					edit := tenant.Edit{Fields: c.change}
					var b *world
					if c.ofGroup {
						groups, err := a.Groups.List(t.Context(), sallyport.Operator(a.TenantID(t)))
						apptest.Must(t, err)
						edit.GroupID = groups[0].ID
						b = play(t, engine, with(c.base), c.change)
					} else {
						changed := with(c.base)
						maps.Copy(changed, c.change)
						b = play(t, engine, changed, nil)
					}
					says, happens := a.previewed(edit), compare(a, b)
					if fmt.Sprint(says) != fmt.Sprint(happens) {
						t.Errorf("\nthe preview says %v\nwhat happens is %v", says, happens)
					}
					effect, who, _ := strings.Cut(c.expect, " ")
					if !slices.Contains(happens[preview.Effect(effect)], who) {
						t.Errorf("%s is not among %v", c.expect, happens)
					}
				})
			}
		})
	}
	for _, f := range preview.Fields {
		if len(f.Effects) > 0 && !slices.Contains(tried, f.Name) {
			t.Errorf("%s has effects, and nothing plays it", f.Name)
		}
	}
}

// Each field of the policy has a row that says what a preview knows of it.
func TestEveryFieldHasARow(t *testing.T) {
	if len(preview.Fields) != len(policy.Fields) {
		t.Errorf("%d rows for %d fields", len(preview.Fields), len(policy.Fields))
	}
	for i, f := range policy.Fields {
		row := preview.Fields[i]
		if row.Name != f.Name || (len(row.Effects) == 0) == (row.Why == "") {
			t.Errorf("the row of %s is %v", f.Name, row)
		}
	}
}
