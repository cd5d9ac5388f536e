package demo

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
)

// visited is a sign-in of a person that was, or may have been, theirs.
type visited struct {
	risk.Visit
	attempt    string
	assessment sallyport.Assessment
	answer     sallyport.Answer
}

// miss is a second factor that was wrong.
type miss struct {
	at         time.Time
	device, ip string
}

// judge says how doubtful a sign-in is, by the facts that the product has.
func (w *world) judge(p *person, m *machine, c sallyport.Client, at time.Time) sallyport.Assessment {
	f := risk.Facts{Now: at, Location: c.Location, Fingerprint: m.print}
	if g := m.device; g != nil {
		f.DeviceID, f.DeviceSince, f.Before, f.Quiet = g.ID, g.CreatedAt, g.Fingerprint, g.Quiet
	}
	for _, v := range slices.Backward(p.visits) {
		if len(f.Visits) == 50 {
			break
		}
		if v.answer != sallyport.AnswerNotMe {
			f.Visits = append(f.Visits, v.Visit)
		}
	}
	for _, x := range p.misses {
		if at.Sub(x.at) < day && x.device == f.DeviceID && (x.device != "" || x.ip == c.IPAddress) {
			f.FactorFailures++
		}
	}
	return risk.Assess(f)
}

// doubted tells of a sign-in that looks unusual.
func (d *deed) doubted(actor sallyport.Actor, p *person, attempt string, a sallyport.Assessment, at time.Time) {
	if a.Score >= risk.Unusual {
		d.tell(actor, audit.SignInDoubted, p, attempt, at, "score", strconv.Itoa(a.Score), "signals", device.Signals(a))
	}
}

// stop refuses a sign-in on a known device for what it looks like, if it does.
func (w *world) stop(p *person, m *machine, c sallyport.Client, at time.Time) {
	a := w.judge(p, m, c, at)
	if a.Score < risk.Compromised || m.device == nil {
		return
	}
	attempt := w.attempt(p, p.user.Email, c, at, sallyport.CodeDeviceNotTrusted)
	attempt.DeviceID, attempt.Assessment = m.device.ID, a
	w.summary.Failed++
	d := &deed{}
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.AddAttempt(ctx, attempt) })
	anonymous := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: w.tenantID, Client: c}
	d.tell(anonymous, audit.SignInFailed, p, "", at, "reason", string(sallyport.CodeDeviceNotTrusted))
	d.doubted(w.as(p, c), p, attempt.ID, a, at)
	w.flag(d, sallyport.System(w.tenantID), m.device, device.Flag{By: device.BySystem, Assessment: a}, at)
	w.finish(d, at)
}

// mine is the owner saying that an unusual sign-in was theirs.
func (w *world) mine(p *person, g *gadget, v *visited, at time.Time) {
	if !p.is(at) || v.answer != sallyport.AnswerNone {
		return
	}
	actor := w.within(p, at)
	v.answer, v.Confirmed = sallyport.AnswerMine, true
	for _, f := range v.assessment.Findings {
		if !slices.Contains(g.Quiet, f.Signal) {
			g.Quiet = append(slices.Clone(g.Quiet), f.Signal)
		}
	}
	quiet, d := g.Quiet, &deed{}
	d.row(func(ctx context.Context, tx *store.Tx) error {
		if err := tx.AnswerAttempt(ctx, w.tenantID, v.attempt, sallyport.AnswerMine); err != nil {
			return err
		}
		return tx.QuietDevice(ctx, w.tenantID, g.ID, quiet)
	})
	d.tell(actor, audit.SignInAnswered, p, v.attempt, at, "answer", string(sallyport.AnswerMine))
	w.finish(d, at)
}

// notMine is the owner following "This wasn't me" in the mail about a sign-in:
// its session ends, its device is marked, and the password is withdrawn.
func (w *world) notMine(p *person, s *opened, v *visited, at time.Time) {
	c := w.client(p.machines[0], p.home)
	actor, n := w.as(p, c), 0
	if s.live(at) {
		w.end(s, at, actor, audit.SessionRevoked, sallyport.SessionRevoked, session.ReasonNotMe)
		n = 1
	}
	v.answer = sallyport.AnswerNotMe
	d := &deed{}
	w.strangers(d, actor, p, s.on, session.ReasonNotMe, at)
	w.flag(d, actor, s.on, device.Flag{By: device.ByUser}, at)
	d.row(func(ctx context.Context, tx *store.Tx) error {
		return tx.AnswerAttempt(ctx, w.tenantID, v.attempt, sallyport.AnswerNotMe)
	})
	d.tell(actor, audit.SignInAnswered, p, v.attempt, at, "answer", string(sallyport.AnswerNotMe))
	d.tell(actor, audit.PasswordWithdrawn, p, "", at)
	d.tell(actor, audit.PasswordResetRequested, p, "", at)
	d.tell(actor, audit.ReportedNotMe, p, "", at, "sessions", strconv.Itoa(n))
	w.finish(d, at)
	w.will(at.Add(6*time.Minute), func(at time.Time) { w.resetPassword(p, c, at) })
}

// resetPassword is a new password through the mailed link. There is no hash, but
// its time moves on, and everything else ends.
func (w *world) resetPassword(p *person, c sallyport.Client, at time.Time) {
	actor, d := w.as(p, c), &deed{}
	n := w.endAll(p, nil, at, actor, session.ReasonPasswordReset)
	w.strangers(d, actor, p, nil, session.ReasonPasswordReset, at)
	w.proveAddress(d, actor, p, at)
	d.row(func(ctx context.Context, tx *store.Tx) error {
		return tx.SetPassword(ctx, sallyport.User{TenantID: w.tenantID, ID: p.user.ID, PasswordChangedAt: at}, "")
	})
	d.tell(actor, audit.PasswordReset, p, "", at, "sessions", strconv.Itoa(n))
	w.finish(d, at)
}

// proveAddress records that a person's e-mail address is theirs.
func (w *world) proveAddress(d *deed, actor sallyport.Actor, p *person, at time.Time) {
	if !p.user.EmailVerifiedAt.IsZero() {
		return
	}
	p.user.EmailVerifiedAt = at
	d.row(func(ctx context.Context, tx *store.Tx) error { return tx.VerifyEmail(ctx, w.tenantID, p.user.ID, at) })
	d.tell(actor, audit.EmailVerified, p, "", at)
}
