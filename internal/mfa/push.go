package mfa

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/message"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// NeedAnswer is what it takes to answer a request to approve something: a session on a device that is
// trusted enough, which the act itself looks at.
var NeedAnswer = act.Need{Exempt: policy.Answers}

const (
	// ApprovalLifetime is how long a request can be answered, and the answer be used.
	ApprovalLifetime = 2 * time.Minute
	// ApprovalTrust is how much a device must be trusted to be asked.
	ApprovalTrust = sallyport.TrustMedium
	// ApprovalPath begins the address of the page of a request.
	ApprovalPath = "/approve/"
	// FlowDenied is the state of a flow that somebody has said was not theirs.
	FlowDenied = "deny"
)

// How a request stands: its answer, or what is made of none.
const (
	ApprovalWaiting  = "waiting"
	ApprovalApproved = "approved"
	ApprovalDenied   = "denied"
	ApprovalWrong    = "wrong_number"
	ApprovalExpired  = "expired" // nobody has answered, or a newer request took its place
	approvalReplaced = "replaced"
)

// approval asks the other devices of a user: the browser that asks shows two digits, and one of the
// others types them. It is set up by a code that is pushed to the browser, which shows that messages
// come through.
type approval struct{ sent }

func (m approval) begin(ctx context.Context, e *Enrolment, n NewFactor) (any, error) {
	if err := e.s.mayBeAsked(ctx, e.who); err != nil {
		return nil, err
	}
	return m.sent.begin(ctx, e, n)
}

// mayBeAsked returns why a user cannot set approvals up in their session, or nil.
func (s *Service) mayBeAsked(ctx context.Context, who Subject) error {
	live, err := s.Acts.LiveFactors(ctx, who.User.TenantID, who.User.ID)
	if err != nil {
		return err
	}
	has := func(f store.Factor) bool {
		return f.Method == sallyport.MethodPush && f.Status != sallyport.FactorPending
	}
	subscribed, err := s.subscribed(ctx, s.Acts.Queries, who)
	if err != nil {
		return err
	}
	here := func(p store.PushSubscription) bool { return p.SessionID == who.Session }
	switch {
	case !policy.HasFactor(who.Policy, store.Plain(live)):
		return refuse("method", "push_alone")
	case slices.ContainsFunc(live, has):
		return refuse("method", "already_configured")
	case who.Session == "" || !slices.ContainsFunc(subscribed, here):
		return refuse("method", "push_not_subscribed")
	}
	v, err := s.answering(ctx, s.Acts.Queries, who, who.Session)
	if err == nil && v.ID == "" {
		err = refuse("method", "push_low_trust")
	}
	return err
}

// subscribed returns the browsers of a user that can be told by push.
func (s *Service) subscribed(ctx context.Context, db store.Queries, who Subject) ([]store.PushSubscription, error) {
	all, err := db.PushSubscriptionsOf(ctx, who.User.TenantID, who.User.ID)
	return slices.DeleteFunc(all, func(p store.PushSubscription) bool { return p.KeyID != s.Outbox.PushKeyID() }), err
}

// answering returns a session of the user that can answer requests; the zero one where it cannot: it has
// ended, or its device is not trusted enough.
func (s *Service) answering(ctx context.Context, db store.Queries, who Subject, id string) (v sallyport.Session, err error) {
	v, err = db.Session(ctx, who.User.TenantID, id)
	if err == nil && (v.UserID != who.User.ID || v.DeviceID == "" || v.EffectiveStatus(s.Acts.Now()) != sallyport.SessionActive) {
		err = sallyport.ErrNotFound
	}
	if err == nil {
		var d sallyport.Device
		if d, err = db.Device(ctx, v.TenantID, v.DeviceID); err == nil && policy.Trust(who.Policy, d, s.Acts.Now()) < ApprovalTrust {
			err = sallyport.ErrNotFound
		}
	}
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.Session{}, nil
	}
	return v, err
}

// mayAnswer says whether a session may answer a request: never the one that asks, nor its device.
func mayAnswer(p store.Approval, v sallyport.Session) bool {
	return v.ID != "" && v.ID != p.SessionID && v.DeviceID != p.DeviceID
}

func (approval) ask(_ context.Context, q question) (Asking, error) {
	number, err := rand.Int(rand.Reader, big.NewInt(90))
	if err != nil {
		return Asking{}, err
	}
	now, u := q.s.Acts.Now(), q.who.User
	p := store.Approval{
		TenantID: u.TenantID, ID: token.NewID(), UserID: u.ID, FlowID: q.in.FlowID, FactorID: q.factor.ID, Number: 10 + int(number.Int64()), Act: q.in.Act,
		SessionID: q.who.Session, DeviceID: q.who.Device, Client: q.in.Kind, From: q.in.Client, CreatedAt: now, EndsAt: now.Add(ApprovalLifetime),
	}
	return Asking{
		Challenge: Challenge{FactorID: p.FactorID, Until: p.EndsAt, Approval: p.ID},
		Asked:     Asked{Until: p.EndsAt, Number: p.Number},
		send:      func(ctx context.Context, a *act.Act) error { return q.s.request(ctx, a, q.who, p) },
	}, nil
}

// request stores a request and pushes it to the devices that can answer it, within its limit.
func (s *Service) request(ctx context.Context, a *act.Act, who Subject, p store.Approval) error {
	browsers, err := s.subscribed(ctx, a.Queries, who)
	if err != nil {
		return err
	}
	var reached []store.PushSubscription
	for _, b := range browsers {
		v, err := s.answering(ctx, a.Queries, who, b.SessionID)
		if err != nil {
			return err
		}
		if mayAnswer(p, v) {
			reached = append(reached, b)
		}
	}
	if len(reached) == 0 {
		return refuse("method", "approval_nobody")
	}
	d, err := a.Counters().SpendIn(ctx, a.Tx, throttle.ForApproving(a.User.ID))
	if err := cmp.Or(err, d.Refusal(a.Now)); err != nil {
		return err
	}
	if err := a.ReplaceApprovals(ctx, store.Approval{TenantID: p.TenantID, UserID: p.UserID, FlowID: p.FlowID, Answer: approvalReplaced, AnsweredAt: a.Now}); err != nil {
		return err
	}
	if err := a.AddApproval(ctx, p); err != nil {
		return err
	}
	a.Note(audit.CodeSent, act.About{Target: p.FactorID}, "method", sallyport.MethodPush)
	return s.push(ctx, a, reached, notify.Push{
		Kind: notify.SignInCode, Title: "approval.pushTitle", Body: "approval.pushBody", Path: ApprovalPath + p.ID, Tag: "approve", TTL: p.EndsAt.Sub(a.Now),
	})
}

// push pushes a message to browsers of the act's user. Its title and its body are ids of texts, with
// values for the body; it says nothing that others may not read on a locked screen.
func (s *Service) push(ctx context.Context, a *act.Act, to []store.PushSubscription, m notify.Push, values ...any) error {
	t, err := a.Tenant(ctx, a.User.TenantID)
	if err != nil {
		return err
	}
	words := message.For(a.User.Reads(t))
	m.TenantID, m.UserID, m.Lang = t.ID, a.User.ID, words.Lang()
	m.Title, m.Body = words.T(m.Title), words.T(m.Body, values...)
	for _, b := range to {
		m.SubscriptionID = b.ID
		if err := s.Outbox.EnqueuePush(ctx, a.Tx, m); err != nil {
			return err
		}
	}
	return nil
}

func (approval) check(ctx context.Context, s *Service, who Subject, at Flow, a Answer) (Proof, error) {
	p, err := s.asked(ctx, who, at.ID, at.Challenge)
	if err != nil {
		return Proof{}, err
	}
	i := slices.IndexFunc(who.Standing.of(a.Method), func(f store.Factor) bool { return f.ID == p.FactorID })
	if p.ID == "" || i < 0 {
		return Proof{}, refuse("method", "approval_missing")
	}
	switch standing(p, s.Acts.Now()) {
	case ApprovalApproved:
		v, err := s.answering(ctx, s.Acts.Queries, who, p.AnsweredIn) // whoever has signed it out since then has doubts
		if err == nil && !mayAnswer(p, v) {
			err = refuse("method", "approval_expired")
		}
		return Proof{factor: who.Standing.of(a.Method)[i], approval: p.ID}, err
	case ApprovalDenied:
		return Proof{}, sallyport.Refuse(sallyport.CodeApprovalDenied, "")
	case ApprovalWaiting:
		return Proof{}, refuse("method", "approval_waiting")
	case ApprovalWrong:
		return Proof{}, refuse("method", "approval_wrong_number")
	}
	return Proof{}, refuse("method", "approval_expired")
}

// use also makes sure that an approval is used in its time.
func (approval) use(ctx context.Context, a *act.Act, p Proof) error {
	if err := a.UseApproval(ctx, store.Approval{TenantID: p.factor.TenantID, ID: p.approval, Answer: ApprovalApproved}, a.Now); err != nil {
		return err
	}
	return plain{}.use(ctx, a, p)
}

// asked returns the request that a flow waits for; the zero one when it waits for none.
func (s *Service) asked(ctx context.Context, who Subject, flowID string, c Challenge) (store.Approval, error) {
	if c.Approval == "" {
		return store.Approval{}, nil
	}
	p, err := s.Acts.Approval(ctx, who.User.TenantID, who.User.ID, c.Approval)
	if err == nil && p.FlowID != flowID {
		err = sallyport.ErrNotFound
	}
	if errors.Is(err, sallyport.ErrNotFound) {
		return store.Approval{}, nil
	}
	return p, err
}

// standing says how a request stands at a time. An approval ends with the time of the request.
func standing(p store.Approval, now time.Time) string {
	switch over := !now.Before(p.EndsAt); {
	case p.Answer == "" && !over:
		return ApprovalWaiting
	case p.Answer == "", p.Answer == approvalReplaced, p.Answer == ApprovalApproved && over:
		return ApprovalExpired
	}
	return p.Answer
}

// Waiting is what the browser that asks shows while others are to answer.
type Waiting struct {
	Number int
	Until  time.Time
	State  string // ApprovalWaiting and so on
}

// WaitsFor returns what a flow waits for; nil when it asked no other device.
func (s *Service) WaitsFor(ctx context.Context, who Subject, flowID string, c Challenge) (*Waiting, error) {
	p, err := s.asked(ctx, who, flowID, c)
	if err != nil || p.ID == "" {
		return nil, err
	}
	return &Waiting{p.Number, p.EndsAt, standing(p, s.Acts.Now())}, nil
}

// Request is a request to approve something, as the devices show it that can answer. It never has the
// number.
type Request struct {
	ID        string
	Act       policy.Act // what is to be done; "" for a sign-in
	Native    bool       // asked by an app, not by a browser
	From      sallyport.Client
	CreatedAt time.Time
	Until     time.Time
	State     string // ApprovalWaiting and so on
	May       bool   // the actor's session may answer it
	Asks      bool   // it is the actor's own browser that asks
}

// Approvals returns the requests that wait for an answer of the actor, the newest first.
func (s *Service) Approvals(ctx context.Context, actor sallyport.Actor) ([]Request, error) {
	who, err := s.self(ctx, actor)
	if err != nil {
		return nil, err
	}
	open, err := s.Acts.OpenApprovals(ctx, actor.TenantID, actor.UserID, s.Acts.Now())
	if err != nil {
		return nil, err
	}
	var all []Request
	for _, p := range open {
		r, err := s.requested(ctx, who, p)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

// Requested returns one request to the actor, answered or not. ErrNotFound when there is none.
func (s *Service) Requested(ctx context.Context, actor sallyport.Actor, id string) (Request, error) {
	who, err := s.self(ctx, actor)
	if err != nil {
		return Request{}, err
	}
	p, err := s.Acts.Approval(ctx, actor.TenantID, actor.UserID, id)
	if err != nil {
		return Request{}, err
	}
	return s.requested(ctx, who, p)
}

func (s *Service) requested(ctx context.Context, who Subject, p store.Approval) (Request, error) {
	v, err := s.answering(ctx, s.Acts.Queries, who, who.Session)
	return Request{
		ID: p.ID, Act: policy.Act(p.Act), Native: p.Client == "native", From: p.From, CreatedAt: p.CreatedAt, Until: p.EndsAt,
		State: standing(p, s.Acts.Now()), May: mayAnswer(p, v), Asks: p.SessionID == who.Session || v.ID != "" && v.DeviceID == p.DeviceID,
	}, err
}

// Approve approves a request to the actor with the number that the browser shows that asks. A wrong
// number answers it as well: then the error is CodeInvalid with wrong_number. CodeDeviceNotTrusted in a session
// that may not answer; ErrConflict with ApprovalByAsker in the one that asks, and with ApprovalIsOver when it has an
// answer or its time is over.
func (s *Service) Approve(ctx context.Context, actor sallyport.Actor, id, number string) error {
	wrong := false
	err := s.answer(ctx, actor, id, func(a *act.Act, p store.Approval) error {
		n, err := strconv.Atoi(factor.NormalizeCode(number))
		if err != nil || n < 10 || n > 99 {
			return refuse("number", "two_digits")
		}
		if p.Answer, wrong = ApprovalApproved, p.Number != n; wrong {
			p.Answer = ApprovalWrong
		}
		if err := over(a.AnswerApproval(ctx, p)); err != nil {
			return err
		}
		if wrong {
			a.Note(audit.ApprovalDenied, act.About{Target: p.ID}, "reason", ApprovalWrong)
			return nil
		}
		a.Note(audit.Approved, act.About{Target: p.ID})
		_, err = a.Counters().Unlock(ctx, a.Tx, throttle.ForApproving(a.User.ID))
		return err
	})
	if err == nil && wrong {
		err = refuse("number", "wrong_number")
	}
	return err
}

// Deny says that a request is not of the actor: whoever has asked knows their password. It ends what asked with its session,
// closes this way for a while, and says by mail what to do. Errors are those of Approve.
func (s *Service) Deny(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.answer(ctx, actor, id, func(a *act.Act, p store.Approval) error {
		p.Answer = ApprovalDenied
		if err := over(a.AnswerApproval(ctx, p)); err != nil {
			return err
		}
		if err := a.Counters().Exhaust(ctx, a.Tx, throttle.ForApproving(a.User.ID)); err != nil {
			return err
		}
		a.Note(audit.ApprovalDenied, act.About{Target: p.ID}, "reason", ReasonNotMe)
		stopped, err := act.Ignore(a.StopFlow(ctx, p.TenantID, p.FlowID, FlowDenied))
		if err == nil && stopped {
			err = failed(ctx, a, p)
		}
		if err == nil {
			_, err = a.RevokeSession(ctx, sessionOf(p), act.ReasonNotMe)
		}
		if err != nil {
			return err
		}
		return a.Tell(ctx, act.Alert{Kind: notify.ApprovalDenied, Client: p.From, Page: passwordPath})
	})
}

// sessionOf returns the session that a request is of: of a step-up that in which it was asked for; of a sign-in the
// one that began meanwhile, if it was passed another way, which has the id of the flow.
func sessionOf(p store.Approval) string {
	if p.Act != "" {
		return p.SessionID
	}
	return p.FlowID
}

// passwordPath is where people change their password.
const passwordPath = "/profile/security/password"

// failed records that what was denied has failed: a sign-in also as an attempt.
func failed(ctx context.Context, a *act.Act, p store.Approval) error {
	if p.Act != "" {
		by := sallyport.Actor{Type: sallyport.ActorUser, TenantID: p.TenantID, UserID: p.UserID, Role: a.User.Role, SessionID: p.SessionID, Client: p.From}
		a.As(by).Note(audit.ReauthFailed, act.About{}, "method", sallyport.MethodPush)
		return nil
	}
	by := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: p.TenantID, Client: p.From}
	a.As(by).Note(audit.SignInFailed, act.About{Session: p.FlowID}, "reason", string(sallyport.CodeApprovalDenied))
	return a.AddAttempt(ctx, sallyport.Attempt{
		ID: token.NewID(), TenantID: p.TenantID, UserID: p.UserID, DeviceID: p.DeviceID, Email: a.User.Email,
		IPAddress: p.From.IPAddress, UserAgent: p.From.UserAgent, DeviceInfo: p.From.Info, Location: p.From.Location,
		FailureReason: sallyport.CodeApprovalDenied, MFARequired: true, CreatedAt: a.Now,
	})
}

// answer does an act on a request that the actor may answer. do gets it with the time and the session of
// the answer.
func (s *Service) answer(ctx context.Context, actor sallyport.Actor, id string, do func(*act.Act, store.Approval) error) error {
	return s.Acts.Run(ctx, actor, act.User(actor.UserID), NeedAnswer, func(a *act.Act) error {
		p, err := a.Approval(ctx, actor.TenantID, actor.UserID, id)
		if err != nil {
			return err
		}
		v, err := s.answering(ctx, a.Queries, Subject{User: a.User, Policy: a.Policy}, actor.SessionID)
		switch {
		case err != nil:
			return err
		case p.SessionID == actor.SessionID, v.ID != "" && v.DeviceID == p.DeviceID:
			return sallyport.Blocked(sallyport.ApprovalByAsker)
		case !mayAnswer(p, v):
			return sallyport.Refuse(sallyport.CodeDeviceNotTrusted, "")
		}
		p.AnsweredAt, p.AnsweredIn = a.Now, actor.SessionID
		return do(a, p)
	})
}

// over says that a request cannot be answered any more.
func over(err error) error {
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.Blocked(sallyport.ApprovalIsOver)
	}
	return err
}

// browser carries the code of the set-up to the browser that it is set up in.
type browser struct{}

func (browser) aim(*sallyport.Factor, Subject, NewFactor) error        { return nil }
func (browser) hint(sallyport.Factor) string                           { return "" }
func (browser) available(s *Service) bool                              { return s.Outbox.PushKey() != "" }
func (browser) limits(throttle.Party, sallyport.Factor) []throttle.Key { return nil }

func (browser) carry(ctx context.Context, a *act.Act, m codeMessage) error {
	to, err := m.s.subscribed(ctx, a.Queries, m.who)
	if err != nil {
		return err
	}
	to = slices.DeleteFunc(to, func(p store.PushSubscription) bool { return p.SessionID != m.who.Session })
	if len(to) == 0 {
		return refuse("method", "push_not_subscribed")
	}
	return m.s.push(ctx, a, to, notify.Push{
		Kind: notify.FactorCode, Title: "approval.codeTitle", Body: "approval.codeBody", Path: "/profile/security/two-factor/add/" + m.to.ID,
		Tag: "approve-set-up", TTL: m.until.Sub(a.Now),
	}, "Code", m.code)
}
