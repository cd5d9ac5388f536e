// Package contact holds the acts on how a user is reached: their e-mail address and their phone
// number. Neither is changed before a code that was sent there comes back in the same session:
//
//	Ask ─ code to the new address or number ─ person ─ Confirm
//
// A phone number here is not a second factor; those are in package mfa. The former address stays
// reserved for a while and can take the change back: that is a dispute, and in package account.
package contact

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// What the acts need besides a session.
var (
	NeedEmail = act.Need{StepUp: policy.ChangeEmail}
	NeedPhone = act.Need{StepUp: policy.ChangePhone}
)

// Kinds of contact, as in contact_codes.
const (
	KindEmail = "email"
	KindPhone = "phone"
)

// Service handles the contacts of all tenants.
type Service struct {
	acts *act.Runner
	keys *seal.Keys
}

// New returns a service.
func New(acts *act.Runner, keys *seal.Keys) *Service { return &Service{acts, keys} }

// Sent is a code that waits to be entered.
type Sent struct {
	Address string // that it was sent to
	Until   time.Time
}

// Waiting returns the code that waits to be entered in the actor's session, for a new address and
// for a new number; nil for none.
func (s *Service) Waiting(ctx context.Context, actor sallyport.Actor) (email, phone *Sent, _ error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return nil, nil, err
	}
	var err error
	waiting := func(kind string) *Sent {
		c, failed := s.pending(ctx, actor, kind)
		if failed != nil {
			if sallyport.CodeOf(failed) != sallyport.CodeMFAFailed {
				err = cmp.Or(err, failed)
			}
			return nil
		}
		return &Sent{c.Address, c.ExpiresAt}
	}
	email, phone = waiting(KindEmail), waiting(KindPhone)
	return email, phone, err
}

// Former is an address that somebody had, and that nobody else may have yet.
type Former = store.FormerEmail

// Former returns the addresses that are reserved for the actor, the newest first.
func (s *Service) Former(ctx context.Context, actor sallyport.Actor) ([]Former, error) {
	if err := access.Own(actor, access.Target{TenantID: actor.TenantID, UserID: actor.UserID}); err != nil {
		return nil, err
	}
	return s.acts.FormerEmails(ctx, actor.TenantID, actor.UserID, s.acts.Now())
}

// spend counts a code that is sent to an address or a number: for what ways says of them, and as
// everything that the actor has sent. CodeRateLimited after too many.
func spend(ctx context.Context, a *act.Act, ways func(throttle.Party) []throttle.Key) error {
	party, err := act.Party(ctx, a.Queries, a.Actor)
	if err != nil {
		return err
	}
	d, err := a.Counters().SpendIn(ctx, a.Tx, append(ways(party), throttle.ForSending(party))...)
	return cmp.Or(err, d.Refusal(a.Now))
}

// newCode stores a code for an address in the act, and returns it. It replaces the former one of its
// kind.
func (s *Service) newCode(ctx context.Context, a *act.Act, kind, address string) (code string, until time.Time, _ error) {
	code, until = factor.NewOneTimeCode(), a.Now.Add(factor.CodeLifetime)
	c := store.ContactCode{
		TenantID: a.User.TenantID, UserID: a.User.ID, Kind: kind, ID: token.NewID(), Address: address,
		SessionID: a.Actor.SessionID, CreatedAt: a.Now, ExpiresAt: until,
	}
	var err error
	if c.Code, err = s.keys.Seal(placeOf(c), []byte(code)); err != nil {
		return "", until, err
	}
	return code, until, a.PutContactCode(ctx, c)
}

func placeOf(c store.ContactCode) seal.Place {
	return seal.Place{Column: "contact_codes.code", TenantID: c.TenantID, ID: c.ID}
}

// pending returns the code that waits in the actor's session: one that another session asked for
// is none, so that whoever shares an account cannot finish what its owner began. CodeMFAFailed
// with code_expired when there is none.
func (s *Service) pending(ctx context.Context, actor sallyport.Actor, kind string) (store.ContactCode, error) {
	c, err := s.acts.ContactCode(ctx, actor.TenantID, actor.UserID, kind)
	if errors.Is(err, sallyport.ErrNotFound) || err == nil && (c.SessionID != actor.SessionID || !s.acts.Now().Before(c.ExpiresAt)) {
		err = wrongCode("code_expired")
	}
	return c, err
}

func wrongCode(why string) error {
	return &sallyport.Error{Code: sallyport.CodeMFAFailed, Fields: []sallyport.FieldError{{Field: "code", Code: why}}}
}

// confirm compares the code that was sent for a kind, and does the change in the act that uses the
// code up.
func (s *Service) confirm(ctx context.Context, actor sallyport.Actor, given confirmation, do func(a *act.Act, c store.ContactCode) error) error {
	if err := s.acts.May(ctx, actor, act.User(actor.UserID), given.need); err != nil {
		return err
	}
	c, err := s.pending(ctx, actor, given.kind) // before a try is spent in vain
	if err != nil {
		return err
	}
	if !factor.HasDigit(factor.NormalizeCode(given.code)) { // no try
		return sallyport.Invalid(sallyport.FieldError{Field: "code", Code: "required"})
	}
	err = s.acts.Prove(ctx, actor, act.Try{Keys: throttle.EnrolmentTry, Method: "enrolment", Compare: func() error {
		code, err := s.keys.Open(placeOf(c), c.Code)
		if err == nil && !factor.SameCode(string(code), given.code) {
			err = wrongCode("wrong_code")
		}
		return err
	}})
	if err != nil {
		return err
	}
	return s.acts.Run(ctx, actor, act.User(actor.UserID), given.need, func(a *act.Act) error {
		if used, err := act.Ignore(a.DropContactCode(ctx, c)); err != nil || !used {
			return cmp.Or(err, wrongCode("code_expired"))
		}
		return do(a, c)
	})
}

// confirmation is a code that came back.
type confirmation struct {
	kind string
	code string
	need act.Need
}
