// Package preview says what a change of the policy would have done in the last 30 days: whom it would have affected, and how.
//
//	Start ─ step ─ step ─ … ─ finished
//	        └─ some hundred people: their sign-ins and sessions, decided again under both policies
//
// Sign-ins are decided by the rules that decided them when they happened: [signin.Circumstances.Play],
// throttle and policy. The difference between the policy in force and the changed one is the effect; what happened under
// an older policy is not compared. Nobody's later choices are guessed: who is led to set up a second factor is
// not followed any further.
//
// A step keeps what it found with its place, so that a restart loses nothing, and needs the same memory however many people there are.
package preview

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/token"
)

const (
	// Window is how far back a preview looks.
	Window = 30 * 24 * time.Hour

	keep        = 7 * 24 * time.Hour // of a preview
	atOnce      = time.Second        // how long Start works at it before a job goes on
	mostRunning = 3                  // previews of one organisation that are not over
	mostNames   = 1000               // people of one effect that are kept by name; all are counted
)

// NeedNames is what naming people takes, besides [tenant.NeedManage].
var NeedNames = act.Need{Permission: access.UsersView}

// Service previews the policies of all tenants.
type Service struct {
	acts    *act.Runner
	tenants *tenant.Service
	factors *mfa.Service
	begun   chan struct{}
}

// New returns a service.
func New(acts *act.Runner, tenants *tenant.Service, factors *mfa.Service) *Service {
	return &Service{acts: acts, tenants: tenants, factors: factors, begun: make(chan struct{}, 1)}
}

// Begun has a value after a preview began on this node that a job has to go on with.
func (s *Service) Begun() <-chan struct{} { return s.begun }

// Status says how far a preview is.
type Status string

// Statuses.
const (
	Running  Status = "running"
	Finished Status = "finished"
	Failed   Status = "failed" // by a mistake of ours, which the server's log tells
)

// Count is how many people an effect has, and how often altogether.
type Count struct {
	Effect Effect
	People int64
	Times  int64
}

// Unknown is what a preview cannot know of a field of the change; Field is "" for what concerns all of them.
type Unknown struct {
	Field string
	Why   Why
	Count int64 // of sign-ins, of Before; otherwise 0
}

// Preview is what a change would have done.
type Preview struct {
	ID          string
	UserID      string      // who asked; "" for the operator
	Edit        tenant.Edit // the change, with the version that its maker had read
	Against     int64       // version that it was compared with
	GroupName   string      // of Edit.GroupID
	Changes     []policy.Change
	Status      Status
	Total, Done int64 // people
	Since       time.Time
	StartedAt   time.Time
	EndedAt     time.Time // zero while it runs
	Counts      []Count   // of effects with people, in the order of [Effects]
	Unknown     []Unknown
	Dangers     []Danger
}

// stored is the change as a preview keeps it: the policies on both sides, as they were when it began.
type stored struct {
	Edit      tenant.Edit
	Against   int64
	GroupName string
	Changes   []policy.Change
	Org, Next policy.Values
	Group     policy.Values // what is decided for the group of the edit, before
	NextGroup policy.Values // and after it
	Dangers   []Danger
}

// found is what the steps of a preview found so far.
type found struct {
	Counts map[Effect]Count `json:"counts"`
	Before int64            `json:"before"`
}

// Start begins a preview of an edit, works at it for up to a second, and returns it; a job does the rest. It
// needs policies.manage, and no step-up. Errors are those of [tenant.Service.Plan];
// ErrConflict with PreviewsUnderWay when too many previews of the organisation are not over.
func (s *Service) Start(ctx context.Context, actor sallyport.Actor, e tenant.Edit) (Preview, error) {
	plan, err := s.tenants.Plan(ctx, actor, e)
	if err != nil {
		return Preview{}, err
	}
	running, err := s.acts.RunningPreviews(ctx, actor.TenantID)
	if err != nil {
		return Preview{}, err
	}
	if running >= mostRunning {
		return Preview{}, sallyport.Blocked(sallyport.PreviewsUnderWay)
	}
	dangers, err := s.dangers(ctx, actor, plan)
	if err != nil {
		return Preview{}, err
	}
	text, err := json.Marshal(stored{
		Edit: e, Against: plan.Version, GroupName: plan.Group.Name, Changes: plan.Changes, Org: policy.ValuesOf(plan.Org), Next: policy.ValuesOf(plan.Next),
		Group: plan.OfGroup, NextGroup: plan.NextOfGroup, Dangers: dangers,
	})
	if err != nil {
		return Preview{}, err
	}
	now := s.acts.Now()
	p := store.PolicyPreview{
		TenantID: actor.TenantID, ID: token.NewID(), UserID: actor.UserID, Edit: string(text), Found: "{}", Status: string(Running),
		CreatedAt: now, ExpiresAt: now.Add(keep),
	}
	if p.Total, err = s.acts.CountUsers(ctx, actor.TenantID); err != nil {
		return Preview{}, err
	}
	if err := s.add(ctx, p); err != nil {
		return Preview{}, err
	}
	if p, err = s.work(ctx, p, time.Now().Add(atOnce)); err != nil {
		return Preview{}, err
	}
	if Status(p.Status) == Running {
		s.wake()
	}
	return show(p)
}

func (s *Service) wake() {
	select {
	case s.begun <- struct{}{}:
	default:
	}
}

// Get returns a preview. It needs policies.manage.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (Preview, error) {
	if err := tenant.NeedManage.ToLook(actor); err != nil {
		return Preview{}, err
	}
	p, err := s.acts.PolicyPreview(ctx, actor.TenantID, id)
	if err != nil {
		return Preview{}, err
	}
	return show(p)
}

// Person is somebody whom a change would have affected.
type Person struct {
	User  sallyport.User // id, address and names only; the id only when they are gone
	Times int64
	Last  time.Time
}

// Which asks for people of an effect: up to Limit, after the one with an id.
type Which struct {
	Effect Effect
	After  string // "" for the first ones
	Limit  int
}

// People returns people of an effect, in the order of their ids. Of many only some are kept. It needs policies.manage
// and users.view.
func (s *Service) People(ctx context.Context, actor sallyport.Actor, id string, which Which) ([]Person, error) {
	for _, need := range []act.Need{tenant.NeedManage, NeedNames} {
		if err := need.ToLook(actor); err != nil {
			return nil, err
		}
	}
	if !slices.Contains(Effects, which.Effect) {
		return nil, sallyport.Invalid(sallyport.FieldError{Field: "effect", Code: "not_an_option"})
	}
	if _, err := s.acts.PolicyPreview(ctx, actor.TenantID, id); err != nil {
		return nil, err
	}
	rows, err := s.acts.PreviewPeople(ctx, store.PeopleOf{TenantID: actor.TenantID, PreviewID: id, Effect: string(which.Effect), After: which.After, Limit: which.Limit})
	out := make([]Person, len(rows))
	for i, r := range rows {
		out[i] = Person{sallyport.User{TenantID: r.TenantID, ID: r.UserID, Email: r.Email, FirstName: r.FirstName, LastName: r.LastName}, r.Times, r.LastAt}
	}
	return out, err
}

// show returns a preview as it is stored.
func show(p store.PolicyPreview) (Preview, error) {
	var s stored
	var f found
	if err := errors.Join(json.Unmarshal([]byte(p.Edit), &s), json.Unmarshal([]byte(p.Found), &f)); err != nil {
		return Preview{}, err
	}
	out := Preview{
		ID: p.ID, UserID: p.UserID, Edit: s.Edit, Against: s.Against, GroupName: s.GroupName, Changes: s.Changes, Status: Status(p.Status), Total: p.Total, Done: p.Done,
		Since: p.CreatedAt.Add(-Window), StartedAt: p.CreatedAt, EndedAt: p.EndedAt, Unknown: s.unknown(), Dangers: s.Dangers,
	}
	for _, e := range Effects {
		if c, ok := f.Counts[e]; ok {
			out.Counts = append(out.Counts, c)
		}
	}
	if f.Before > 0 {
		out.Unknown = append(out.Unknown, Unknown{Why: Before, Count: f.Before})
	}
	return out, nil
}

// unknown returns what cannot be known of the fields of a change.
func (s stored) unknown() (out []Unknown) {
	old, errOld := policy.Merge(policy.Default(), s.Org)
	next, errNext := policy.Merge(policy.Default(), s.Next)
	for _, c := range s.Changes {
		row := Of(c.Field)
		switch {
		case row.Why != "":
			out = append(out, Unknown{Field: c.Field, Why: row.Why})
		case errOld == nil && errNext == nil && looser(old, next, c.Field):
			why := Looser
			if slices.Contains(row.Effects, Enrols) {
				why = Unfinished
			}
			out = append(out, Unknown{Field: c.Field, Why: why})
		}
	}
	return out
}

// looser reports whether a field demands fewer set-ups, or locks less, than before.
func looser(old, next sallyport.Policy, field string) bool {
	switch field {
	case "mfaEnforced", "mfaMethods":
		p, _ := policy.Strictest(next, policy.Values{field: policy.ValuesOf(old)[field]})
		return len(policy.Changes(p, next)) > 0
	case "lockoutFailures":
		return next.LockoutFailures > old.LockoutFailures
	case "lockoutWindowMinutes":
		return next.LockoutWindow < old.LockoutWindow
	case "lockoutDurationMinutes":
		return next.LockoutDuration < old.LockoutDuration
	}
	return false
}
