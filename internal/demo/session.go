package demo

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// signIn begins a session as package signin does: second factor, device with its
// trust, attempt, session and events in one. The session m's browser held is
// replaced when again is true.
func (w *world) signIn(p *person, m *machine, c sallyport.Client, at time.Time, again bool) *opened {
	lifetime, idle := policy.SessionTimes(w.policy, m.native, c.Info.Type)
	actor, d := w.as(p, c), &deed{}
	if m.device != nil && m.device.blocked() {
		m.device = nil // its browser was cleared
	}
	if !m.print.Given() {
		m.print = w.print(p, m)
	}
	way := w.pass(p, m, c, at)
	w.redeem(d, actor, p, way, at)
	if again && m.session != nil && m.session.live(at) {
		w.end(m.session, at, actor, audit.SignedOut, sallyport.SessionTerminated, session.ReasonReplaced)
	}
	a := w.judge(p, m, c, at)
	w.settle(d, actor, p, m, c, at)
	method := ""
	if way != nil {
		method = way.Method
		w.earn(d, actor, m.device, policy.Shown{Method: method}, at)
	}
	s := &opened{Session: sallyport.Session{
		ID: w.id(at), TenantID: w.tenantID, UserID: p.user.ID, DeviceID: m.device.ID, Native: m.native, Status: sallyport.SessionActive,
		DeviceInfo: c.Info, IPAddress: c.IPAddress, UserAgent: c.UserAgent, Location: c.Location, MFAMethod: method, Assessment: a,
		CreatedAt: at, ExpiresAt: at.Add(lifetime), IdleTimeout: idle, LastActivityAt: at, AuthenticatedAt: at,
	}, of: p, native: m.native, client: c, on: m.device}
	if method != "" {
		s.MFAVerifiedAt = at
	}
	attempt := w.attempt(p, p.user.Email, c, at, "")
	attempt.DeviceID, attempt.SessionID, attempt.Assessment, attempt.MFAVerified = m.device.ID, s.ID, a, method != ""
	s.visit = &visited{risk.Visit{At: at, Location: c.Location, DeviceID: m.device.ID}, attempt.ID, a, sallyport.AnswerNone}
	p.visits = append(p.visits, s.visit)
	d.doubted(actor, p, attempt.ID, a, at)
	actor.SessionID = s.ID
	client := "web"
	if m.native {
		client = "native"
	}
	d.tell(actor, audit.SignedIn, p, "", at, "client", client, "method", method)
	_, hash := token.New(token.Session)
	s.hash = hash[:]
	row := s.Session
	d.row(func(ctx context.Context, tx *store.Tx) error {
		row.LastActivityAt = s.LastActivityAt
		if err := tx.AddSession(ctx, row, hash[:]); err != nil {
			return err
		}
		return tx.AddAttempt(ctx, attempt)
	})
	w.finish(d, at)
	m.session = s
	w.open = append(w.open, s)
	w.summary.Sessions[sallyport.SessionActive]++
	if a.Score >= risk.Unusual && !p.star && !p.plain && !p.played && w.chance(0.6) {
		w.will(at.Add(w.between(4*time.Minute, 5*time.Hour)), func(at time.Time) { w.mine(p, s.on, s.visit, at) })
	}
	return s
}

// settle records the use of a known device, or gets to know a new one, which its
// owner trusts or not.
func (w *world) settle(d *deed, actor sallyport.Actor, p *person, m *machine, c sallyport.Client, at time.Time) {
	g := m.device
	if g != nil {
		g.LastUsedAt, g.LastIP, g.LastLocation, g.Info, g.announced = at, c.IPAddress, c.Location, c.Info, time.Time{}
		then := g.Device
		then.Fingerprint = m.print
		d.row(func(ctx context.Context, tx *store.Tx) error { return tx.UseDevice(ctx, then) })
	} else {
		g = &gadget{of: p, Device: sallyport.Device{
			ID: w.id(at), TenantID: w.tenantID, UserID: p.user.ID, Info: c.Info, Status: sallyport.DeviceActive, Fingerprint: m.print,
			LastUsedAt: at, LastIP: c.IPAddress, LastLocation: c.Location, CreatedAt: at,
		}}
		m.device = g
		p.gadgets = append(p.gadgets, g)
		row := g.Device
		d.row(func(ctx context.Context, tx *store.Tx) error {
			_, hash := token.New(token.Device)
			return tx.AddDevice(ctx, row, hash[:])
		})
		d.tell(actor, audit.DeviceAdded, p, g.ID, at)
		w.summary.Devices++
	}
	g.used = at
	if g.TrustLevel == sallyport.TrustNone && m.daily > 0 && w.chance(p.careful) {
		w.level(d, actor, g, sallyport.TrustLow, policy.ChosenAtSignIn, at)
	}
}

// touch records that a device was used by a session on it, as uses of sessions do.
func (w *world) touch(s *opened) {
	if s.LastActivityAt.Sub(s.CreatedAt) < time.Hour {
		return
	}
	at := s.LastActivityAt
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		return tx.TouchSessions(ctx, []store.Activity{{TenantID: w.tenantID, SessionID: s.ID, At: at}})
	})
}

// attempt returns the record of one try; p is nil for an address nobody has.
func (w *world) attempt(p *person, email string, c sallyport.Client, at time.Time, reason sallyport.Code) sallyport.Attempt {
	a := sallyport.Attempt{
		ID: w.id(at), TenantID: w.tenantID, Email: email, IPAddress: c.IPAddress, UserAgent: c.UserAgent,
		DeviceInfo: c.Info, Location: c.Location, Successful: reason == "", FailureReason: reason, CreatedAt: at,
	}
	if p != nil {
		a.UserID, a.MFARequired = p.user.ID, p.asked()
	}
	w.summary.Attempts++
	return a
}

// fail records a try that was refused, with the lock that follows from it if
// there is one. The machine it came from may be a known device.
func (w *world) fail(p *person, email string, c sallyport.Client, at time.Time, reason sallyport.Code, locks bool, from ...*machine) {
	a := w.attempt(p, email, c, at, reason)
	for _, m := range from {
		if m.device != nil && m.device.CreatedAt.Before(at) {
			a.DeviceID = m.device.ID
		}
	}
	w.summary.Failed++
	actor := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: w.tenantID, Client: c}
	e := audit.New(actor, audit.SignInFailed, at)
	e.UserID, e.Data = a.UserID, map[string]string{"reason": string(reason)}
	events := []sallyport.Event{e}
	if locks {
		l := audit.New(actor, audit.AccountLocked, at)
		l.UserID = a.UserID
		l.Data = map[string]string{"scope": "account", "until": at.Add(w.policy.LockoutDuration).Format(time.RFC3339)}
		events = append(events, l)
	}
	w.did(at, func(ctx context.Context, tx *store.Tx) error { return tx.AddAttempt(ctx, a) }, events...)
}

// end ends a session that is live, with its event.
func (w *world) end(s *opened, at time.Time, actor sallyport.Actor, kind audit.Kind, to sallyport.SessionStatus, reason string) {
	s.ended = true
	if s.LastActivityAt.After(at) {
		s.LastActivityAt = at // what was going to be done in it is not done
	}
	w.count(s, to)
	w.touch(s)
	by := string(actor.Type)
	if actor.Type == sallyport.ActorUser {
		by = actor.UserID
	}
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		return tx.EndSession(ctx, s.TenantID, s.ID, store.End{Status: to, By: by, Reason: reason, At: at})
	}, about(actor, kind, s, at, reason))
	w.open = slices.DeleteFunc(w.open, func(o *opened) bool { return o == s })
}

// lapse marks a session as expired whose time was over at a moment, as the job
// does some seconds later.
func (w *world) lapse(s *opened, now time.Time) {
	over := s.EndsAt()
	if s.ended || over.After(now) {
		return
	}
	s.ended = true
	w.count(s, sallyport.SessionExpired)
	w.touch(s)
	at := over.Add(w.between(0, 30*time.Second)).Truncate(time.Microsecond)
	if at.After(w.o.Now) {
		at = over
	}
	reason := session.ReasonIdle
	if !over.Before(s.ExpiresAt) {
		reason = session.ReasonLifetime
	}
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		return tx.ExpireSession(ctx, s.TenantID, s.ID, reason, at)
	}, about(sallyport.System(w.tenantID), audit.SessionExpired, s, at, reason))
	w.open = slices.DeleteFunc(w.open, func(o *opened) bool { return o == s })
}

// pause suspends a live session or lets a suspended one go on.
func (w *world) pause(s *opened, at time.Time, actor sallyport.Actor, suspend bool) {
	from, to, kind := sallyport.SessionActive, sallyport.SessionSuspended, audit.SessionSuspended
	if !suspend {
		from, to, kind = to, from, audit.SessionResumed
	} else if s.LastActivityAt.After(at) {
		s.LastActivityAt = at
	}
	w.count(s, to)
	s.suspended = suspend
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		return tx.MoveSession(ctx, s.TenantID, s.ID, from, to)
	}, about(actor, kind, s, at, ""))
}

// count moves a session in the summary.
func (w *world) count(s *opened, to sallyport.SessionStatus) {
	from := sallyport.SessionActive
	if s.suspended {
		from = sallyport.SessionSuspended
	}
	w.summary.Sessions[from]--
	w.summary.Sessions[to]++
}

// use says that a session is used until a moment, or until shortly before Now.
func (w *world) use(s *opened, until time.Time) {
	if latest := w.o.Now.Add(-w.between(15*time.Second, 25*time.Minute)); until.After(latest) {
		until = latest
	}
	if until.After(s.LastActivityAt) {
		s.LastActivityAt = until.Truncate(time.Microsecond)
		if s.LastActivityAt.After(s.on.used) {
			s.on.used, s.on.announced = s.LastActivityAt, time.Time{}
		}
	}
}

// sessions returns the live, active sessions of a person, oldest first.
func (w *world) sessions(p *person, at time.Time) []*opened {
	var out []*opened
	for _, s := range w.open {
		if s.of == p && s.live(at) && !s.suspended {
			out = append(out, s)
		}
	}
	return out
}

// within returns the actor that p is in a session, which begins now if there is
// none.
func (w *world) within(p *person, at time.Time) sallyport.Actor { return w.in(w.here(p, at)) }

// about tells that something happened to a session.
func about(actor sallyport.Actor, kind audit.Kind, s *opened, at time.Time, reason string) sallyport.Event {
	e := audit.New(actor, kind, at)
	e.UserID, e.SessionID = s.UserID, s.ID
	if reason != "" {
		e.Data = map[string]string{"reason": reason}
	}
	if kind == audit.SessionRevoked { // it names the device that the session was on
		if s.DeviceInfo.Browser != "" {
			e.Data["browser"] = s.DeviceInfo.Browser
		}
		if system := cmp.Or(s.DeviceInfo.Model, s.DeviceInfo.OS); system != "" {
			e.Data["system"] = system
		}
	}
	return e
}
