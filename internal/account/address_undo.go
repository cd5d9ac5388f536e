package account

import (
	"context"
	"errors"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
)

// AddressUndone is the result of taking back a change of the e-mail address.
type AddressUndone struct {
	Email     string // the address that the account has again
	Sessions  int    // how many ended
	TakenBack []sallyport.Event
}

// UndoEmail gives an account its former address back, by the link that was mailed there when it
// was changed. What was done in the session that changed it, and on its device, is taken back as by
// "This wasn't me". Of two mailboxes that claim an account neither opens it alone: the account is
// closed, and opens by the former one together with a proof that is older than that session, or by
// an admin. The link works for a closed account too: whoever changed the address can close it.
func (s *Service) UndoEmail(ctx context.Context, m link.Mailed) (done AddressUndone, err error) {
	m.Kind = link.UndoEmail
	err = s.acts.ByLink(ctx, m, func(a *act.Act, l link.Link) error {
		about := link.About{SessionID: l.SessionID, DeviceID: l.DeviceID}
		d, err := disputed(ctx, a, about, l.CreatedAt, "")
		if err != nil {
			return err
		}
		done = AddressUndone{}
		if done.Sessions, err = endDisputed(ctx, a, d, about); err != nil {
			return err
		}
		back, err := s.takeBackAll(ctx, a, d, about)
		if err != nil {
			return err
		}
		if email.Key(a.User.Email) != email.Key(l.Email) { // nothing of the change is left in the log
			if _, err := restoreEmail(ctx, a, l.Email); err != nil {
				return err
			}
		}
		done.Email, done.TakenBack = a.User.Email, own(a, back)
		ended, err := shut(ctx, a, d.since, reasonAddress)
		done.Sessions += ended
		return err
	})
	return done, err
}

// restoreEmail gives the act's user a former address back, and reserves the one that they have
// until it is known whose it is. It reports whether they have it: it may be somebody else's by now.
func restoreEmail(ctx context.Context, a *act.Act, address string) (bool, error) {
	former, err := a.FormerEmails(ctx, a.User.TenantID, a.User.ID, a.Now)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(former, func(f contact.Former) bool { return email.Key(f.Email) == email.Key(address) })
	if i < 0 {
		return false, nil
	}
	return true, giveBack(ctx, a, former[i])
}

// giveBack gives the act's user a former address back, and tells the one that they had.
func giveBack(ctx context.Context, a *act.Act, f contact.Former) error {
	loser := a.User
	if _, err := contact.Change(ctx, a, f.Email, f.VerifiedAt); err != nil {
		return err
	}
	a.Note(audit.EmailRestored, act.About{}, "from", loser.Email, "to", f.Email)
	return a.Tell(ctx, act.Alert{Kind: notify.EmailWithdrawn, User: loser, Client: a.Origin()})
}

// FormerEmails returns the addresses that are reserved for somebody, the newest first. It needs
// users.view.
func (s *Service) FormerEmails(ctx context.Context, actor sallyport.Actor, userID string) ([]contact.Former, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	return s.acts.FormerEmails(ctx, actor.TenantID, userID, s.acts.Now())
}

// RestoreEmail gives somebody the address back that they had before: where two mailboxes claim an
// account, the one that an admin chooses opens it. Doing it again gives the other one back. It
// needs users.manage and a step-up. ErrConflict when no address is reserved for them any more.
func (s *Service) RestoreEmail(ctx context.Context, actor sallyport.Actor, userID string) error {
	return s.acts.Run(ctx, actor, act.User(userID), NeedManage, func(a *act.Act) error {
		former, err := a.FormerEmails(ctx, a.User.TenantID, a.User.ID, a.Now)
		if err != nil {
			return err
		}
		if len(former) == 0 {
			return sallyport.Blocked(sallyport.NoFormerAddress)
		}
		if err := giveBack(ctx, a, former[0]); err != nil {
			return err
		}
		return a.Tell(ctx, act.Alert{Kind: notify.EmailConfirmed, Client: a.Origin()})
	})
}

// undoEmail gives the address back that the account had before the first change of the dispute.
func undoEmail(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	if t.moved {
		return true, nil // with the first one
	}
	t.moved = true
	if e.Data["from"] == "" {
		return true, nil
	}
	_, err := restoreEmail(ctx, t.Act, e.Data["from"])
	return true, err
}

// undoCode makes a code useless that waits for a new address or number.
func undoCode(kind string) func(context.Context, *taking, sallyport.Event) (bool, error) {
	return func(ctx context.Context, t *taking, _ sallyport.Event) (bool, error) {
		c, err := t.ContactCode(ctx, t.User.TenantID, t.User.ID, kind)
		if errors.Is(err, sallyport.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		return act.Ignore(t.DropContactCode(ctx, c))
	}
}

// undoPhone gives the number back that the account had before the first change of the dispute.
func undoPhone(ctx context.Context, t *taking, e sallyport.Event) (bool, error) {
	if t.rung {
		return true, nil
	}
	t.rung = true
	return true, contact.PutPhone(ctx, t.Act, e.Data["from"])
}
