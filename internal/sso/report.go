package sso

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/saml"
	"github.com/sallyport/sallyport/internal/store"
)

// Report is what a test of a provider found: each step, and what came of it.
type Report struct {
	federate.Trace
	Assertion *federate.Assertion // what the provider says of who tested it; nil where it came to nothing
	Role      sallyport.Role      // that the rules give them; "" for none
	RoleName  string              // of a role that the organisation made
	Admitted  bool
	Vouched   bool
	Problem   *federate.Problem // why it came to nothing
}

// AskTest begins a test of a provider, on or off: the actor signs in there, and nothing here changes by it.
// Where that does not come to the provider's page the report says why; otherwise it is nil, and Return has
// it. It needs sso.manage.
func (s *Service) AskTest(ctx context.Context, actor sallyport.Actor, id string) (Out, *Report, error) {
	if err := s.Acts.May(ctx, actor, act.Tenant, NeedTest); err != nil {
		return Out{}, nil, err
	}
	p, err := s.provider(ctx, actor.TenantID, id)
	if err != nil {
		return Out{}, nil, err
	}
	r := &Report{}
	asked, out, err := s.ask(ctx, p, How{}, &r.Trace)
	if r.Problem = asProblem(err); r.Problem != nil {
		return Out{}, r, nil //nolint:nilerr // the report says what it is
	}
	if err != nil {
		return Out{}, nil, err
	}
	return out, nil, s.keep(ctx, actor, purposeTest, asked)
}

// tested finishes a test.
func (s *Service) tested(ctx context.Context, actor sallyport.Actor, asked Asked, got url.Values) (Returned, error) {
	if err := s.Acts.May(ctx, actor, act.Tenant, NeedTest); err != nil {
		return Returned{}, err
	}
	r := &Report{}
	f, err := s.answer(ctx, actor.TenantID, asked, got, &r.Trace)
	if err != nil {
		if r.Problem = asProblem(err); r.Problem == nil {
			return Returned{}, err
		}
		p, err := s.provider(ctx, actor.TenantID, asked.Provider)
		return Returned{Provider: p, Test: r}, err
	}
	r.Assertion, r.Role, r.Admitted, r.Vouched = &f.Assertion, f.Provider.role(f.Assertion), f.Provider.admits(f.Assertion), f.Provider.vouched(f.Assertion)
	if r.Role != "" && !r.Role.BuiltIn() {
		named, err := s.Acts.Role(ctx, actor.TenantID, string(r.Role))
		if _, err = act.Ignore(err); err != nil {
			return Returned{}, err
		}
		r.RoleName = named.Name
	}
	return Returned{f.Provider, r}, s.Acts.Keep(ctx, func(tx *store.Tx) error { return tx.MarkProviderTested(ctx, f.Provider.row, s.Acts.Now()) })
}

func asProblem(err error) *federate.Problem {
	p, _ := federate.ProblemOf(err)
	return p
}

// Metadata returns what a provider that speaks SAML is told of us, for its admin. ErrNotFound for one that does
// not. It holds no secret.
func (s *Service) Metadata(ctx context.Context, tenantID, id string) ([]byte, error) {
	p, err := s.provider(ctx, tenantID, id)
	if err == nil && p.Protocol != SAML {
		err = sallyport.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	us, err := s.party(ctx, p)
	if err != nil {
		return nil, err
	}
	return us.Metadata()
}

// Fetch reads what is at an address.
type Fetch func(ctx context.Context, address string) ([]byte, error)

const (
	maxMetadata = 1 << 20 // bytes
	fetchTime   = 10 * time.Second
)

// FetchBy returns a Fetch by a client, which decides what may be reached.
func FetchBy(c *http.Client) Fetch {
	return func(ctx context.Context, address string) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, fetchTime)
		defer cancel()
		unreached := func(err error) ([]byte, error) {
			return nil, &federate.Problem{Code: "metadata_unreachable", Cause: err}
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return unreached(nil)
		}
		got, err := c.Do(r)
		if err != nil {
			return unreached(err)
		}
		defer got.Body.Close()
		text, err := io.ReadAll(io.LimitReader(got.Body, maxMetadata+1))
		if err != nil || got.StatusCode != http.StatusOK {
			return unreached(err)
		}
		return text, nil
	}
}

// ReadAddress reads the metadata of a provider at an address, for a form that is filled in by it. It needs
// sso.manage. CodeSSOFailed says what is wrong with it.
func (s *Service) ReadAddress(ctx context.Context, actor sallyport.Actor, address string) (text []byte, m saml.Metadata, notes []saml.Note, err error) {
	if err := s.Acts.May(ctx, actor, act.Tenant, NeedTest); err != nil {
		return nil, m, nil, err
	}
	if err := s.OpenID.CheckAddress(address); err != nil {
		return nil, m, nil, failed(err)
	}
	if text, err = s.Fetch(ctx, address); err != nil {
		return nil, m, nil, failed(err)
	}
	m, notes, err = saml.ReadMetadata(text, saml.Reading{At: s.Acts.Now()})
	return text, m, notes, failed(err)
}
