package apikey

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/line"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/token"
)

// maxNetworks is how many networks a key can be bound to.
const maxNetworks = 20

// Input is what a key is made of.
type Input struct {
	Name        string    // 1 to line.MaxLength characters; no other key of the user has it
	Permissions []string  // names of the table in package access, of those that the maker has
	ExpiresAt   time.Time // zero for never
	Networks    []string  // addresses, or networks such as 192.0.2.0/24; none for anywhere
}

// Made is a key with its text, which is shown this once.
type Made struct {
	sallyport.APIKey
	Secret string
}

// Make makes a key of the actor. CodeInvalid lists every wrong field; a permission that the actor
// lacks is one.
func (s *Service) Make(ctx context.Context, actor sallyport.Actor, in Input) (Made, error) {
	return s.make(ctx, actor, itself(actor), in)
}

// MakeFor makes a key of a service account. It needs api_keys.manage, and the role that owns the
// account or to be an owner.
func (s *Service) MakeFor(ctx context.Context, actor sallyport.Actor, serviceID string, in Input) (Made, error) {
	return s.make(ctx, actor, holder{serviceID, NeedMakeFor}, in)
}

// holder is whose a key is, and what it takes to make one of theirs.
type holder struct {
	userID string
	need   act.Need
}

// itself is the actor as the holder of a key.
func itself(actor sallyport.Actor) holder { return holder{actor.UserID, NeedMake} }

func (s *Service) make(ctx context.Context, actor sallyport.Actor, of holder, in Input) (m Made, err error) {
	built, err := in.build(s.acts.Now())
	if err != nil {
		return m, err
	}
	err = s.acts.Run(ctx, actor, act.User(of.userID), of.need, func(a *act.Act) error {
		if err := mayHave(a); err != nil {
			return err
		}
		has := access.Has(a.Actor)
		if a.Actor.Type != sallyport.ActorUser { // the operator, for a service account
			has = access.Every.Names()
		}
		if slices.ContainsFunc(built.Permissions.Names(), func(p string) bool { return !slices.Contains(has, p) }) {
			return sallyport.Invalid(sallyport.FieldError{Field: "permissions", Code: "not_yours"})
		}
		all, err := a.KeysOf(ctx, a.User.TenantID, of.userID)
		if err != nil {
			return err
		}
		if len(all) >= MaxKeys {
			return sallyport.Blocked(sallyport.TooManyKeys)
		}
		k := built
		k.ID, k.TenantID, k.UserID = token.NewID(), a.User.TenantID, of.userID
		k.CreatedAt, k.CreatedBy, k.SessionID = a.Now, act.By(a.Actor), a.Actor.SessionID
		secret, hash := token.NewKey(token.APIKey)
		k.Hint = token.Hint(secret)
		if err := a.AddKey(ctx, k, hash[:]); errors.Is(err, sallyport.ErrConflict) {
			return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "taken"})
		} else if err != nil {
			return err
		}
		a.Note(audit.KeyCreated, act.About{Target: k.ID}, append(until(k.ExpiresAt), "name", k.Name, "permissions", string(k.Permissions))...)
		m = Made{k, secret}
		return tell(ctx, a, notify.KeyCreated, k)
	})
	return m, err
}

// Overlaps are how long the former text of a key can go on to work.
var Overlaps = []time.Duration{0, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}

// Rotate gives one of the actor's keys another text. The former one works for the overlap, one of
// [Overlaps]; a text before it stops at once.
func (s *Service) Rotate(ctx context.Context, actor sallyport.Actor, id string, overlap time.Duration) (Made, error) {
	return s.rotate(ctx, actor, itself(actor), id, overlap)
}

// RotateFor does it with a key of a service account, as MakeFor makes one.
func (s *Service) RotateFor(ctx context.Context, actor sallyport.Actor, serviceID, id string, overlap time.Duration) (Made, error) {
	return s.rotate(ctx, actor, holder{serviceID, NeedMakeFor}, id, overlap)
}

func (s *Service) rotate(ctx context.Context, actor sallyport.Actor, of holder, id string, overlap time.Duration) (m Made, err error) {
	if !slices.Contains(Overlaps, overlap) {
		return m, sallyport.Invalid(sallyport.FieldError{Field: "overlapHours", Code: "unknown_value"})
	}
	err = s.acts.Run(ctx, actor, act.User(of.userID), of.need, func(a *act.Act) error {
		if err := mayHave(a); err != nil {
			return err
		}
		k, err := a.APIKey(ctx, a.User.TenantID, id)
		if err != nil {
			return err
		}
		if k.UserID != of.userID || !k.EndedAt.IsZero() {
			return sallyport.ErrNotFound
		}
		if k.Status(a.Now) != sallyport.KeyActive {
			return sallyport.Blocked(sallyport.KeyIsOver)
		}
		secret, hash := token.NewKey(token.APIKey)
		k.Hint, k.RotatedAt, k.FormerEndsAt = token.Hint(secret), a.Now, time.Time{}
		if overlap > 0 {
			k.FormerEndsAt = a.Now.Add(overlap)
		}
		if err := a.RotateKey(ctx, k, hash[:]); err != nil {
			return act.Conflict(err)
		}
		a.Note(audit.KeyRotated, act.About{Target: k.ID}, append(until(k.FormerEndsAt), "name", k.Name)...)
		m = Made{k, secret}
		return tell(ctx, a, notify.KeyRotated, k)
	})
	return m, err
}

// mayHave returns nil when the act's actor may make keys of the act's user: their own or, for a
// service account, one that their role owns.
func mayHave(a *act.Act) error {
	switch {
	case a.User.ID == a.Actor.UserID:
		return nil
	case !a.User.Service():
		return sallyport.Refuse(sallyport.CodeForbidden, "nobody makes keys of another person")
	case a.Actor.Type != sallyport.ActorUser:
		return nil
	case a.Actor.Role != a.User.OwnedBy && a.Actor.Role != sallyport.RoleOwner:
		return sallyport.Refuse(sallyport.CodeForbidden, "the role that owns the account makes its keys")
	}
	return nil
}

// tell tells the user of a key what became of it; of a service account those who look after it.
func tell(ctx context.Context, a *act.Act, kind notify.Kind, k sallyport.APIKey) error {
	about, err := a.About(ctx)
	if err != nil {
		return err
	}
	return a.Tell(ctx, act.Alert{
		Kind: kind, Client: a.Origin(), About: about, NotMe: !a.User.Service() && a.Actor.UserID == a.User.ID,
		Data: notify.Data{KeyName: k.Name},
	})
}

// until is the detail of events that says when something ends; none for never.
func until(t time.Time) []string {
	if t.IsZero() {
		return nil
	}
	return []string{"until", t.UTC().Format(time.RFC3339)}
}

// build checks every field and returns what a key is made of.
func (in Input) build(now time.Time) (k sallyport.APIKey, err error) {
	var wrong []sallyport.FieldError
	k.Name, err = line.Parse("name", in.Name)
	var e *sallyport.Error
	switch {
	case errors.As(err, &e):
		wrong = append(wrong, e.Fields...)
	case k.Name == "":
		wrong = append(wrong, sallyport.FieldError{Field: "name", Code: "required"})
	}
	if slices.ContainsFunc(in.Permissions, func(name string) bool { return !access.Known(name) }) {
		wrong = append(wrong, sallyport.FieldError{Field: "permissions", Code: "unknown_value"})
	}
	k.Permissions = sallyport.NewPermissions(in.Permissions...)
	if k.ExpiresAt = in.ExpiresAt.UTC().Truncate(time.Microsecond); in.ExpiresAt.IsZero() {
		k.ExpiresAt = time.Time{}
	} else if !k.ExpiresAt.After(now) {
		wrong = append(wrong, sallyport.FieldError{Field: "expiresAt", Code: "in_past"})
	}
	if k.Networks, err = parseNetworks(in.Networks); errors.As(err, &e) {
		wrong = append(wrong, e.Fields...)
	}
	if wrong != nil {
		return k, sallyport.Invalid(wrong...)
	}
	return k, nil
}

// parseNetworks reads addresses and networks. CodeInvalid for the field networks.
func parseNetworks(texts []string) (all []netip.Prefix, err error) {
	if len(texts) > maxNetworks {
		return nil, sallyport.Invalid(sallyport.FieldError{Field: "networks", Code: "too_many", Args: map[string]string{"max": strconv.Itoa(maxNetworks)}})
	}
	for _, text := range texts {
		p, err := parseNetwork(text)
		if err != nil {
			return nil, sallyport.Invalid(sallyport.FieldError{Field: "networks", Code: "invalid_network"})
		}
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all, nil
}

func parseNetwork(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		ip = ip.Unmap()
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, err
	}
	if ip := p.Addr(); ip.Is4In6() {
		if p.Bits() < 96 {
			return p, errors.New("a network of mapped addresses that has others too")
		}
		p = netip.PrefixFrom(ip.Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}
