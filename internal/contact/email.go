package contact

import (
	"context"
	"errors"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// Reserved is how long a former address stays its owner's: nobody else can have it, and a link
// that was mailed there takes the change back.
const Reserved = 7 * 24 * time.Hour

// AskEmail sends a code to the address that the actor wants to have, and tells the one that they
// have. Whether somebody has it already, the answer does not say: then its owner is mailed that
// instead of a code. CodeInvalid for what is no address, or "unchanged" for their own;
// CodeRateLimited after too many; CodeStepUp.
func (s *Service) AskEmail(ctx context.Context, actor sallyport.Actor, address string) (out Sent, err error) {
	if err := s.acts.May(ctx, actor, act.User(actor.UserID), NeedEmail); err != nil {
		return out, err
	}
	address, err = line.ParseEmail("email", address)
	if err != nil {
		return out, err
	}
	err = s.acts.Run(ctx, actor, act.User(actor.UserID), NeedEmail, func(a *act.Act) error {
		if address == a.User.Email {
			return sallyport.Invalid(sallyport.FieldError{Field: "email", Code: "unchanged"})
		}
		// For the address, so that its owner is not pestered, and for the user.
		if err := spend(ctx, a, func(throttle.Party) []throttle.Key { return throttle.ForNewMailbox(a.User.ID, address) }); err != nil {
			return err
		}
		code, until, err := s.newCode(ctx, a, KindEmail, address)
		if err != nil {
			return err
		}
		out = Sent{address, until}
		a.Note(audit.EmailChangeRequested, act.About{}, "to", address)
		if err := mailCode(ctx, a, address, notify.Data{Code: code, CodeUntil: until}); err != nil {
			return err
		}
		about, err := a.About(ctx)
		if err != nil {
			return err
		}
		return a.Tell(ctx, act.Alert{Kind: notify.EmailChangeRequested, Client: actor.Client, About: about, Data: notify.Data{Address: address}})
	})
	return out, err
}

// mailCode mails the code to the address or, when it is somebody's, tells its owner that somebody
// asked for it.
func mailCode(ctx context.Context, a *act.Act, address string, d notify.Data) error {
	to := a.User
	holder, err := holderOf(ctx, a, address)
	if err != nil {
		return err
	}
	kind := notify.EmailCode
	if holder.ID != "" && holder.ID != a.User.ID {
		to, kind, d = holder, notify.EmailTaken, notify.Data{}
	}
	if to.Status == sallyport.UserDisabled {
		return nil
	}
	to.Email = address
	return a.Tell(ctx, act.Alert{Kind: kind, User: to, Data: d})
}

// holderOf returns who has an address, or whom it is reserved for; the zero value for nobody.
func holderOf(ctx context.Context, a *act.Act, address string) (sallyport.User, error) {
	u, err := a.UserByEmail(ctx, a.User.TenantID, address)
	if !errors.Is(err, sallyport.ErrNotFound) {
		return u, err
	}
	f, err := a.EmailReserved(ctx, a.User.TenantID, address, a.Now)
	if errors.Is(err, sallyport.ErrNotFound) {
		return sallyport.User{}, nil
	}
	if err != nil {
		return sallyport.User{}, err
	}
	return a.Queries.User(ctx, a.User.TenantID, f.UserID)
}

// ConfirmEmail gives the actor the address that a code was sent to. The former one is told, can
// take it back, and stays reserved for [Reserved]. Codes by e-mail go to the new one. CodeMFAFailed
// for a wrong code, or one that is over; CodeAccountLocked after too many; CodeInvalid with taken
// when somebody got the address meanwhile; CodeStepUp.
func (s *Service) ConfirmEmail(ctx context.Context, actor sallyport.Actor, code string) error {
	given := confirmation{KindEmail, code, NeedEmail}
	return s.confirm(ctx, actor, given, func(a *act.Act, c store.ContactCode) error {
		former, err := Change(ctx, a, c.Address, a.Now)
		if err != nil {
			return err
		}
		a.Note(audit.EmailChanged, act.About{}, "from", former.Email, "to", c.Address)
		about, err := a.About(ctx)
		if err != nil {
			return err
		}
		before := a.User
		before.Email = former.Email
		about.Email = former.Email
		if email.Key(former.Email) != email.Key(c.Address) { // otherwise it is the same mailbox
			news := act.Alert{Kind: notify.EmailChanged, User: before, Client: actor.Client, About: about, Link: link.UndoEmail, Data: notify.Data{Address: c.Address}}
			if err := a.Tell(ctx, news); err != nil {
				return err
			}
		}
		return a.Tell(ctx, act.Alert{Kind: notify.EmailConfirmed, Client: actor.Client})
	})
}

// Change gives the act's user another address, proven at a time, and reserves the one that they
// have, which it returns. CodeInvalid with taken when somebody else has it, or it is reserved for
// them.
func Change(ctx context.Context, a *act.Act, address string, verifiedAt time.Time) (store.FormerEmail, error) {
	former := store.FormerEmail{
		Email: a.User.Email, UserID: a.User.ID, VerifiedAt: a.User.EmailVerifiedAt,
		ChangedAt: a.Now, ReservedUntil: a.Now.Add(Reserved),
	}
	a.User.Email, a.User.EmailVerifiedAt = address, verifiedAt
	err := a.ChangeEmail(ctx, a.User, verifiedAt, former)
	if errors.Is(err, sallyport.ErrConflict) {
		err = sallyport.Invalid(sallyport.FieldError{Field: "email", Code: "taken"})
	}
	return former, act.Conflict(err)
}
