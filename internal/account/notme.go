package account

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// NotMeDone is the result of "This wasn't me".
type NotMeDone struct {
	Sessions  int               // how many ended
	Device    bool              // one device lost its recognition; otherwise all did
	TakenBack []sallyport.Event // what was undone, in the order it had been done
	Closed    bool              // the account was closed: because its last second factor went, or on demand
}

// NotMe is the owner's answer to a mail about something they did not do. It ends the session
// that the mail is about (all sessions when it is not known which) and those that came from it,
// marks its device as compromised, and takes back what was done there since the session began
// (the table [Undos]). The password stops working, because the attacker may know it, and a link
// for a new one is mailed.
//
// Where the last second factor goes with it, that mail would be enough to sign in. Such an
// account is closed instead: its mailbox opens it only together with an older proof. So is one
// whose e-mail address was changed in the dispute: two mailboxes claim it.
func (s *Service) NotMe(ctx context.Context, m link.Mailed) (NotMeDone, error) {
	return s.notMe(ctx, m, nil)
}

// NotMeAndClose is NotMe that locks the account down besides. The link only takes back: closing
// needs the password, so that whoever reads the mailbox cannot do it. CodeInvalid when the
// password is wrong, CodeRateLimited and CodeAccountLocked after wrong ones; the link stays
// usable then.
func (s *Service) NotMeAndClose(ctx context.Context, m link.Mailed, given string) (NotMeDone, error) {
	m.Kind = link.NotMe
	_, user, err := s.acts.Linked(ctx, m)
	if err != nil {
		return NotMeDone{}, err
	}
	actor := sallyport.Actor{Type: sallyport.ActorUser, TenantID: m.TenantID, UserID: user.ID, Client: m.Client}
	if err := s.proveAgain(ctx, actor, user, given); err != nil {
		return NotMeDone{}, err
	}
	return s.notMe(ctx, m, &user)
}

// notMe is NotMe and, when proven is somebody with the password that was given, NotMeAndClose.
func (s *Service) notMe(ctx context.Context, m link.Mailed, proven *sallyport.User) (done NotMeDone, err error) {
	m.Kind = link.NotMe
	err = s.acts.ByLink(ctx, m, func(a *act.Act, l link.Link) error {
		if proven != nil && proven.PasswordHash != a.User.PasswordHash {
			return sallyport.Blocked(sallyport.ChangedMeanwhile)
		}
		about := link.About{SessionID: l.SessionID, DeviceID: l.DeviceID, FactorID: l.FactorID, AttemptID: l.AttemptID}
		d, err := disputed(ctx, a, about, l.CreatedAt, "")
		if err != nil {
			return err
		}
		needed, err := s.needsFactor(ctx, a, d)
		if err != nil {
			return err
		}
		done = NotMeDone{Device: l.DeviceID != ""}
		if done.Sessions, err = endDisputed(ctx, a, d, about); err != nil {
			return err
		}
		back, err := s.takeBackAll(ctx, a, d, about)
		if err != nil {
			return err
		}
		done.TakenBack = own(a, back)
		a.Note(audit.ReportedNotMe, act.About{}, "sessions", strconv.Itoa(done.Sessions), "takenBack", strconv.Itoa(len(done.TakenBack)))
		left, err := s.factors.Standing(ctx, a.Queries, a.Policy, a.User)
		if err != nil {
			return err
		}
		if reason := closes(proven != nil, needed && !left.Had, back); reason != "" {
			ended, err := shut(ctx, a, d.since, reason)
			done.Closed, done.Sessions = true, done.Sessions+ended
			return err
		}
		return withdraw(ctx, a)
	})
	return done, err
}

// closes returns why an account is closed after a dispute in which these events were taken back; ""
// when it is not.
func closes(onDemand, lastFactor bool, back []sallyport.Event) string {
	switch {
	case onDemand:
		return reasonByOwner
	case slices.ContainsFunc(back, func(e sallyport.Event) bool { return e.Kind == string(audit.EmailChanged) }):
		return reasonAddress
	case lastFactor:
		return reasonLastFactor
	}
	return ""
}

// needsFactor reports whether the account needs a second factor, or did before the dispute.
func (s *Service) needsFactor(ctx context.Context, a *act.Act, d *dispute) (bool, error) {
	st, err := s.factors.Standing(ctx, a.Queries, a.Policy, a.User)
	if err != nil || st.Had {
		return st.Had, err
	}
	removed, err := d.events(ctx, a, store.EventsOf{Kinds: []string{string(audit.MethodRemoved)}}, 1)
	return len(removed) > 0, err
}

// endDisputed ends the disputed sessions, or all when it is not known which one is disputed,
// and the trust of their devices. It returns how many sessions ended.
func endDisputed(ctx context.Context, a *act.Act, d *dispute, about link.About) (ended int, err error) {
	if about.SessionID == "" {
		ended, err = a.RevokeSessions(ctx, act.Sessions{}, act.ReasonNotMe)
	}
	for _, id := range slices.Sorted(maps.Keys(d.sessions)) {
		n, failed := a.RevokeSession(ctx, id, act.ReasonNotMe)
		if failed != nil {
			return ended, failed
		}
		ended += n
	}
	if about.DeviceID == "" && about.SessionID == "" {
		d.devices[""] = true // all of them
		return ended, a.EndTrustOf(ctx, "", act.ReasonNotMe)
	}
	for _, id := range slices.Sorted(maps.Keys(d.devices)) {
		if failed := a.EndTrustOf(ctx, id, act.ReasonNotMe); failed != nil {
			return ended, failed
		}
	}
	return ended, err
}

// takeBackAll undoes what was done in the dispute and what its mail reported: the device is
// marked, the sign-in is answered, and a factor that was added is removed.
func (s *Service) takeBackAll(ctx context.Context, a *act.Act, d *dispute, about link.About) ([]sallyport.Event, error) {
	back, err := s.takeBack(ctx, a, d)
	if err != nil {
		return nil, err
	}
	reported, err := ownDevice(ctx, a, about.DeviceID)
	if err == nil && reported.ID != "" {
		err = device.Mark(ctx, a, reported, device.Flag{By: device.ByUser, Client: a.Actor.Client})
	}
	if err != nil {
		return nil, err
	}
	if about.AttemptID != "" {
		if err := answerAttempt(ctx, a, about.AttemptID, sallyport.AnswerNotMe); err != nil {
			return nil, err
		}
	}
	if about.FactorID == "" {
		return back, nil
	}
	_, err = s.factors.TakeAway(ctx, a, about.FactorID, mfa.ReasonNotMe)
	_, err = act.Ignore(err) // it may be removed already
	return back, err
}

// withdraw makes the password useless and mails a link for a new one.
func withdraw(ctx context.Context, a *act.Act) error {
	if a.User.PasswordHash != "" {
		if err := password.Replace(ctx, a, a.User, password.Chosen{}); err != nil {
			return err
		}
		a.Note(audit.PasswordWithdrawn, act.About{})
	}
	return mailReset(ctx, a)
}

// own hides from an account's owner what policy hides of events.
func own(a *act.Act, events []sallyport.Event) []sallyport.Event {
	out := make([]sallyport.Event, len(events))
	for i, e := range events {
		out[i] = policy.OwnEvent(a.Policy, a.User.ID, e)
	}
	return out
}
