package signin_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/signin"
)

const (
	totp, backup      = sallyport.MethodTOTP, sallyport.MethodBackupCodes
	webAuthn          = sallyport.MethodWebAuthn
	texted, mailed    = sallyport.MethodSMS, sallyport.MethodEmail
	number            = "+4915112345678"
	mfaFailed         = sallyport.CodeMFAFailed
	flowOver          = sallyport.CodeFlowExpired
	locked            = sallyport.CodeAccountLocked
	strangersNetworks = "203.0.113."
)

// person is a member who has every kind of second factor.
type person struct {
	user  sallyport.User
	home  signin.From   // a known device, with a session
	in    signin.Result // the sign-in that began the session
	app   *apptest.Authenticator
	key   *apptest.Passkey
	phone sallyport.Factor
	mail  sallyport.Factor
	codes []string // unused backup codes
}

// equipped adds a member with these methods, set up in one session.
func equipped(t *testing.T, a *apptest.App, email string, methods ...string) *person {
	t.Helper()
	p := &person{user: a.AddUser(t, email, sallyport.RoleMember)}
	visitor := a.From(t, apptest.Client("198.51.100.7", apptest.FirefoxOnLinux))
	p.in = a.SignInAs(t, visitor, email)
	p.home = apptest.After(visitor, p.in)
	me := apptest.Actor(p.in)
	// The first one comes with backup codes; each further one needs a proof first.
	for _, m := range []string{webAuthn, texted, mailed, totp} {
		if !slices.Contains(methods, m) {
			continue
		}
		if err := a.Accounts.MayAct(t.Context(), me, policy.AddFactor); err != nil {
			p.raise(t, a, needed(t, err))
		}
		switch m {
		case webAuthn:
			p.key = a.AddPasskey(t, me)
			p.codes = p.key.BackupCodes
		case texted:
			p.phone = a.AddPhone(t, me, number)
		case mailed:
			a.VerifyAddress(t, me)
			p.mail = a.AddEmail(t, me)
		case totp:
			p.app = a.AddTOTP(t, me)
			p.codes = append(p.codes, p.app.BackupCodes...)
		}
	}
	return p
}

// needed returns what a refusal requires to be proven first.
func needed(t *testing.T, err error) sallyport.StepUp {
	t.Helper()
	var e *sallyport.Error
	if !errors.As(err, &e) || e.Code != sallyport.CodeStepUp {
		t.Fatalf("%v, want %s", err, sallyport.CodeStepUp)
	}
	return *e.StepUp
}

// raise proves what is required in the person's session, with any of their factors.
func (p *person) raise(t *testing.T, a *apptest.App, ask sallyport.StepUp) {
	t.Helper()
	r, err := a.SignIn.OpenStepUp(t.Context(), p.home, apptest.Actor(p.in), ask)
	for err == nil && r.State != signin.Done {
		step := withPassword(apptest.Password)
		if r.State == signin.Factor {
			r, step = p.answer(t, a, p.home, r, r.Choices[0].Method)
		}
		r, err = a.SignIn.Advance(t.Context(), p.home, r.FlowToken, step)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.home.Session = r.SessionToken
}

// answer asks for a challenge where the method has one, and returns the flow with the step
// that passes.
func (p *person) answer(t *testing.T, a *apptest.App, from signin.From, r signin.Result, method string) (signin.Result, signin.Step) {
	t.Helper()
	out := mfa.Answer{Method: method}
	if method == webAuthn || method == texted || method == mailed {
		r = ask(t, a, from, r, method)
	}
	switch method {
	case totp:
		out.Code = p.app.Code(t)
	case backup:
		out.Code, p.codes = p.codes[0], p.codes[1:]
	case webAuthn:
		out.Passkey = p.key.Answer(t, r.Asked.Options)
	case texted:
		out.Code = a.LastCode(t, number)
	case mailed:
		out.Code = a.LastCode(t, p.user.Email)
	}
	return r, signin.Step{State: r.State, Answer: out, Passkey: passkeyOf(r.State, out)}
}

func passkeyOf(s signin.State, a mfa.Answer) []byte {
	if s == signin.Password {
		return a.Passkey
	}
	return nil
}

// ask asks for a challenge, which must work.
func ask(t *testing.T, a *apptest.App, from signin.From, r signin.Result, method string) signin.Result {
	t.Helper()
	state := r.State
	r, err := a.SignIn.Ask(t.Context(), from, r.FlowToken, r.FlowID, mfa.Choice{Method: method})
	if err != nil || r.State != state || r.Asked == nil || r.FlowToken == "" {
		t.Fatalf("asking for %s: %+v %v", method, r, err)
	}
	return r
}

// atFactor opens a sign-in and gives the password, after which a second factor must be
// required.
func atFactor(t *testing.T, a *apptest.App, from signin.From, email string) signin.Result {
	t.Helper()
	r, err := a.Try(t.Context(), from, email, apptest.Password)
	if err != nil || r.State != signin.Factor || r.SessionToken != "" || len(r.Choices) == 0 {
		t.Fatalf("after the password: %+v %v", r, err)
	}
	return r
}

func withCode(method, code string) signin.Step {
	return signin.Step{State: signin.Factor, Answer: mfa.Answer{Method: method, Code: code}}
}

func withKey(answer []byte) signin.Step {
	return signin.Step{State: signin.Factor, Answer: mfa.Answer{Method: webAuthn, Passkey: answer}}
}

func visitor(t *testing.T, a *apptest.App) signin.From {
	t.Helper()
	return a.From(t, apptest.Client(strangersNetworks+"99", apptest.ChromeOnMac))
}

// why returns the code of a refusal with the rules in its fields.
func why(err error) string {
	out := string(sallyport.CodeOf(err))
	var e *sallyport.Error
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			out += " " + f.Code
		}
	}
	return out
}

// goesOn takes a step that must succeed and lead to this state.
func goesOn(t *testing.T, a *apptest.App, from signin.From, r signin.Result, step signin.Step, want signin.State) signin.Result {
	t.Helper()
	r, err := a.SignIn.Advance(t.Context(), from, r.FlowToken, step)
	if err != nil || r.State != want || (r.SessionToken != "") != (want == signin.Done) {
		t.Fatalf("%s: %s %v, want %s", step.State, r.State, err, want)
	}
	return r
}

// refusedFor takes a step that must be refused for this reason.
func refusedFor(t *testing.T, a *apptest.App, what string, from signin.From, r signin.Result, step signin.Step, want string) {
	t.Helper()
	_, err := a.SignIn.Advance(t.Context(), from, r.FlowToken, step)
	if got := why(err); got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// signedWith answers options as a page of another origin, or another relying party, gets it
// signed.
func signedWith(t *testing.T, key *apptest.Passkey, options json.RawMessage, id, origin string) []byte {
	t.Helper()
	party := key.Party
	key.Party = apptest.RelyingParty(id, origin)
	defer func() { key.Party = party }()
	return key.Answer(t, options)
}

func lockMail(m *notify.Message) bool {
	return m.Kind == notify.AccountLocked || m.Kind == notify.FactorLocked
}
