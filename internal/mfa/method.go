package mfa

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
)

// method is what one kind of second factor does; plain is embedded for the rest. verify
// and check compare an answer and write nothing; use is the guarded statement that uses
// the answer up.
type method interface {
	// begin fills in Begun and the row, and returns what is sealed with the row. The
	// caller has checked that policy allows the method.
	begin(ctx context.Context, e *Enrolment, n NewFactor) (sealed any, err error)
	// show fills in Begun again, from the row.
	show(ctx context.Context, e *Enrolment) error
	// verify compares the first answer, completes the row, and returns what stays
	// sealed with it.
	verify(ctx context.Context, v *Verified, a Answer) (kept any, err error)
	// ask makes the challenge of a flow.
	ask(ctx context.Context, q question) (Asking, error)
	// check compares an answer with the usable factors of the method.
	check(ctx context.Context, s *Service, who Subject, at Flow, a Answer) (Proof, error)
	// use uses a proof up. ErrNotFound when another try has used it.
	use(ctx context.Context, a *act.Act, p Proof) error
	// hint says where a code is sent, masked; "" for methods without sent codes.
	hint(f sallyport.Factor) string
	// available reports whether the method can be set up on this server.
	available(s *Service) bool
}

// methods maps each row of [sallyport.Methods] to its implementation.
var methods = map[string]method{
	sallyport.MethodTOTP:        totp{},
	sallyport.MethodWebAuthn:    passkey{},
	sallyport.MethodSMS:         sent{phone{}},
	sallyport.MethodEmail:       sent{mailbox{}},
	sallyport.MethodPush:        approval{sent{browser{}}},
	sallyport.MethodBackupCodes: backupCode{},
}

// methodOf returns the implementation of a method; plain for one that this version
// does not know.
func methodOf(name string) method {
	if m, ok := methods[name]; ok {
		return m
	}
	return plain{}
}

// known reports whether this version knows how to prove a method.
func known(name string) bool {
	_, ok := methods[name]
	return ok
}

// plain is a method that cannot be set up, asked for or proven.
type plain struct{}

func (plain) begin(context.Context, *Enrolment, NewFactor) (any, error) {
	return nil, refuse("method", "method_unavailable")
}

func (plain) show(context.Context, *Enrolment) error { return nil }

func (plain) verify(context.Context, *Verified, Answer) (any, error) {
	return nil, refuse("method", "method_unavailable")
}

func (plain) ask(context.Context, question) (Asking, error) {
	return Asking{}, refuse("method", "method_not_sent")
}

func (plain) check(context.Context, *Service, Subject, Flow, Answer) (Proof, error) {
	return Proof{}, refuse("method", "method_unavailable")
}

func (plain) use(ctx context.Context, a *act.Act, p Proof) error {
	return a.UseFactor(ctx, p.factor.TenantID, p.factor.ID, p.step, a.Now)
}

func (plain) hint(sallyport.Factor) string { return "" }

func (plain) available(*Service) bool { return true }
