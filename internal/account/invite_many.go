package account

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/email"
)

// Fate is what happens, or happened, to a row of a list of people.
type Fate string

// The fates. A plan has the first and the last four.
const (
	ToInvite       Fate = "to_invite"
	Invited        Fate = "invited"         // now
	Limited        Fate = "limited"         // not now: they, or the admin, had too many in a day
	AlreadyInvited Fate = "already_invited" // and has not joined; nothing is mailed again
	HasAccount     Fate = "has_account"
	Duplicate      Fate = "duplicate" // of an earlier row
	Wrong          Fate = "wrong"     // see Invitee.Wrong
)

// Invitee is a row of a list of people.
type Invitee struct {
	NewUser
	Line   int // in the list; the first is 1
	Fate   Fate
	Wrong  []sallyport.FieldError // with Wrong: each names the field
	SameAs int                    // with Duplicate: the line of the earlier row
	UserID string                 // who has the address, "" for nobody yet
}

// List is a list of people to invite.
type List struct {
	Text    string         // as parseList reads it
	Role    sallyport.Role // of rows that name none; "" for members
	GroupID string         // of rows that name none; "" for no group
}

// PlanInvitations says what will become of each row of a list, in its order. Nothing is changed
// and nobody is mailed. It needs what inviting needs. CodeInvalid when the list is empty or too
// long, and for a role or group that there is not.
func (s *Service) PlanInvitations(ctx context.Context, actor sallyport.Actor, l List) ([]Invitee, error) {
	if err := s.acts.May(ctx, actor, act.Newcomer(sallyport.RoleMember), NeedManage); err != nil {
		return nil, err
	}
	rows, err := parseList(l.Text)
	if err != nil {
		return nil, err
	}
	p, err := s.planner(ctx, actor, l)
	if err != nil {
		return nil, err
	}
	plan := make([]Invitee, len(rows))
	for i, row := range rows {
		if plan[i], err = p.plan(ctx, row); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

// InviteListed invites a row of a plan, and returns it with its fate. It may be repeated: nobody
// is mailed twice. Errors are those that have nothing to do with the row.
func (s *Service) InviteListed(ctx context.Context, actor sallyport.Actor, row Invitee) (Invitee, error) {
	if row.Fate != ToInvite && row.Fate != Limited {
		return row, nil
	}
	u, added, err := s.InviteOnce(ctx, actor, row.NewUser)
	var e *sallyport.Error
	switch {
	case err == nil && added:
		row.Fate, row.UserID = Invited, u.ID
	case err == nil:
		row.Fate, row.UserID = AlreadyInvited, u.ID
	case sallyport.CodeOf(err) == sallyport.CodeRateLimited:
		row.Fate = Limited
	case errors.As(err, &e) && e.Code == sallyport.CodeForbidden && e.Permission == "": // the role changed meanwhile
		row.Fate, row.Wrong = Wrong, tooStrong
	case errors.As(err, &e) && e.Code == sallyport.CodeInvalid:
		return s.refused(ctx, actor, row, e.Fields)
	default:
		return row, err
	}
	return row, nil
}

// refused returns a row that cannot be invited: somebody has the address by now, or it is wrong.
func (s *Service) refused(ctx context.Context, actor sallyport.Actor, row Invitee, wrong []sallyport.FieldError) (Invitee, error) {
	row.Fate, row.Wrong = Wrong, wrong
	if !slices.ContainsFunc(wrong, func(f sallyport.FieldError) bool { return f.Code == "taken" }) {
		return row, nil
	}
	return row, row.find(ctx, s.acts, actor.TenantID)
}

// InviteList invites the rows of a list, one at a time, and returns each with its fate. Rows stay
// at ToInvite when the time of the context is nearly over: the same call again goes on with them,
// and mails nobody twice.
func (s *Service) InviteList(ctx context.Context, actor sallyport.Actor, l List) ([]Invitee, error) {
	plan, err := s.PlanInvitations(ctx, actor, l)
	if err != nil {
		return nil, err
	}
	const spare = 5 * time.Second // to answer, and for a database that is slow at the moment
	for i, row := range plan {
		if end, limited := ctx.Deadline(); limited && time.Until(end) < spare {
			break
		}
		if plan[i], err = s.InviteListed(ctx, actor, row); err != nil {
			return nil, err
		}
	}
	return plan, nil
}

// tooStrong is what is wrong with a row whose role the actor may not give.
var tooStrong = []sallyport.FieldError{{Field: "role", Code: "role_too_strong"}}

// planner plans the rows of one list.
type planner struct {
	*Service
	actor   sallyport.Actor
	tenant  sallyport.Tenant
	usual   List
	roles   []sallyport.CustomRole
	groups  []sallyport.Group
	earlier map[string]int // the line of the first row of each address
}

func (s *Service) planner(ctx context.Context, actor sallyport.Actor, l List) (p *planner, err error) {
	if l.Role == "" {
		l.Role = sallyport.RoleMember
	}
	p = &planner{Service: s, actor: actor, usual: l, earlier: map[string]int{}}
	if p.tenant, err = s.acts.Tenant(ctx, actor.TenantID); err != nil {
		return nil, err
	}
	if p.roles, err = s.acts.Roles(ctx, actor.TenantID); err != nil {
		return nil, err
	}
	if p.groups, err = s.acts.Groups(ctx, actor.TenantID); err != nil {
		return nil, err
	}
	var wrong problems
	_, w := p.role(string(l.Role))
	wrong.fields = append(wrong.fields, w...)
	_, w = p.group(l.GroupID)
	wrong.fields = append(wrong.fields, w...)
	return p, wrong.err()
}

// plan says what will become of one row.
func (p *planner) plan(ctx context.Context, row listed) (out Invitee, err error) {
	out = Invitee{Line: row.line, Fate: ToInvite, NewUser: NewUser{Email: row.email, FirstName: row.firstName, LastName: row.lastName}}
	if row.wrong != nil {
		out.Fate, out.Wrong = Wrong, row.wrong
		return out, nil
	}
	var wrong problems
	if out.Role, wrong.fields = p.role(row.role); len(wrong.fields) > 0 {
		out.Role = sallyport.RoleMember // there is nothing else to say about it
	}
	var noGroup []sallyport.FieldError
	out.GroupID, noGroup = p.group(row.group)
	u, err := p.build(ctx, p.tenant, out.NewUser)
	wrong.add(err)
	if wrong.other != nil {
		return out, wrong.other
	}
	if wrong.fields = append(wrong.fields, noGroup...); len(wrong.fields) > 0 {
		out.Fate, out.Wrong = Wrong, wrong.fields
		return out, nil
	}
	out.Email, out.FirstName, out.LastName = u.Email, u.FirstName, u.LastName
	if at, twice := p.earlier[email.Key(u.Email)]; twice {
		out.Fate, out.SameAs = Duplicate, at
		return out, nil
	}
	p.earlier[email.Key(u.Email)] = row.line
	return out, out.find(ctx, p.acts, p.actor.TenantID)
}

// find says who has the row's address already, or that it is reserved for somebody who had it.
func (v *Invitee) find(ctx context.Context, acts *act.Runner, tenantID string) error {
	u, err := acts.UserByEmail(ctx, tenantID, v.Email)
	if errors.Is(err, sallyport.ErrNotFound) {
		_, err = acts.EmailReserved(ctx, tenantID, v.Email, acts.Now())
		if errors.Is(err, sallyport.ErrNotFound) {
			return nil
		}
		v.Fate, v.Wrong = Wrong, []sallyport.FieldError{{Field: "email", Code: "taken"}}
		return err
	}
	v.UserID, v.Wrong = u.ID, nil
	if v.Fate = HasAccount; u.Status == sallyport.UserInvited {
		v.Fate = AlreadyInvited
	}
	return err
}

// role returns the role that a row names: a built-in one, or one of the organisation by id or
// name; "" for the usual one.
func (p *planner) role(text string) (sallyport.Role, []sallyport.FieldError) {
	if text == "" {
		text = string(p.usual.Role)
	}
	r, granted := sallyport.Role(email.Key(text)), sallyport.Permissions("")
	if !r.BuiltIn() {
		i := slices.IndexFunc(p.roles, func(c sallyport.CustomRole) bool { return c.ID == text || email.Key(c.Name) == string(r) })
		if i < 0 {
			return "", []sallyport.FieldError{{Field: "role", Code: "unknown_role"}}
		}
		r, granted = sallyport.Role(p.roles[i].ID), p.roles[i].Permissions
	}
	if !access.Covers(p.actor, r, granted) {
		return r, tooStrong
	}
	return r, nil
}

// group returns the group that a row names, by id or name; "" for the usual one.
func (p *planner) group(text string) (id string, _ []sallyport.FieldError) {
	if text == "" {
		text = p.usual.GroupID
	}
	if text == "" {
		return "", nil
	}
	i := slices.IndexFunc(p.groups, func(g sallyport.Group) bool { return g.ID == text || email.Key(g.Name) == email.Key(text) })
	if i < 0 {
		return "", []sallyport.FieldError{{Field: "group", Code: "unknown_group"}}
	}
	return p.groups[i].ID, nil
}
