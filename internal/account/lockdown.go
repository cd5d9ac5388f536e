package account

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// What it takes to lock an account down: a fresh proof, so that it is no weapon in a stolen
// session.
var (
	NeedLockdown   = act.Need{StepUp: policy.Lockdown}
	NeedLockdownOf = act.Need{Permission: access.UsersManage, StepUp: policy.Lockdown}
)

// Reasons why an account was closed, as in the details of events.
const (
	reasonByOwner    = "by_owner"
	reasonByAdmin    = "by_admin"
	reasonLastFactor = "last_factor_taken_back"
	reasonAddress    = "address_disputed"
)

// Lockdown is the report on an account that was locked down.
type Lockdown struct {
	At        time.Time
	Since     time.Time         // when the session in question began; zero when none was named
	Sessions  int               // how many ended
	TakenBack []sallyport.Event // done since then in that session or what came from it, and undone
	Others    []sallyport.Event // done there too, and not undone
	Beyond    []sallyport.Event // done there to other people and to the organisation, and not undone
	Contacts  []string          // addresses of owners of the organisation who can open the account
}

// maxReported bounds each list of a report.
const maxReported = 200

// Lockdown closes the actor's own account because it is in danger. Everything that it holds
// ends: sessions, sign-ins under way, links, enrolments, the trust of devices. What was done in
// the session notMine, "" for none, is taken back as by "This wasn't me". Second factors that
// are older stay: one of them opens the account again, together with the mailbox, or an admin
// does. ErrNotFound when notMine is not a session of the actor, CodeStepUp without a fresh proof.
func (s *Service) Lockdown(ctx context.Context, actor sallyport.Actor, notMine string) (Lockdown, error) {
	return s.lockDown(ctx, actor, actor.UserID, notMine, NeedLockdown)
}

// LockdownOf does the same to somebody's account. It needs users.manage and a fresh proof.
// CodeLastOwner for the only owner.
func (s *Service) LockdownOf(ctx context.Context, actor sallyport.Actor, userID, notTheirs string) (Lockdown, error) {
	return s.lockDown(ctx, actor, userID, notTheirs, NeedLockdownOf)
}

func (s *Service) lockDown(ctx context.Context, actor sallyport.Actor, userID, session string, need act.Need) (out Lockdown, err error) {
	err = s.acts.Run(ctx, actor, act.User(userID), need, func(a *act.Act) error {
		reason := reasonByOwner
		if need.Permission != "" {
			reason = reasonByAdmin
			if err := anotherOwner(ctx, a); err != nil {
				return err
			}
		}
		out = Lockdown{At: a.Now}
		since := a.Now
		if session != "" {
			if since, err = s.lockDownSession(ctx, a, session, &out); err != nil {
				return err
			}
		}
		ended, err := shut(ctx, a, since, reason)
		if err != nil {
			return err
		}
		out.Sessions += ended
		out.Contacts, err = contacts(ctx, a.Queries, a.User)
		return err
	})
	return out, err
}

// Contacts returns who can open a closed account, for the holder of the link in the mail about it.
func (s *Service) Contacts(ctx context.Context, tenantID string) ([]string, error) {
	return contacts(ctx, s.acts.Queries, sallyport.User{TenantID: tenantID})
}

// contacts returns the addresses of the owners of a user's organisation, without the user's own.
func contacts(ctx context.Context, db store.Queries, user sallyport.User) (out []string, err error) {
	admins, err := db.Admins(ctx, user.TenantID)
	for _, u := range admins {
		if u.Role == sallyport.RoleOwner && u.ID != user.ID {
			out = append(out, u.Email)
		}
	}
	return out, err
}

// lockDownSession takes back what was done in a session, and reports it. It returns when the
// session began.
func (s *Service) lockDownSession(ctx context.Context, a *act.Act, id string, out *Lockdown) (time.Time, error) {
	v, err := ownSession(ctx, a, id)
	if err != nil {
		return time.Time{}, err
	}
	if v.ID == "" || v.ID == a.Actor.SessionID {
		return time.Time{}, sallyport.ErrNotFound
	}
	about := link.About{SessionID: v.ID, DeviceID: v.DeviceID}
	spared := ""
	if a.Actor.UserID == a.User.ID {
		spared = a.Actor.SessionID
		mine, err := ownSession(ctx, a, spared)
		if err != nil {
			return time.Time{}, err
		}
		if mine.DeviceID == v.DeviceID { // its owner sits at it, and has to get in again
			about.DeviceID = ""
		}
	}
	d, err := disputed(ctx, a, about, v.CreatedAt, spared)
	if err != nil {
		return time.Time{}, err
	}
	out.Since = d.since
	// Before anything is taken back: that notes events of its own.
	if out.Others, err = d.events(ctx, a, store.EventsOf{}, unlimited); err != nil {
		return time.Time{}, err
	}
	if out.Beyond, err = d.beyond(ctx, a); err != nil {
		return time.Time{}, err
	}
	if out.Sessions, err = endDisputed(ctx, a, d, about); err != nil {
		return time.Time{}, err
	}
	back, err := s.takeBackAll(ctx, a, d, about)
	out.TakenBack = own(a, back)
	out.Others = own(a, slices.DeleteFunc(out.Others, func(e sallyport.Event) bool {
		return slices.ContainsFunc(back, func(b sallyport.Event) bool { return b.Seq == e.Seq })
	}))
	out.Others = out.Others[:min(len(out.Others), maxReported)]
	return d.since, err
}

// beyond returns what was done in the dispute to others and to the organisation.
func (d *dispute) beyond(ctx context.Context, a *act.Act) ([]sallyport.Event, error) {
	return d.events(ctx, a, store.EventsOf{ByThem: true}, maxReported)
}

// shut closes the account of the act's user and ends everything that it holds. Proofs that were
// set up since then do not open it. It returns how many sessions ended.
func shut(ctx context.Context, a *act.Act, since time.Time, reason string) (sessions int, err error) {
	if a.User.Status == sallyport.UserDisabled {
		return 0, sallyport.Blocked(sallyport.UserIsDisabled)
	}
	if err := a.CloseUser(ctx, a.User.TenantID, a.User.ID, since); err != nil {
		return 0, act.Conflict(err)
	}
	if sessions, err = a.RevokeSessions(ctx, act.Sessions{}, act.ReasonLockedDown); err != nil {
		return 0, err
	}
	if err := a.EndTrustOf(ctx, "", act.ReasonLockedDown); err != nil {
		return 0, err
	}
	if _, err := a.DropPending(ctx, a.User.TenantID, a.User.ID, ""); err != nil {
		return 0, err
	}
	a.Note(audit.LockedDown, act.About{}, "sessions", strconv.Itoa(sessions), "reason", reason)
	return sessions, a.Tell(ctx, act.Alert{
		Kind: notify.AccountClosed, Client: a.Origin(), Link: link.Reopen, Data: notify.Data{ByAdmin: reason == reasonByAdmin},
	})
}

// mailReopen mails the act's user a link that opens their closed account, together with an
// older proof.
func mailReopen(ctx context.Context, a *act.Act) error {
	a.Note(audit.PasswordResetRequested, act.About{})
	return a.Tell(ctx, act.Alert{Kind: notify.AccountReopen, Client: a.Actor.Client, Link: link.Reopen})
}
