// Package apps has the programs of an organisation that somebody else wrote, and says whom to let in there.
//
//	people ─ browser ─ proxy ─┬─ asks: may they? ── package forward ── the app's rules (package gate)
//	                          └─ the app
//
// A browser at an app has a pass: a token in a cookie of the app's own host, made in a session here and good for
// nothing but that app (enter.go). What passes cost is what a session check costs: apps are kept in memory
// (list.go), and passes are remembered as sessions are.
package apps

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/gate"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/recall"
	"github.com/sallyport/sallyport/internal/token"
)

// What acts on apps require.
var (
	NeedView   = act.Need{Permission: access.AppsView}
	NeedManage = act.Need{Permission: access.AppsManage, StepUp: policy.ManageApps}
	// NeedEnter is that of going to an app: the app's rules ask for more.
	NeedEnter = act.Need{Exempt: policy.Harmless}
)

// MaxApps is how many apps an organisation can have.
const MaxApps = 200

// Path is the page of the apps.
const Path = "/settings/apps"

// Config is what the service needs.
type Config struct {
	Acts   *act.Runner
	Base   link.Base
	Memory *recall.Memory // tells when apps have changed; nil where nothing does
}

// Service has the apps of all tenants.
type Service struct {
	Config
	list *recall.List[entries]
}

// New returns a service.
func New(c Config) *Service {
	s := &Service{Config: c}
	s.list = &recall.List[entries]{Now: c.Acts.Now, Memory: c.Memory, Read: s.read}
	return s
}

// List returns the apps, by name. It needs apps.view.
func (s *Service) List(ctx context.Context, actor sallyport.Actor) ([]sallyport.App, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	return s.Acts.Apps(ctx, actor.TenantID)
}

// Get returns one app. It needs apps.view.
func (s *Service) Get(ctx context.Context, actor sallyport.Actor, id string) (sallyport.App, error) {
	if err := NeedView.ToLook(actor); err != nil {
		return sallyport.App{}, err
	}
	return s.Acts.App(ctx, actor.TenantID, id)
}

// Add adds an app. It needs apps.manage and a step-up. CodeInvalid lists the wrong fields.
func (s *Service) Add(ctx context.Context, actor sallyport.Actor, in Input) (out sallyport.App, err error) {
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		if err := a.LockTenant(ctx, actor.TenantID); err != nil {
			return err
		}
		have, err := a.Apps(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		if len(have) >= MaxApps {
			return sallyport.Invalid(sallyport.FieldError{Field: "name", Code: "too_many", Args: map[string]string{"max": strconv.Itoa(MaxApps)}})
		}
		if out, err = s.parse(ctx, a, in); err != nil {
			return err
		}
		out.TenantID, out.ID, out.CreatedAt, out.CreatedBy, out.ChangedAt, out.Version = actor.TenantID, token.NewID(), a.Now, actor.UserID, a.Now, 1
		a.Note(audit.AppAdded, act.About{Target: out.ID}, details(out)...)
		return taken(a.AddApp(ctx, out), have, out)
	})
	return out, err
}

// Change replaces what an app is, if it still has the version that was seen; 0 for any. Errors are those of Add, and
// CodeConflict.
func (s *Service) Change(ctx context.Context, actor sallyport.Actor, id string, in Input) (out sallyport.App, err error) {
	err = s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		if err := a.LockTenant(ctx, actor.TenantID); err != nil {
			return err
		}
		have, err := a.Apps(ctx, actor.TenantID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(have, func(v sallyport.App) bool { return v.ID == id })
		if i < 0 {
			return sallyport.ErrNotFound
		}
		if in.Version != 0 && in.Version != have[i].Version {
			return sallyport.Blocked(sallyport.ChangedMeanwhile)
		}
		if out, err = s.parse(ctx, a, in); err != nil {
			return err
		}
		was := have[i]
		out.TenantID, out.ID, out.CreatedAt, out.CreatedBy, out.ChangedAt, out.Version = was.TenantID, was.ID, was.CreatedAt, was.CreatedBy, a.Now, was.Version+1
		a.Note(audit.AppChanged, act.About{Target: out.ID}, details(out)...)
		return taken(a.ChangeApp(ctx, out), have, out)
	})
	return out, err
}

// Remove removes an app: who is at it is let in no more. It needs what Add needs.
func (s *Service) Remove(ctx context.Context, actor sallyport.Actor, id string) error {
	return s.Acts.Run(ctx, actor, act.Tenant, NeedManage, func(a *act.Act) error {
		was, err := a.App(ctx, actor.TenantID, id)
		if err != nil {
			return err
		}
		a.Note(audit.AppRemoved, act.About{Target: id}, "name", was.Name, "address", was.Origin)
		return a.DropApp(ctx, actor.TenantID, id)
	})
}

// taken says what of an app another one has.
func taken(err error, have []sallyport.App, v sallyport.App) error {
	if !errors.Is(err, sallyport.ErrConflict) {
		return err
	}
	field := "name"
	if !slices.ContainsFunc(have, func(o sallyport.App) bool { return o.ID != v.ID && strings.EqualFold(o.Name, v.Name) }) {
		field = "address"
	}
	return sallyport.Invalid(sallyport.FieldError{Field: field, Code: "taken"})
}

// details are what the log says of an app.
func details(v sallyport.App) []string {
	return []string{"address", v.Origin, "rules", gate.Format(v.Rules, func(id string) string { return id }), "name", v.Name}
}

// Explanation says which rule decides an address.
type Explanation struct {
	App   sallyport.App
	Rule  sallyport.AppRule
	Found bool // false where no rule is about the address, which lets nobody in
}

// Explain returns which rule of which app decides an address, such as https://wiki.example.com/admin. It needs
// apps.view. CodeInvalid for what is no address, or one that no rule decides; ErrNotFound where no app is there.
func (s *Service) Explain(ctx context.Context, actor sallyport.Actor, address string) (out Explanation, err error) {
	if err := NeedView.ToLook(actor); err != nil {
		return out, err
	}
	origin, path, ok := split(address)
	if !ok {
		return out, sallyport.Invalid(sallyport.FieldError{Field: "address", Code: "no_address"})
	}
	p, err := gate.ParsePath(path)
	if err != nil {
		return out, sallyport.Invalid(sallyport.FieldError{Field: "address", Code: "odd_path"})
	}
	apps, err := s.Acts.Apps(ctx, actor.TenantID)
	if err != nil {
		return out, err
	}
	i := slices.IndexFunc(apps, func(v sallyport.App) bool { return v.Origin == origin })
	if i < 0 {
		return out, sallyport.ErrNotFound
	}
	out.App = apps[i]
	out.Rule, out.Found = gate.Compile(out.App.Rules).Find(p)
	return out, nil
}

// split returns the origin and the path of an address, as it was written.
func split(address string) (origin, path string, ok bool) {
	address = strings.TrimSpace(address)
	scheme, rest, ok := strings.Cut(address, "://")
	if !ok {
		return "", "", false
	}
	host, path := rest, "/"
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host, path = rest[:i], rest[i:]
	}
	if path, _, _ = strings.Cut(path, "#"); path != "" {
		path, _, _ = strings.Cut(path, "?")
	}
	if path == "" {
		path = "/"
	}
	if u, err := url.Parse(scheme + "://" + host); err != nil || u.User != nil {
		return "", "", false
	}
	origin, wrong := gate.ParseOrigin(scheme + "://" + host)
	return origin, path, wrong == nil
}
