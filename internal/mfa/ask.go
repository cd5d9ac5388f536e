package mfa

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// CodeLifetime is how long a code that was sent works (NIST SP 800-63B-4 section
// 3.1.3.2: at most ten minutes).
const CodeLifetime = 10 * time.Minute

// Challenge is what a flow remembers of what it asked for. An answer is worth
// something in the flow that asked, and nowhere else.
type Challenge struct {
	FactorID string    `json:"factorId,omitempty"` // a code was sent to
	Code     []byte    `json:"code,omitempty"`     // sealed for the flow
	Until    time.Time `json:"until,omitzero"`     // when the code stops working
	Ceremony []byte    `json:"ceremony,omitempty"` // of a passkey
}

// Asked is what a person, or their browser, needs to know to answer.
type Asked struct {
	Method  string
	Options json.RawMessage // of a passkey: PublicKeyCredentialRequestOptions
	SentTo  string          // of a code, masked
	Until   time.Time       // when the code stops working
}

// Asking is a challenge to be stored, with what has to be sent for it.
type Asking struct {
	Challenge Challenge
	Asked     Asked
	send      func(ctx context.Context, tx *store.Tx, actor sallyport.Actor) ([]sallyport.Event, error)
}

// Send puts what the challenge needs sent into the transaction that stores it.
// CodeRateLimited when too many codes were sent.
func (a Asking) Send(ctx context.Context, tx *store.Tx, actor sallyport.Actor) ([]sallyport.Event, error) {
	if a.send == nil {
		return nil, nil
	}
	return a.send(ctx, tx, actor)
}

func codePlace(tenantID, flowID string) seal.Place {
	return seal.Place{Column: "flows.code", TenantID: tenantID, ID: flowID}
}

// Ask makes the challenge for one choice of st in a flow: a fresh code, or the
// options of a passkey. Methods that need no asking are CodeInvalid.
func (s *Service) Ask(ctx context.Context, p sallyport.Policy, u sallyport.User, st Standing, flowID string, choice Choice) (Asking, error) {
	i := slices.IndexFunc(st.Usable, func(f store.Factor) bool {
		return f.Method == choice.Method && (choice.FactorID == "" || choice.FactorID == f.ID || f.Method == sallyport.MethodWebAuthn)
	})
	if i < 0 {
		return Asking{}, sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "method_unavailable"})
	}
	f := st.Usable[i]
	switch f.Method {
	case sallyport.MethodWebAuthn:
		t, err := s.DB.Tenant(ctx, u.TenantID)
		if err != nil {
			return Asking{}, err
		}
		rp, err := s.relyingParty(t)
		if err != nil {
			return Asking{}, err
		}
		options, ceremony, err := rp.BeginAssertion(passkeyUser(u, st.usable(f.Method)), choice.Verified)
		return Asking{Challenge: Challenge{Ceremony: ceremony}, Asked: Asked{Method: f.Method, Options: options}}, err
	case sallyport.MethodSMS, sallyport.MethodEmail:
		code, now := factor.NewOneTimeCode(), s.Now()
		sealed, err := s.Keys.Seal(codePlace(u.TenantID, flowID), []byte(code))
		if err != nil {
			return Asking{}, err
		}
		until := now.Add(CodeLifetime)
		return Asking{
			Challenge: Challenge{FactorID: f.ID, Code: sealed, Until: until},
			Asked:     Asked{Method: f.Method, SentTo: hint(f.Factor), Until: until},
			send: func(ctx context.Context, tx *store.Tx, actor sallyport.Actor) ([]sallyport.Event, error) {
				return s.sendCode(ctx, tx, actor, p, u, f.Factor, notify.SignInCode, code, until)
			},
		}, nil
	}
	return Asking{}, sallyport.Invalid(sallyport.FieldError{Field: "method", Code: "method_not_sent"})
}

// AskAnyone makes the challenge for a passkey of whoever answers.
func (s *Service) AskAnyone(t sallyport.Tenant) (Asking, error) {
	rp, err := s.relyingParty(t)
	if err != nil {
		return Asking{}, err
	}
	options, ceremony, err := rp.BeginDiscoverable()
	return Asking{Challenge: Challenge{Ceremony: ceremony}, Asked: Asked{Method: sallyport.MethodWebAuthn, Options: options}}, err
}

// sendCode puts a code for a factor into the outbox, within the limits.
func (s *Service) sendCode(
	ctx context.Context, tx *store.Tx, actor sallyport.Actor, p sallyport.Policy, u sallyport.User, f sallyport.Factor, kind notify.Kind, code string, until time.Time,
) ([]sallyport.Event, error) {
	now := s.Now()
	keys := []throttle.Key{throttle.ForSending(u.ID)}
	if f.Method == sallyport.MethodSMS {
		keys = append(keys, throttle.ForTexting(f.PhoneNumber))
	}
	d, err := throttle.SpendIn(ctx, tx, p, u.TenantID, now, keys...)
	if err != nil {
		return nil, err
	}
	if !d.Allowed {
		return nil, &sallyport.Error{Code: sallyport.CodeRateLimited, RetryAfter: d.Until.Sub(now)}
	}
	if f.Method == sallyport.MethodSMS {
		err = s.text(ctx, tx, u, f, kind, code, until)
	} else {
		u.Email = f.Email
		err = s.Alerts.Send(ctx, tx, alert.Alert{
			Kind: kind, User: u, Client: actor.Client, Policy: p, At: now, Data: notify.Data{Code: code, CodeUntil: until},
		})
	}
	e := audit.New(actor, audit.CodeSent, now)
	e.UserID, e.TargetID, e.Data = u.ID, f.ID, map[string]string{"method": f.Method}
	return []sallyport.Event{e}, err
}

func (s *Service) text(ctx context.Context, tx *store.Tx, u sallyport.User, f sallyport.Factor, kind notify.Kind, code string, until time.Time) error {
	t, err := tx.Tenant(ctx, u.TenantID)
	if err != nil {
		return err
	}
	rp, err := s.relyingParty(t)
	if err != nil {
		return err
	}
	return s.Outbox.EnqueueText(ctx, tx, notify.Text{
		TenantID: u.TenantID, UserID: u.ID, To: f.PhoneNumber, Kind: kind,
		Data: notify.TextData{Organisation: t.Name, Host: rp.ID, Code: code, CodeUntil: until},
	})
}
