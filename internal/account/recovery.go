package account

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/session"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// RequestReset notes that somebody asks for a new password for an address.
// Whether anybody has it is found out later, by AnswerRequests: the answer is the
// same and takes as long. The error is for what cannot be an address, or
// CodeRateLimited for a network that asks too often; an address that too many
// links were asked for gets none and nobody is told.
func (s *Service) RequestReset(ctx context.Context, tenantID string, c sallyport.Client, lang, address string) error {
	address, err := email.Parse("email", address)
	if err != nil {
		return err
	}
	p, err := s.policy(ctx, tenantID)
	if err != nil {
		return err
	}
	now := s.now()
	var d throttle.Decision
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if d, err = throttle.SpendIn(ctx, tx, p, tenantID, now, throttle.ForAsking(c.IPAddress)); err != nil || !d.Allowed {
			return err
		}
		quiet, err := throttle.SpendIn(ctx, tx, p, tenantID, now, throttle.ForMailing(address))
		if err != nil || !quiet.Allowed {
			return err
		}
		tx.AfterCommit(s.wake)
		return tx.AddMailRequest(ctx, store.MailRequest{
			TenantID: tenantID, ID: token.NewID(), Kind: string(notify.PasswordReset), Email: address, Lang: strings.ToValidUTF8(lang[:min(len(lang), 100)], ""), Client: c, CreatedAt: now,
		})
	})
	if err == nil && !d.Allowed {
		err = &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: d.Until.Sub(now)}
	}
	return err
}

func (s *Service) wake() {
	select {
	case s.asked <- struct{}{}:
	default: // somebody is about to look
	}
}

// Asked is signalled when there are requests to answer.
func (s *Service) Asked() <-chan struct{} { return s.asked }

// AnswerRequests mails what was requested for addresses that active accounts
// have (links for new passwords, the news of locks), and forgets the rest.
//
// A request that cannot be answered, such as one of an organisation whose policy
// cannot be read, stays and does not hold up the others.
func (s *Service) AnswerRequests(ctx context.Context) error {
	failed := map[string]error{}
	for {
		requests, err := s.db.MailRequests(ctx, 50+len(failed))
		if err != nil {
			return err
		}
		requests = slices.DeleteFunc(requests, func(r store.MailRequest) bool { return failed[r.ID] != nil })
		if len(requests) == 0 || ctx.Err() != nil {
			return errors.Join(slices.Collect(maps.Values(failed))...)
		}
		for _, r := range requests {
			if err := s.answer(ctx, r); err != nil {
				failed[r.ID] = err
			}
		}
	}
}

func (s *Service) answer(ctx context.Context, r store.MailRequest) error {
	user, err := s.db.UserByEmail(ctx, r.TenantID, r.Email)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return err
	}
	p, err := s.policy(ctx, r.TenantID)
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		err := tx.TakeMailRequest(ctx, r.TenantID, r.ID)
		if errors.Is(err, sallyport.ErrNotFound) {
			return nil // another node is faster
		}
		if err != nil || user.ID == "" || user.Status != sallyport.UserActive {
			return err
		}
		if r.Kind == string(notify.AccountLocked) {
			return s.sendLocked(ctx, tx, user, p, r.Client, r.CreatedAt, r.LockedUntil)
		}
		actor := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: r.TenantID, Client: r.Client}
		event, err := s.mailReset(ctx, tx, actor, user, p, r.Lang)
		if err != nil {
			return err
		}
		return audit.Append(ctx, tx, event)
	})
}

// sendLocked mails the owner that failed attempts locked their account, with a
// link that lifts the lock where policy allows that.
func (s *Service) sendLocked(
	ctx context.Context, tx *store.Tx, user sallyport.User, p sallyport.Policy, c sallyport.Client, at, until time.Time,
) error {
	a := alert.Alert{
		Kind: notify.AccountLocked, User: user, Client: c, Policy: p, At: at,
		Data: notify.Data{Attempts: p.LockoutFailures, Until: until},
	}
	if p.LockoutSelfUnlock {
		a.Link = link.Unlock
	}
	return s.alerts.Send(ctx, tx, a)
}

// mailReset mails a link for a new password in the caller's transaction and
// returns its event.
func (s *Service) mailReset(ctx context.Context, tx *store.Tx, actor sallyport.Actor, user sallyport.User, p sallyport.Policy, lang string) (sallyport.Event, error) {
	now := s.now()
	e := audit.New(actor, audit.PasswordResetRequested, now)
	e.UserID = user.ID
	return e, s.alerts.Send(ctx, tx, alert.Alert{
		Kind: notify.PasswordReset, User: user, Client: actor.Client, Lang: lang, Link: link.Reset, Policy: p, At: now,
	})
}

// CheckLink returns the link a secret belongs to, without using it up, or
// CodeLinkExpired.
func (s *Service) CheckLink(ctx context.Context, tenantID string, k link.Kind, secret string) (link.Link, error) {
	return link.Find(ctx, s.db, tenantID, k, secret, s.now())
}

// ResetPassword sets a new password through a mailed link. All sessions end, all
// devices become strangers, locks are lifted, and a second factor is still asked
// for at the next sign-in. CodeInvalid with every rule that is broken leaves the
// link usable.
func (s *Service) ResetPassword(ctx context.Context, tenantID string, c sallyport.Client, secret, value, confirm string) error {
	l, user, err := s.linked(ctx, tenantID, link.Reset, secret)
	if err != nil {
		return err
	}
	hash, err := s.judgeAndHash(ctx, user, newPassword(value, confirm))
	if err != nil {
		return err
	}
	p, err := s.policy(ctx, tenantID)
	if err != nil {
		return err
	}
	now, actor := s.now(), byMail(user, c)
	return s.db.Write(ctx, func(tx *store.Tx) error {
		if _, err := s.takeFor(ctx, tx, l); err != nil {
			return err
		}
		if err := password.Replace(ctx, tx, user, hash, now); err != nil {
			return err
		}
		events, err := s.endAll(ctx, tx, actor, user, session.ReasonPasswordReset)
		if err != nil {
			return err
		}
		ended := len(events)
		strangers, err := device.EndTrust(ctx, tx, actor, user.ID, "", session.ReasonPasswordReset, now)
		if err != nil {
			return err
		}
		verified, err := proveAddress(ctx, tx, actor, user, now)
		if err != nil {
			return err
		}
		lifted, err := lift(ctx, tx, actor, user, now)
		if err != nil {
			return err
		}
		if err := s.alerts.Send(ctx, tx, alert.Alert{Kind: notify.PasswordResetDone, User: user, Client: c, Policy: p, At: now}); err != nil {
			return err
		}
		e := audit.New(actor, audit.PasswordReset, now)
		e.UserID, e.Data = user.ID, map[string]string{"sessions": strconv.Itoa(ended)}
		return audit.Append(ctx, tx, append(slices.Concat(events, strangers, verified, lifted), e)...)
	})
}

// linked returns an unused link and the active user it was mailed to.
func (s *Service) linked(ctx context.Context, tenantID string, k link.Kind, secret string) (link.Link, sallyport.User, error) {
	l, err := s.CheckLink(ctx, tenantID, k, secret)
	if err != nil {
		return l, sallyport.User{}, err
	}
	user, err := s.db.User(ctx, tenantID, l.UserID)
	if err == nil && user.Status != sallyport.UserActive {
		err = link.ErrExpired
	}
	return l, user, err
}

func (s *Service) judgeAndHash(ctx context.Context, user sallyport.User, in password.Input) (string, error) {
	tenant, err := s.db.Tenant(ctx, user.TenantID)
	if err != nil {
		return "", err
	}
	if err := s.passwords.Judge(ctx, in, user, tenant.Name); err != nil {
		return "", err
	}
	return s.passwords.Hash(ctx, in.Value)
}

// takeFor locks a link's user and uses the link up.
func (s *Service) takeFor(ctx context.Context, tx *store.Tx, l link.Link) (sallyport.User, error) {
	user, err := tx.LockUser(ctx, l.TenantID, l.UserID)
	if err != nil {
		return user, err
	}
	if user.Status != sallyport.UserActive {
		return user, link.ErrExpired
	}
	return user, link.Take(ctx, tx, l)
}

// endAll ends sessions and pending sign-ins of a locked user.
func (s *Service) endAll(ctx context.Context, tx *store.Tx, actor sallyport.Actor, user sallyport.User, reason string) ([]sallyport.Event, error) {
	if err := tx.EndFlowsOfUser(ctx, user.TenantID, user.ID); err != nil {
		return nil, err
	}
	return session.EndAll(ctx, tx, actor, user.ID, "", audit.SessionRevoked, sallyport.SessionRevoked, reason, s.now())
}

// byMail is who acts through a mailed link: whoever reads the user's mail.
func byMail(user sallyport.User, c sallyport.Client) sallyport.Actor {
	return sallyport.Actor{Type: sallyport.ActorUser, TenantID: user.TenantID, UserID: user.ID, Role: user.Role, Client: c}
}
