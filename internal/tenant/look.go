package tenant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/policy"
)

// NeedLook is needed to change what an organisation looks like.
var NeedLook = act.Need{Permission: access.OrganisationManage, StepUp: policy.ManageOrganisation}

// LookField is a field of what an organisation looks like.
type LookField struct {
	Name  string
	Of    func(*sallyport.Tenant) *string
	parse func(field, s string) (string, *sallyport.FieldError)
}

// LookFields is THE table of them, in the order of the page. A logo is a field besides, which is
// made of a picture.
var LookFields = []LookField{
	{"name", func(t *sallyport.Tenant) *string { return &t.Name }, parseName},
	{"accent", func(t *sallyport.Tenant) *string { return &t.Look.Accent }, parseAccent},
	{"signInText", func(t *sallyport.Tenant) *string { return &t.Look.SignInText }, parseText},
	{"helpUrl", func(t *sallyport.Tenant) *string { return &t.Look.HelpURL }, parsePage},
	{"privacyUrl", func(t *sallyport.Tenant) *string { return &t.Look.PrivacyURL }, parsePage},
	{"imprintUrl", func(t *sallyport.Tenant) *string { return &t.Look.ImprintURL }, parsePage},
	{"securityContact", func(t *sallyport.Tenant) *string { return &t.Look.SecurityContact }, parseContact},
}

// logoField is the one that is made of a picture. As text it can only be taken away.
var logoField = LookField{"logo", func(t *sallyport.Tenant) *string { return &t.Look.Logo }, func(field, s string) (string, *sallyport.FieldError) {
	if s != "" {
		return "", &sallyport.FieldError{Field: field, Code: "invalid"}
	}
	return "", nil
}}

var allLook = append(slices.Clone(LookFields), logoField)

// Marks returns the marks of all fields of an organisation.
func Marks(t sallyport.Tenant) map[string]string {
	out := map[string]string{}
	for _, f := range allLook {
		out[f.Name] = Mark(*f.Of(&t))
	}
	return out
}

// LookChange is what an admin changes of what the organisation looks like.
type LookChange struct {
	// Set has the fields to change; "" for none of it.
	Set map[string]string
	// Logo is a file with a picture that becomes the logo; nil for none. Set removes one with "" for logo.
	Logo []byte
	made *Logo // of it
	// Was has the [Mark] of what the admin has read of a field. Where that is not what is
	// there any more, the field is refused and not overwritten.
	Was map[string]string
}

// Mark stands for a value that somebody has read.
func Mark(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:6])
}

// Organisation returns the actor's organisation, as it is now. Its members may see it.
func (s *Service) Organisation(ctx context.Context, actor sallyport.Actor) (sallyport.Tenant, error) {
	return s.acts.Tenant(ctx, actor.TenantID)
}

// Planned is an organisation as a change would make it.
type Planned struct {
	sallyport.Tenant
	Logo *Logo // that is new; nil for none
}

// PlanLook returns the organisation as a change would make it, and changes nothing. Errors are those
// of SaveLook, and come with what can be shown: a field that is refused stays as it is.
func (s *Service) PlanLook(ctx context.Context, actor sallyport.Actor, c LookChange) (Planned, error) {
	if err := NeedLook.ToLook(actor); err != nil {
		return Planned{}, err
	}
	t, err := s.acts.Tenant(ctx, actor.TenantID)
	if err != nil {
		return Planned{}, err
	}
	wrong, err := c.makeLogo(ctx)
	if err != nil {
		return Planned{}, err
	}
	next, more := c.apply(t)
	if wrong = append(wrong, more...); len(wrong) > 0 {
		return Planned{next, c.made}, sallyport.Invalid(wrong...)
	}
	return Planned{next, c.made}, nil
}

// SaveLook changes what the organisation looks like, and returns it. It needs organisation.manage and a
// step-up. CodeInvalid lists every field that is wrong; "changed_meanwhile" with both values where
// somebody else has changed it to something else.
func (s *Service) SaveLook(ctx context.Context, actor sallyport.Actor, c LookChange) (next sallyport.Tenant, err error) {
	if err := NeedLook.ToLook(actor); err != nil { // before a picture is decoded for nothing
		return next, err
	}
	unfit, err := c.makeLogo(ctx)
	if err != nil {
		return next, err
	}
	err = s.acts.Run(ctx, actor, act.Tenant, NeedLook, func(a *act.Act) error {
		if err := a.LockTenant(ctx, actor.TenantID); err != nil {
			return err
		}
		t, err := a.Tenant(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		var wrong []sallyport.FieldError
		next, wrong = c.apply(t)
		if wrong = append(wrong, unfit...); len(wrong) > 0 {
			return sallyport.Invalid(wrong...)
		}
		if next == t {
			return nil
		}
		noteLook(a, t, next)
		if err := c.keepLogo(ctx, a, t, next); err != nil {
			return err
		}
		return a.SetTenantLook(ctx, next)
	})
	return next, err
}

// apply returns the organisation with what can be changed of it, and what cannot.
func (c LookChange) apply(t sallyport.Tenant) (next sallyport.Tenant, wrong []sallyport.FieldError) {
	next = t
	for name := range c.Set {
		if !slices.ContainsFunc(allLook, func(f LookField) bool { return f.Name == name }) {
			wrong = append(wrong, sallyport.FieldError{Field: name, Code: "unknown_field"})
		}
	}
	for _, f := range allLook {
		text, set := c.Set[f.Name]
		value, refused := f.parse(f.Name, text)
		if f.Name == logoField.Name && c.made != nil {
			value, refused, set = c.made.Text, nil, true
		}
		if !set {
			continue
		}
		now := *f.Of(&t)
		was, read := c.Was[f.Name]
		if refused == nil && read && was != Mark(now) && value != now {
			refused = &sallyport.FieldError{Field: f.Name, Code: "changed_meanwhile", Args: map[string]string{"theirs": now, "yours": value}}
		}
		if refused != nil {
			wrong = append(wrong, *refused)
			continue
		}
		*f.Of(&next) = value
	}
	return next, wrong
}

// noteLook notes an event for each field that changes.
func noteLook(a *act.Act, old, next sallyport.Tenant) {
	for _, f := range allLook {
		if was, is := *f.Of(&old), *f.Of(&next); was != is {
			a.Note(audit.OrganisationChanged, act.About{}, "field", f.Name, "old", was, "new", is)
		}
	}
}
