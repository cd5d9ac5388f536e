package account

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// RequestReset records a request for a password-reset link. AnswerRequests finds out later
// whether somebody has the address, so that the answer is the same and takes as long.
// CodeInvalid for what cannot be an address; CodeRateLimited when the network asks too
// often, CodeNetworkBlocked when it is blocked. An address with too many requests gets no further link, and no error says so.
func (s *Service) RequestReset(ctx context.Context, tenantID string, c sallyport.Client, address string) error {
	address, err := line.ParseEmail("email", address)
	if err != nil {
		return err
	}
	if err := s.passwords.Allowed(ctx, tenantID); err != nil {
		return err
	}
	if err := s.acts.Admit(ctx, tenantID, c.IPAddress, s.acts.Now()); err != nil {
		return err
	}
	var refused error
	actor := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: tenantID, Client: c}
	err = s.acts.Run(ctx, actor, act.Nobody, act.Need{}, func(a *act.Act) error {
		d, err := a.Counters().SpendIn(ctx, a.Tx, throttle.ForAsking(c.IPAddress))
		if refused = d.Refusal(a.Now); err != nil || refused != nil {
			return err
		}
		quiet, err := a.Counters().SpendIn(ctx, a.Tx, throttle.ForMailing(address))
		if err != nil || !quiet.Allowed {
			return err
		}
		a.AfterCommit(s.wake)
		return a.AddMailRequest(ctx, store.MailRequest{
			TenantID: tenantID, ID: token.NewID(), Kind: string(notify.PasswordReset), Email: address, Client: c, CreatedAt: a.Now,
		})
	})
	return cmp.Or(err, refused)
}

func (s *Service) wake() {
	select {
	case s.asked <- struct{}{}:
	default: // a signal is waiting already
	}
}

// Asked is signalled when there are requests to answer.
func (s *Service) Asked() <-chan struct{} { return s.asked }

// AnswerRequests mails what was requested for addresses of active accounts (password-reset
// links, news of locks) and of closed ones (links that open them), and deletes the other
// requests.
//
// A request that cannot be answered stays and does not delay the others, for example
// when the policy of its organisation cannot be read.
func (s *Service) AnswerRequests(ctx context.Context) error {
	failed := map[string]error{}
	for {
		requests, err := s.acts.MailRequests(ctx, 50+len(failed))
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
	user, err := s.acts.UserByEmail(ctx, r.TenantID, r.Email)
	if err != nil && !errors.Is(err, sallyport.ErrNotFound) {
		return err
	}
	actor := sallyport.Actor{Type: sallyport.ActorAnonymous, TenantID: r.TenantID, Client: r.Client}
	return s.acts.Run(ctx, actor, act.Nobody, act.Need{}, func(a *act.Act) error {
		taken, err := act.Ignore(a.TakeMailRequest(ctx, r.TenantID, r.ID)) // another node may have taken it
		if !taken || user.ID == "" || user.Status == sallyport.UserDisabled {
			return err
		}
		a.User = user
		asked := r.Kind == string(notify.PasswordReset)
		if user.Status == sallyport.UserClosed {
			if asked {
				err = mailReopen(ctx, a)
			}
			return err
		}
		if !asked {
			news := act.Locked(a.Policy, notify.Kind(r.Kind), r.Client, r.LockedUntil)
			news.At = r.CreatedAt
			return a.Tell(ctx, news)
		}
		return mailReset(ctx, a)
	})
}

// mailReset mails the act's user a link for a new password.
func mailReset(ctx context.Context, a *act.Act) error {
	a.Note(audit.PasswordResetRequested, act.About{})
	return a.Tell(ctx, act.Alert{Kind: notify.PasswordReset, Client: a.Actor.Client, Link: link.Reset})
}

// ResetLink returns a link for a new password, for the operator to hand over to its user. It ends
// the former one. ErrForbidden for everybody else: an admin who had the link could sign in as
// that user. ErrConflict with UserIsDisabled; CodeAccountClosed for a closed account.
func (s *Service) ResetLink(ctx context.Context, actor sallyport.Actor, userID string) (l link.Added, err error) {
	if actor.Type != sallyport.ActorOperator {
		return l, sallyport.ErrForbidden
	}
	err = s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) (err error) {
		switch a.User.Status {
		case sallyport.UserDisabled:
			return sallyport.Blocked(sallyport.UserIsDisabled)
		case sallyport.UserClosed:
			return sallyport.Refuse(sallyport.CodeAccountClosed, "release it first")
		}
		a.Note(audit.ResetLinkMade, act.About{})
		l, err = a.Mint(ctx, link.Reset)
		return err
	})
	return l, err
}

// CheckLink returns a mailed link without using it up. CodeLinkExpired when it is not
// valid.
func (s *Service) CheckLink(ctx context.Context, m link.Mailed) (link.Link, error) {
	return link.Find(ctx, s.acts.Queries, m, s.acts.Now())
}

// HolderOf returns the user that a mailed link is for, without using it up: who reads the
// mailbox may know. CodeLinkExpired when it is not valid.
func (s *Service) HolderOf(ctx context.Context, m link.Mailed) (sallyport.User, error) {
	_, user, err := s.acts.Linked(ctx, m)
	return user, err
}

// ResetPassword sets a new password through a mailed link. All sessions end, no device is
// recognised any more, and locks of the password are lifted; accounts at identity providers are unlinked where
// nobody had proven the address before. The next sign-in still asks for
// a second factor, whose locks stay. CodeInvalid lists every broken rule, and the link stays usable.
func (s *Service) ResetPassword(ctx context.Context, m link.Mailed, value, confirm string) error {
	m.Kind = link.Reset
	_, user, err := s.acts.Linked(ctx, m)
	if err != nil {
		return err
	}
	chosen, err := s.judgeAndHash(ctx, user, newPassword(value, confirm))
	if err != nil {
		return err
	}
	return s.acts.ByLink(ctx, m, func(a *act.Act, _ link.Link) error {
		if err := password.Replace(ctx, a, user, chosen); err != nil {
			return err
		}
		ended, err := a.RevokeSessions(ctx, act.Sessions{}, act.ReasonPasswordReset)
		if err != nil {
			return err
		}
		if err := a.EndTrustOf(ctx, "", act.ReasonPasswordReset); err != nil {
			return err
		}
		if user.EmailVerifiedAt.IsZero() { // whoever made the account may be somebody else
			if err := sso.UnlinkAll(ctx, a); err != nil {
				return err
			}
		}
		if err := proveAddress(ctx, a); err != nil {
			return err
		}
		if err := liftPassword(ctx, a); err != nil {
			return err
		}
		a.Note(audit.PasswordReset, act.About{}, "sessions", strconv.Itoa(ended))
		return a.Tell(ctx, act.Alert{Kind: notify.PasswordResetDone, Client: m.Client})
	})
}

func (s *Service) judgeAndHash(ctx context.Context, user sallyport.User, in password.Input) (password.Chosen, error) {
	tenant, err := s.acts.Tenant(ctx, user.TenantID)
	if err != nil {
		return password.Chosen{}, err
	}
	if err := s.passwords.Judge(ctx, in, user, tenant.Name); err != nil {
		return password.Chosen{}, err
	}
	return s.passwords.Make(ctx, user, in.Value)
}
