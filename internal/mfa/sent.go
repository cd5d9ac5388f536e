package mfa

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/throttle"
)

// sent is a method whose code a carrier sends to its owner.
type sent struct{ carrier }

// carrier sends codes by SMS or by mail.
type carrier interface {
	// aim sets where the codes of a new factor are sent.
	aim(f *sallyport.Factor, who Subject, n NewFactor) error
	hint(f sallyport.Factor) string
	available(s *Service) bool
	// limits returns the counters for sending there, besides those of the party.
	limits(by throttle.Party, f sallyport.Factor) []throttle.Key
	carry(ctx context.Context, a *act.Act, m codeMessage) error
}

// codeMessage is one code to be sent.
type codeMessage struct {
	s     *Service
	who   Subject
	to    sallyport.Factor
	kind  notify.Kind
	code  string
	until time.Time
}

// sentSecret is sealed with a pending factor until its first code is entered.
type sentSecret struct {
	Code  string    `json:"code,omitempty"`
	Until time.Time `json:"until,omitzero"` // when Code stops working
}

func (c sent) begin(_ context.Context, e *Enrolment, n NewFactor) (any, error) {
	if err := c.aim(&e.row.Factor, e.who, n); err != nil {
		return nil, err
	}
	v := sentSecret{factor.NewOneTimeCode(), e.row.CreatedAt.Add(factor.CodeLifetime)}
	e.SentTo, e.CodeUntil = c.hint(e.row.Factor), v.Until
	e.send = c.sending(codeMessage{e.s, e.who, e.row.Factor, notify.FactorCode, v.Code, v.Until})
	return v, nil
}

func (c sent) show(_ context.Context, e *Enrolment) error {
	var v sentSecret
	err := e.s.open(e.row, &v)
	e.SentTo, e.CodeUntil = c.hint(e.row.Factor), v.Until
	return err
}

func (sent) verify(_ context.Context, v *Verified, a Answer) (any, error) {
	var sealed sentSecret
	if err := v.s.open(v.row, &sealed); err != nil {
		return nil, err
	}
	if !v.s.Acts.Now().Before(sealed.Until) {
		return nil, wrong("code_expired", nil)
	}
	if !factor.SameCode(sealed.Code, a.Code) {
		return nil, wrong("wrong_code", nil)
	}
	return sentSecret{}, nil
}

func codePlace(tenantID, flowID string) seal.Place {
	return seal.Place{Column: "flows.code", TenantID: tenantID, ID: flowID}
}

func (c sent) ask(_ context.Context, q question) (Asking, error) {
	code, until := factor.NewOneTimeCode(), q.s.Acts.Now().Add(factor.CodeLifetime)
	sealed, err := q.s.Keys.Seal(codePlace(q.who.User.TenantID, q.in.FlowID), []byte(code))
	if err != nil {
		return Asking{}, err
	}
	return Asking{
		Challenge: Challenge{FactorID: q.factor.ID, Code: sealed, Until: until},
		Asked:     Asked{SentTo: c.hint(q.factor.Factor), Until: until},
		send:      c.sending(codeMessage{q.s, q.who, q.factor.Factor, notify.SignInCode, code, until}),
	}, nil
}

func (sent) check(_ context.Context, s *Service, who Subject, at Flow, a Answer) (Proof, error) {
	c := at.Challenge
	for _, f := range who.Standing.of(a.Method) {
		if f.ID != c.FactorID || len(c.Code) == 0 {
			continue
		}
		if !s.Acts.Now().Before(c.Until) {
			return Proof{}, wrong("code_expired", nil)
		}
		code, err := s.Keys.Open(codePlace(who.User.TenantID, at.ID), c.Code)
		if err != nil {
			return Proof{}, err
		}
		if factor.SameCode(string(code), a.Code) {
			return Proof{factor: f}, nil
		}
	}
	return Proof{}, wrong("wrong_code", nil)
}

// use writes nothing: the version of the flow makes a code valid once.
func (sent) use(ctx context.Context, a *act.Act, p Proof) error { return plain{}.use(ctx, a, p) }

// sending puts a code into the outbox, within the rate limits.
func (c sent) sending(m codeMessage) sending {
	return func(ctx context.Context, a *act.Act) error {
		keys := append(c.limits(m.who.Party, m.to), throttle.ForSending(m.who.Party))
		d, err := a.Counters().SpendIn(ctx, a.Tx, keys...)
		if err := cmp.Or(err, d.Refusal(a.Now)); err != nil {
			return err
		}
		a.Note(audit.CodeSent, act.About{Target: m.to.ID}, "method", m.to.Method)
		return c.carry(ctx, a, m)
	}
}

// phone sends codes to telephones.
type phone struct{}

func (phone) aim(f *sallyport.Factor, _ Subject, n NewFactor) (err error) {
	f.PhoneNumber, err = factor.ParsePhone("phoneNumber", n.PhoneNumber, n.Country)
	return err
}

func (phone) hint(f sallyport.Factor) string { return factor.MaskPhone(f.PhoneNumber) }
func (phone) available(s *Service) bool      { return s.Outbox.TextsAvailable() }
func (phone) limits(by throttle.Party, f sallyport.Factor) []throttle.Key {
	return throttle.ForTexting(by, f.PhoneNumber, f.Status == sallyport.FactorActive)
}

func (phone) carry(ctx context.Context, a *act.Act, m codeMessage) error {
	return a.Text(ctx, act.TextedCode{To: m.to.PhoneNumber, Kind: m.kind, Code: m.code, Until: m.until})
}

// mailbox sends codes to the e-mail address of the account.
type mailbox struct{}

func (mailbox) aim(f *sallyport.Factor, who Subject, _ NewFactor) error {
	f.Email = who.User.Email
	if who.User.EmailVerifiedAt.IsZero() {
		return refuse("method", "email_not_verified")
	}
	return nil
}

func (mailbox) hint(f sallyport.Factor) string                         { return MaskEmail(f.Email) }
func (mailbox) available(*Service) bool                                { return true }
func (mailbox) limits(throttle.Party, sallyport.Factor) []throttle.Key { return nil }

func (mailbox) carry(ctx context.Context, a *act.Act, m codeMessage) error {
	u := a.User
	u.Email = m.to.Email
	return a.Tell(ctx, act.Alert{Kind: m.kind, User: u, Client: a.Actor.Client, Data: notify.Data{Code: m.code, CodeUntil: m.until}})
}

// MaskEmail hides an address but lets its owner recognise it: it shows the first letter
// and the domain, "o•••@corp.test".
func MaskEmail(address string) string {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || local == "" {
		return "•••"
	}
	first := []rune(local)[:1]
	return string(first) + "•••@" + domain
}
