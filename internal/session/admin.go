package session

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
)

// Action is what an admin does to sessions.
type Action string

// Actions.
const (
	Terminate Action = "terminate"
	Suspend   Action = "suspend"
	Resume    Action = "resume"
	Revoke    Action = "revoke"
	Extend    Action = "extend"
)

// ActionRow describes an action.
type ActionRow struct {
	Action Action
	Need   act.Need
	From   []sallyport.SessionStatus // of the sessions that it changes

	to     sallyport.SessionStatus // "" for the one that it has
	reason string                  // why the session ended; "" when it goes on
	kind   audit.Kind
}

var live = []sallyport.SessionStatus{sallyport.SessionActive, sallyport.SessionSuspended}

// Actions is THE table of what admins do to sessions.
var Actions = []ActionRow{
	{Terminate, NeedTerminate, live, sallyport.SessionTerminated, act.ReasonByAdmin, audit.SessionTerminated},
	{Suspend, NeedTerminate, live[:1], sallyport.SessionSuspended, "", audit.SessionSuspended},
	{Resume, NeedResume, live[1:], sallyport.SessionActive, "", audit.SessionResumed},
	{Revoke, NeedTerminate, live, sallyport.SessionRevoked, act.ReasonRevokedByAdmin, audit.SessionRevoked},
	{Extend, NeedResume, live, "", "", audit.SessionExtended},
}

// ActionOf returns the row of an action, and whether there is one.
func ActionOf(a Action) (ActionRow, bool) {
	i := slices.IndexFunc(Actions, func(r ActionRow) bool { return r.Action == a })
	if i < 0 {
		return ActionRow{}, false
	}
	return Actions[i], true
}

// Left is why an action left a session as it was.
type Left string

// Reasons.
const (
	LeftUnknown   Left = "not_found"
	LeftStronger  Left = "forbidden"     // its user has more than the admin
	LeftOwn       Left = "own_account"   // admins do not do this to themselves
	LeftInUse     Left = "own_session"   // the admin acts in it
	LeftEnded     Left = "session_ended" // nothing brings it back
	LeftUnchanged Left = "unchanged"     // it is as it would become
)

// Result is what became of a session.
type Result struct {
	ID, UserID string // the user "" for a session that nobody has
	Left       Left   // "" for one that was changed
}

// Terminate ends a session as an admin. It needs sessions.terminate and a step-up. It is no
// error when the session has ended already.
func (s *Service) Terminate(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Do(ctx, actor, Terminate, id)
}

// Suspend pauses an active session: it gives no access until it is resumed. It needs
// sessions.terminate and a step-up; ErrConflict when the session has ended. One that is paused
// already is no error.
func (s *Service) Suspend(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Do(ctx, actor, Suspend, id)
}

// Resume makes a suspended session active again, unless it has expired. It needs
// sessions.terminate and a step-up; ErrConflict when the session has ended. One
// that is active already is no error.
func (s *Service) Resume(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Do(ctx, actor, Resume, id)
}

// Revoke ends a session as an admin, for security. It needs sessions.terminate and a step-up. It is
// no error when the session has ended already.
func (s *Service) Revoke(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Do(ctx, actor, Revoke, id)
}

// Extend lets a live session go on for as long as policy lets a new one, unless its end is later
// already. Its idle time stays. It needs sessions.terminate and a step-up; ErrConflict when the
// session has ended.
func (s *Service) Extend(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Do(ctx, actor, Extend, id)
}

// Do does an action of the table to one session. Errors are those of the method of its name.
func (s *Service) Do(ctx context.Context, actor sallyport.Actor, what Action, id string) error {
	row, ok := ActionOf(what)
	if !ok {
		return sallyport.Invalid(sallyport.FieldError{Field: "action", Code: "unknown_value"})
	}
	return s.acts.Run(ctx, actor, act.Session(id), row.Need, func(a *act.Act) error {
		found, err := a.LockSessions(ctx, actor.TenantID, []string{id})
		if err != nil {
			return err
		}
		left, err := row.do(ctx, a, found)
		if err == nil && left[id] == LeftEnded && row.reason == "" {
			err = sallyport.Blocked(sallyport.SessionEnded)
		}
		return err
	})
}

// DoAll does an action to many sessions in one transaction, as somebody who proved enough for it
// when they began: their session must be active and their role allow it, still. What cannot be
// done to a session leaves it as it is. also gets what became of each, in the order of the ids, and
// runs in the same transaction. Errors: ErrForbidden, CodeNotSignedIn, and those of also.
func (s *Service) DoAll(ctx context.Context, actor sallyport.Actor, row ActionRow, ids []string, also func(*act.Act, []Result) error) error {
	found, err := s.acts.SessionsByID(ctx, actor.TenantID, ids)
	if err != nil {
		return err
	}
	owners := make([]string, len(found))
	for i, v := range found {
		owners[i] = v.UserID
	}
	need := row.Need
	need.StepUp = ""
	return s.acts.Across(ctx, actor, owners, need, func(a *act.Act, may func(string) error) error {
		found, err := a.LockSessions(ctx, actor.TenantID, ids)
		if err != nil {
			return err
		}
		left, owner := make(map[string]Left, len(ids)), make(map[string]string, len(found))
		var open []sallyport.Session
		for _, v := range found {
			owner[v.ID] = v.UserID
			if why := refused(actor, v, need, may(v.UserID)); why != "" {
				left[v.ID] = why
				continue
			}
			open = append(open, v)
		}
		others, err := row.do(ctx, a, open)
		if err != nil {
			return err
		}
		results := make([]Result, len(ids))
		for i, id := range ids {
			results[i] = Result{id, owner[id], cmp.Or(left[id], others[id])}
			if owner[id] == "" {
				results[i].Left = LeftUnknown
			}
		}
		return also(a, results)
	})
}

// refused returns why the actor does nothing to a session, given what act says of its user; "" when
// they may.
func refused(actor sallyport.Actor, v sallyport.Session, n act.Need, may error) Left {
	switch {
	case v.ID == actor.SessionID:
		return LeftInUse
	case may == nil:
		return ""
	case sallyport.CodeOf(may) == sallyport.CodeNotFound:
		return LeftUnknown
	case v.UserID == actor.UserID && !n.Self:
		return LeftOwn
	}
	return LeftStronger
}

// do does it to sessions whose users are locked, and returns those that it left as they were.
func (r ActionRow) do(ctx context.Context, a *act.Act, sessions []sallyport.Session) (map[string]Left, error) {
	left, until := map[string]Left{}, map[time.Time][]string{}
	var changed []sallyport.Session
	var ids []string
	for _, v := range sessions {
		end := r.end(a, v)
		if why := r.leaves(a, v, end); why != "" {
			left[v.ID] = why
			continue
		}
		changed, ids = append(changed, v), append(ids, v.ID)
		until[end] = append(until[end], v.ID)
	}
	if len(ids) == 0 {
		return left, nil
	}
	if err := r.write(ctx, a, ids, until); err != nil {
		return nil, err
	}
	for _, v := range changed {
		r.note(a, v)
	}
	return left, nil
}

// end returns the absolute end that a session gets; zero when that stays.
func (r ActionRow) end(a *act.Act, v sallyport.Session) time.Time {
	if r.Action != Extend {
		return time.Time{}
	}
	lifetime, _ := policy.SessionTimes(a.PolicyOf(v.UserID), v.Native, v.DeviceInfo.Type)
	return a.Now.Add(lifetime)
}

// leaves returns why a session stays as it is; "" when it is changed. One that is past its end, and
// not marked yet, can still be ended for another reason, and nothing else.
func (r ActionRow) leaves(a *act.Act, v sallyport.Session, end time.Time) Left {
	status := v.EffectiveStatus(a.Now)
	if r.reason != "" {
		status = v.Status
	}
	switch {
	case !status.Live():
		return LeftEnded
	case status == r.to, r.Action == Extend && !v.ExpiresAt.Before(end):
		return LeftUnchanged
	}
	return ""
}

// write changes the rows of sessions, by one statement for each status or end that they get.
func (r ActionRow) write(ctx context.Context, a *act.Act, ids []string, until map[time.Time][]string) error {
	switch {
	case r.reason != "":
		return a.EndSessions(ctx, a.Actor.TenantID, ids, store.End{Status: r.to, By: act.By(a.Actor), Reason: r.reason, At: a.Now})
	case r.to != "":
		return a.MoveSessions(ctx, a.Actor.TenantID, ids, r.to)
	}
	for end, these := range until {
		if err := a.ExtendSessions(ctx, a.Actor.TenantID, these, end); err != nil {
			return err
		}
	}
	return nil
}

func (r ActionRow) note(a *act.Act, v sallyport.Session) {
	about := act.About{User: v.UserID, Session: v.ID}
	switch r.Action {
	case Revoke:
		a.NoteRevoked(v, r.reason)
	case Extend:
		a.Note(r.kind, about, "until", r.end(a, v).Format(time.RFC3339))
	default:
		a.Note(r.kind, about, act.Given("reason", r.reason)...)
	}
}
