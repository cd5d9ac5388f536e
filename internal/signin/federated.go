package signin

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/password"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
	"github.com/sallyport/sallyport/internal/token"
)

// OpenAt starts a sign-in at an identity provider: the browser goes where Result.Away says, and what it brings
// back is the step Password. hint is the address that was typed, if any. Errors are those of [sso.Service.Ask],
// and CodeRateLimited and CodeNetworkBlocked as for Open.
func (m *Machine) OpenAt(ctx context.Context, from From, providerID, hint string) (Result, error) {
	p, err := m.acts.Policy(ctx, from.TenantID)
	if err != nil {
		return Result{}, err
	}
	asked, away, err := m.providers.Ask(ctx, from.TenantID, providerID, sso.How{Hint: hint})
	if err != nil {
		return Result{}, err
	}
	r, err := m.open(ctx, from, p, store.Flow{}, memory{Asked: asked})
	r.Away = &away
	return r, err
}

// AskAt sends the browser of a flow that waits for a first proof to an identity provider instead. In a step-up
// that has to prove anew who it is, and be one at which the user has an account.
func (m *Machine) AskAt(ctx context.Context, from From, flowToken, flowID, providerID string) (Result, error) {
	s, err := m.at(ctx, from, flowToken, flowID, Password)
	if err != nil {
		return Result{}, err
	}
	if s.stepUp() {
		own, err := m.providers.Anew(ctx, s.user)
		if err != nil {
			return Result{}, err
		}
		if !slices.ContainsFunc(own, func(p sso.Provider) bool { return p.ID == providerID }) {
			return Result{}, sallyport.ErrNotFound
		}
	}
	asked, away, err := m.providers.Ask(ctx, from.TenantID, providerID, sso.How{Hint: s.flow.Email, Fresh: s.stepUp()})
	if err != nil {
		return Result{}, err
	}
	s.Asked = asked
	r, err := m.wait(ctx, s)
	r.Away = &away
	return r, err
}

// Awaited is what a flow waits for where an answer of an identity provider came in.
type Awaited struct {
	This    bool   // for this answer
	Another bool   // for another answer of the same provider
	Act     string // of a step-up; "" in a sign-in
}

// Awaits reports whether a flow waits for the answer of an identity provider to the request with this state. An
// answer that came to the address of another provider is not waited for: each has its own, so that none can pass
// for another.
func (m *Machine) Awaits(ctx context.Context, from From, flowToken, providerID, state string) (Awaited, error) {
	s, err := m.load(ctx, from, flowToken)
	switch {
	case sallyport.CodeOf(err) == sallyport.CodeFlowExpired:
		return Awaited{}, nil
	case err != nil:
		return Awaited{}, err
	}
	asked := s.flow.State == string(Password) && s.Asked.Provider == providerID
	this := asked && state != "" && s.Asked.State == state
	return Awaited{This: this, Another: asked && !this, Act: s.Ask.Act}, nil
}

// wait keeps a flow in the state Password, under a new token: of a sign-in nobody is known yet.
func (m *Machine) wait(ctx context.Context, s *stage) (Result, error) {
	if s.stepUp() {
		return m.stay(ctx, s, Password, func(context.Context, *act.Act) error { return nil })
	}
	secret, err := s.save(Password)
	if err != nil {
		return Result{}, err
	}
	hash, _ := token.Parse(token.Flow, secret)
	err = m.acts.Keep(ctx, func(tx *store.Tx) error { return lostRace(tx.MoveFlow(ctx, s.flow, hash[:])) })
	r := s.result(Password)
	r.FlowToken = secret
	return r, err
}

// proveAt takes what the browser brought back from an identity provider.
func (m *Machine) proveAt(ctx context.Context, s *stage, got url.Values) error {
	deviceID, err := device.OfAnybody(ctx, m.acts.Queries, s.from.TenantID, s.from.Devices)
	if err != nil {
		return err
	}
	d, err := s.counters().Spend(ctx, m.acts, throttle.ForPasskey(s.from.Client.IPAddress, deviceID))
	if err != nil {
		return err
	}
	if !d.Allowed {
		return m.refuse(ctx, s, d)
	}
	s.spent = d.Spent
	found, err := m.providers.Answer(ctx, s.from.TenantID, s.Asked, got)
	var w sso.Whose
	if err == nil {
		w, err = m.providers.Whose(ctx, s.from.Client, found)
	}
	if err == nil && s.stepUp() && (w.User.ID != s.user.ID || w.Existing) {
		err = sallyport.Refuse(sallyport.CodeSSOUnknown, "it is somebody else's")
	}
	if reason := sallyport.CodeOf(err); slices.Contains(providerReasons, reason) {
		s.flow.Email = cmp.Or(s.flow.Email, found.Email)
		return cmp.Or(m.fail(ctx, s, reason, d), err)
	}
	if err != nil {
		return err
	}
	return m.accept(ctx, s, w, found.Provider.Name)
}

// providerReasons are why a sign-in at an identity provider fails here.
var providerReasons = []sallyport.Code{sallyport.CodeSSOFailed, sallyport.CodeSSOUnknown, sallyport.CodeSSORefused}

// accept goes on with whose identity it is. An account that merely has the same address has to be proven too.
func (m *Machine) accept(ctx context.Context, s *stage, w sso.Whose, provider string) error {
	s.Asked, s.Vouched = sso.Asked{}, w.Vouched
	if s.stepUp() {
		s.PrimaryProven = true
		return nil
	}
	s.user, s.Bond = w.User, &w.Bond
	s.flow.UserID, s.flow.Email = w.User.ID, w.User.Email
	s.Linking, s.PrimaryProven = w.Existing, !w.Existing
	if err := m.recogniseDevice(ctx, s); err != nil {
		return err
	}
	if s.Linking {
		s.Vouched = false // the second factor that the account has is half of the proof
		if err := m.newLinkCode(s, provider); err != nil {
			return err
		}
	}
	return m.stand(ctx, s)
}

// linkCode is the code that was mailed to the address of an account.
type linkCode struct {
	At    string    `json:"at"` // name of the provider
	Code  []byte    `json:"code"`
	Until time.Time `json:"until"`
}

func (m *Machine) newLinkCode(s *stage, provider string) (err error) {
	s.code = factor.NewOneTimeCode()
	s.LinkCode = &linkCode{At: provider, Until: s.now.Add(factor.CodeLifetime)}
	s.LinkCode.Code, err = m.providers.SealCode(s.from.TenantID, s.flow.ID, s.code)
	return err
}

// proveLink compares the code that was mailed to the address of the account.
func (m *Machine) proveLink(ctx context.Context, s *stage, given string) error {
	if !factor.HasDigit(factor.NormalizeCode(given)) {
		return required("code")
	}
	return m.guess(ctx, s, throttle.FactorTry(s.party(), sallyport.MethodEmail, s.from.Client.IPAddress), func() error {
		wrong := ""
		code, err := m.providers.OpenCode(s.from.TenantID, s.flow.ID, s.LinkCode.Code)
		switch {
		case err != nil:
			return err
		case !s.now.Before(s.LinkCode.Until):
			wrong = "code_expired"
		case !factor.SameCode(code, given):
			wrong = "wrong_code"
		}
		if wrong != "" {
			return &sallyport.Error{Code: sallyport.CodeMFAFailed, Fields: []sallyport.FieldError{{Field: "code", Code: wrong}}}
		}
		s.Linking, s.PrimaryProven, s.mailbox, s.LinkCode = false, true, true, nil
		return nil
	})
}

// redeemLink mails the code of a step that asks for one, and records what the code of another has proven. An
// account whose address nobody had proven may have been made by somebody else: its password is withdrawn, its
// accounts at providers are unlinked and its sessions end.
func (m *Machine) redeemLink(ctx context.Context, a *act.Act, s *stage) error {
	if s.code != "" {
		d, err := a.Counters().SpendIn(ctx, a.Tx, throttle.ForSending(s.party()))
		if err := cmp.Or(err, d.Refusal(a.Now)); err != nil {
			return err
		}
		a.Note(audit.CodeSent, act.About{}, "method", sallyport.MethodEmail)
		return a.Tell(ctx, act.Alert{
			Kind: notify.LinkCode, Client: s.from.Client, Data: notify.Data{Code: s.code, CodeUntil: s.LinkCode.Until, ProviderName: s.LinkCode.At},
		})
	}
	if !s.mailbox || !s.user.EmailVerifiedAt.IsZero() {
		return nil
	}
	if err := reclaim(ctx, a, s); err != nil {
		return err
	}
	a.Note(audit.EmailVerified, act.About{})
	return act.Conflict(a.VerifyEmail(ctx, s.user.TenantID, s.user.ID, a.Now))
}

// reclaim ends what opened an account until now, for whoever reads the mail of its address.
func reclaim(ctx context.Context, a *act.Act, s *stage) error {
	if s.user.PasswordHash != "" {
		if err := password.Replace(ctx, a, s.user, password.Chosen{}); err != nil {
			return err
		}
		a.Note(audit.PasswordWithdrawn, act.About{})
		s.user.PasswordHash = ""
	}
	if err := sso.UnlinkAll(ctx, a); err != nil {
		return err
	}
	_, err := a.RevokeSessions(ctx, act.Sessions{}, act.ReasonPasswordChanged)
	return err
}

// factorShown is the method that the session has shown as its second factor.
func (s *stage) factorShown() string {
	if s.Method == "" && s.Vouched {
		return sallyport.MethodProvider
	}
	return s.Method
}

// tie ties the session that begins to the identity that it began with, and returns the provider's name. A
// sign-in that went around a provider that policy requires is told to all admins.
func (s *stage) tie(ctx context.Context, a *act.Act) (provider string, err error) {
	if s.Bond == nil {
		return "", s.tellGoneAround(ctx, a)
	}
	if err := s.Bond.Tie(ctx, a, s.flow.ID); err != nil {
		return "", err
	}
	p, err := a.IdentityProvider(ctx, s.from.TenantID, s.Bond.Provider)
	return p.Name, err
}

// breaksGlass reports whether somebody may sign in past the provider that policy requires: an owner, by a
// passkey, for the day on which the provider is away.
func (s *stage) breaksGlass() bool {
	return s.PrimaryProven && s.user.Role == sallyport.RoleOwner && !s.memory.Password && s.Reopen == "" && s.Method == sallyport.MethodWebAuthn
}

func (s *stage) tellGoneAround(ctx context.Context, a *act.Act) error {
	if !s.policy.SSORequired {
		return nil
	}
	a.Note(audit.BreakGlass, act.About{})
	admins, err := a.Admins(ctx, s.from.TenantID)
	if err != nil {
		return err
	}
	for _, u := range admins {
		news := act.Alert{Kind: notify.GoneAround, User: u, Client: s.from.Client, Data: notify.Data{Person: s.user.Email}}
		if err := a.Tell(ctx, news); err != nil {
			return err
		}
	}
	return nil
}
