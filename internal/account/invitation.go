package account

import (
	"cmp"
	"context"
	"errors"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Invite adds a user without a password and mails them a link to choose one. It needs
// users.manage. A second invitation to an address that never accepted mails a new link,
// and the former link stops working. CodeRateLimited when the address, or the admin, has had
// too many.
func (s *Service) Invite(ctx context.Context, actor sallyport.Actor, n NewUser) (sallyport.User, error) {
	user, _, err := s.invite(ctx, actor, n, false)
	return user, err
}

// InviteOnce is Invite for a call that may be repeated because its answer was lost: an
// invitation to the same address and role that waits already stays as it is, nothing is
// mailed, and added is false.
func (s *Service) InviteOnce(ctx context.Context, actor sallyport.Actor, n NewUser) (user sallyport.User, added bool, err error) {
	return s.invite(ctx, actor, n, true)
}

func (s *Service) invite(ctx context.Context, actor sallyport.Actor, n NewUser, once bool) (user sallyport.User, added bool, err error) {
	n.Password = ""
	built, err := s.newcomer(ctx, actor, n)
	if err != nil {
		return built, false, err
	}
	err = s.acts.Run(ctx, actor, act.Newcomer(n.Role), NeedManage, func(a *act.Act) (err error) {
		if user, err = waiting(ctx, a, built); err != nil {
			return err
		}
		if added = user.ID == ""; once && !added {
			return nil
		}
		if err := spendInvitation(ctx, a, built.Email); err != nil {
			return err
		}
		if added {
			user = built
			if err := addTo(ctx, a, built, n.GroupID); err != nil {
				return err
			}
		}
		return tellInvited(ctx, a, user)
	})
	return user, added, err
}

// Resend mails a new invitation to somebody who was invited and has not joined; the link in the
// former one stops working. It needs users.manage and a step-up. ErrConflict with HasJoined once
// they have an account, with UserIsDisabled when they were disabled before; CodeRateLimited as
// for Invite.
func (s *Service) Resend(ctx context.Context, actor sallyport.Actor, userID string) (user sallyport.User, err error) {
	err = s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		switch user = a.User; {
		case user.Status == sallyport.UserDisabled:
			return sallyport.Blocked(sallyport.UserIsDisabled)
		case user.Status != sallyport.UserInvited:
			return sallyport.Blocked(sallyport.HasJoined)
		}
		if err := spendInvitation(ctx, a, user.Email); err != nil {
			return err
		}
		return tellInvited(ctx, a, user)
	})
	return user, err
}

// spendInvitation counts a mail with a link that an admin has sent to an address. CodeRateLimited when it is one too many.
func spendInvitation(ctx context.Context, a *act.Act, address string) error {
	d, err := a.Counters().SpendIn(ctx, a.Tx, throttle.ForInvitation(address, a.Actor.UserID)...)
	return cmp.Or(err, d.Refusal(a.Now))
}

// tellInvited mails an invitation.
func tellInvited(ctx context.Context, a *act.Act, user sallyport.User) error {
	by := ""
	if a.Actor.Type == sallyport.ActorUser {
		inviter, err := a.Queries.User(ctx, a.Actor.TenantID, a.Actor.UserID)
		if err != nil {
			return err
		}
		by = inviter.Name()
	}
	a.Note(audit.UserInvited, act.About{User: user.ID}, "role", string(user.Role))
	return a.Tell(ctx, act.Alert{Kind: notify.Invitation, User: user, Link: link.Invitation, Data: notify.Data{InvitedBy: by}})
}

// waiting returns the user who was invited before with the same address and role, or a
// zero one.
func waiting(ctx context.Context, a *act.Act, built sallyport.User) (sallyport.User, error) {
	found, err := a.UserByEmail(ctx, built.TenantID, built.Email)
	if err == nil && found.Status == sallyport.UserInvited && found.Role == built.Role {
		return found, nil
	}
	if errors.Is(err, sallyport.ErrNotFound) {
		err = nil
	}
	return sallyport.User{}, err
}

// invited reports whether a user has not joined yet.
func invited(u sallyport.User) bool {
	return !u.Service() && u.PasswordHash == "" && u.EmailVerifiedAt.IsZero()
}

// Acceptance is what an invited user enters.
type Acceptance struct {
	FirstName, LastName string
	Password, Confirm   string
}

// AcceptInvitation gives an invited user a name and a password. CodeInvalid lists
// everything that is wrong, and the link stays usable.
func (s *Service) AcceptInvitation(ctx context.Context, m link.Mailed, in Acceptance) error {
	m.Kind = link.Invitation
	_, user, err := s.acts.Linked(ctx, m)
	if err != nil {
		return err
	}
	if !invited(user) {
		return link.ErrExpired // they joined in another way, such as a password-reset link
	}
	var wrong problems
	user.FirstName, err = line.Parse("firstName", in.FirstName)
	wrong.add(err)
	user.LastName, err = line.Parse("lastName", in.LastName)
	wrong.add(err)
	chosen, err := s.judgeAndHash(ctx, user, password.Input{Field: "password", Value: in.Password, Confirm: in.Confirm, ConfirmFieldName: "confirmPassword"})
	wrong.add(err)
	if err := wrong.err(); err != nil {
		return err
	}
	return s.acts.ByLink(ctx, m, func(a *act.Act, _ link.Link) error {
		if err := password.Replace(ctx, a, user, chosen); err != nil {
			return err
		}
		if err := a.SetName(ctx, user, user.FirstName, user.LastName); err != nil {
			return err
		}
		if err := proveAddress(ctx, a); err != nil {
			return err
		}
		a.Note(audit.InvitationAccepted, act.About{})
		return nil
	})
}

// Withdraw takes back an invitation that nobody accepted: its link is void, and the account is
// gone, so that the address can be invited again. It needs users.manage and a step-up.
// ErrConflict with HasJoined once they have an account.
func (s *Service) Withdraw(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		if a.User.Status != sallyport.UserInvited {
			return sallyport.Blocked(sallyport.HasJoined)
		}
		a.Note(audit.InvitationWithdrawn, act.About{}, "email", a.User.Email)
		return act.Conflict(a.DropInvited(ctx, a.User.TenantID, userID))
	})
}
