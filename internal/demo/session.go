package demo

import (
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/token"
)

// signIn begins a session as package signin does: attempt, device, session and
// events in one. The session m's browser held is replaced when again is true.
func (w *world) signIn(p *person, m *machine, c sallyport.Client, at time.Time, again bool) *opened {
	lifetime, idle := policy.SessionTimes(w.policy, m.native, c.Info.Type)
	actor := sallyport.Actor{Type: sallyport.ActorUser, TenantID: w.tenantID, UserID: p.user.ID, Role: p.user.Role, Client: c}
	if again && m.session != nil && m.session.live(at) {
		w.end(m.session, at, actor, audit.SignedOut, sallyport.SessionTerminated, session.ReasonReplaced)
	}
	known := m.device.ID != ""
	var events []sallyport.Event
	if !known {
		m.device = sallyport.Device{
			ID: w.id(at), TenantID: w.tenantID, UserID: p.user.ID, Info: c.Info, Status: sallyport.DeviceActive,
			LastUsedAt: at, LastIP: c.IPAddress, LastLocation: c.Location, CreatedAt: at,
		}
		e := audit.New(actor, audit.DeviceAdded, at)
		e.UserID, e.TargetID = p.user.ID, m.device.ID
		events = append(events, e)
		w.summary.Devices++
	}
	s := &opened{Session: sallyport.Session{
		ID: w.id(at), TenantID: w.tenantID, UserID: p.user.ID, DeviceID: m.device.ID, Status: sallyport.SessionActive,
		DeviceInfo: c.Info, IPAddress: c.IPAddress, UserAgent: c.UserAgent, Location: c.Location,
		CreatedAt: at, ExpiresAt: at.Add(lifetime), IdleTimeout: idle, LastActivityAt: at, AuthenticatedAt: at,
	}, of: p, native: m.native, client: c}
	actor.SessionID = s.ID
	e := audit.New(actor, audit.SignedIn, at)
	e.UserID, e.Data = p.user.ID, map[string]string{"client": "web"}
	if m.native {
		e.Data["client"] = "native"
	}
	attempt := w.attempt(p, p.user.Email, c, at, "")
	device := m.device
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		if err := addDevice(ctx, tx, device, known, c, at); err != nil {
			return err
		}
		_, hash := token.New(token.Session)
		if err := tx.AddSession(ctx, s.Session, hash[:]); err != nil {
			return err
		}
		return tx.AddAttempt(ctx, attempt)
	}, append(events, e)...)
	m.session = s
	w.open = append(w.open, s)
	w.summary.Sessions[sallyport.SessionActive]++
	return s
}

func addDevice(ctx context.Context, tx *store.Tx, d sallyport.Device, known bool, c sallyport.Client, at time.Time) error {
	if known {
		return tx.UseDevice(ctx, d.TenantID, d.ID, c, sallyport.Fingerprint{}, at)
	}
	_, hash := token.New(token.Device)
	return tx.AddDevice(ctx, d, hash[:])
}

// attempt returns the record of one try; p is nil for an address nobody has.
func (w *world) attempt(p *person, email string, c sallyport.Client, at time.Time, reason sallyport.Code) sallyport.Attempt {
	a := sallyport.Attempt{
		ID: w.id(at), TenantID: w.tenantID, Email: email, IPAddress: c.IPAddress, UserAgent: c.UserAgent,
		DeviceInfo: c.Info, Location: c.Location, Successful: reason == "", FailureReason: reason, CreatedAt: at,
	}
	if p != nil {
		a.UserID = p.user.ID
	}
	w.summary.Attempts++
	return a
}

// fail records a try that was refused, with the lock that follows from it if
// there is one.
func (w *world) fail(p *person, email string, c sallyport.Client, at time.Time, reason sallyport.Code, locks bool) {
	a := w.attempt(p, email, c, at, reason)
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
	by := string(actor.Type)
	if actor.Type == sallyport.ActorUser {
		by = actor.UserID
	}
	w.did(at, func(ctx context.Context, tx *store.Tx) error {
		return tx.EndSession(ctx, s.TenantID, s.ID, to, by, reason, at)
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
func (w *world) within(p *person, at time.Time) sallyport.Actor {
	m := p.machines[0]
	s := m.session
	if s == nil || s.suspended || !s.live(at) {
		s = w.signIn(p, m, w.client(m, p.home), at, false)
	}
	w.use(s, at)
	return sallyport.Actor{
		Type: sallyport.ActorUser, TenantID: w.tenantID, UserID: p.user.ID, SessionID: s.ID, Role: p.user.Role, Client: s.client,
	}
}

// about tells that something happened to a session.
func about(actor sallyport.Actor, kind audit.Kind, s *opened, at time.Time, reason string) sallyport.Event {
	e := audit.New(actor, kind, at)
	e.UserID, e.SessionID = s.UserID, s.ID
	if reason != "" {
		e.Data = map[string]string{"reason": reason}
	}
	return e
}
