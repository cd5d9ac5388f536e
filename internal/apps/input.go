package apps

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/gate"
	"github.com/sallyport/sallyport/internal/line"
)

// Input is what an admin says of an app.
type Input struct {
	Name    string
	Address string // scheme, host and port
	// Rules have roles and groups by id or by name. Text, where there is any, stands instead of them, as
	// gate.Parse reads it.
	Rules     []sallyport.AppRule
	Text      string
	Preflight bool
	Version   int64 // that was seen; 0 for any
}

// parse checks every field. CodeInvalid lists the wrong ones.
func (s *Service) parse(ctx context.Context, a *act.Act, in Input) (v sallyport.App, err error) {
	var wrong []sallyport.FieldError
	name, err := line.Parse("name", in.Name)
	if e, ok := errors.AsType[*sallyport.Error](err); ok {
		wrong = append(wrong, e.Fields...)
	} else if name == "" {
		wrong = append(wrong, sallyport.FieldError{Field: "name", Code: "required"})
	}
	origin, bad := gate.ParseOrigin(in.Address)
	if bad == nil && s.own(ctx, a, origin) {
		bad = &sallyport.FieldError{Field: "address", Code: "own_host"}
	}
	if bad != nil {
		wrong = append(wrong, *bad)
	}
	rules, problem, err := resolved(ctx, a, in)
	if err != nil {
		return v, err
	}
	if problem != nil {
		wrong = append(wrong, problem.FieldError)
	}
	if wrong != nil {
		return v, sallyport.Invalid(wrong...)
	}
	return sallyport.App{Name: name, Origin: origin, Rules: rules, Preflight: in.Preflight}, nil
}

// own reports whether an address is one of this service itself: its cookies would come to the app.
func (s *Service) own(ctx context.Context, a *act.Act, origin string) bool {
	host := hostOf(origin)
	if hostOf(string(s.Base)) == host {
		return true
	}
	tenants, err := a.Tenants(ctx)
	return err != nil || slices.ContainsFunc(tenants, func(t sallyport.Tenant) bool { return hostOf(s.Base.URL(t, "")) == host })
}

// hostOf returns the host of an origin without its port: cookies know no ports.
func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Hostname())
}

// resolved returns the rules with ids for names, or what is wrong with them.
func resolved(ctx context.Context, a *act.Act, in Input) ([]sallyport.AppRule, *gate.Problem, error) {
	rules := in.Rules
	if in.Text != "" {
		var err error
		var p *gate.Problem
		if rules, err = gate.Parse(in.Text); errors.As(err, &p) {
			return nil, p, nil
		}
	} else if i, p := gate.Check(rules); p != nil {
		return nil, p.At(i + 1), nil
	}
	if len(rules) == 0 {
		return nil, &gate.Problem{FieldError: sallyport.FieldError{Field: "rules", Code: "required"}}, nil
	}
	names, err := namesOf(ctx, a.Queries, a.Actor.TenantID)
	if err != nil {
		return nil, nil, err
	}
	out := make([]sallyport.AppRule, len(rules))
	for i, r := range rules {
		if p := names.resolve(&r); p != nil {
			line := i + 1
			if in.Text != "" {
				line = gate.LineOf(in.Text, i)
			}
			return nil, p.At(line), nil
		}
		out[i] = r
	}
	return out, nil, nil
}

// unknown returns a problem of a name.
func unknown(code, word string) *gate.Problem {
	return &gate.Problem{FieldError: sallyport.FieldError{Field: "rules", Code: code, Args: map[string]string{"word": word}}}
}

// resolve puts ids in the place of names.
func (n Names) resolve(r *sallyport.AppRule) *gate.Problem {
	r.Roles, r.Groups = slices.Clone(r.Roles), slices.Clone(r.Groups)
	for i, role := range r.Roles {
		id, ok := n.id(n.roles, string(role))
		if !ok {
			return unknown("rule_unknown_role", string(role))
		}
		r.Roles[i] = sallyport.Role(id)
	}
	for i, group := range r.Groups {
		id, ok := n.id(n.groups, group)
		if !ok {
			return unknown("rule_unknown_group", group)
		}
		r.Groups[i] = id
	}
	for _, p := range r.Permissions {
		if !access.Known(p) {
			return unknown("rule_unknown_permission", p)
		}
	}
	return nil
}
