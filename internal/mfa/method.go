package mfa

import (
	"context"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
)

// method is what one kind of second factor does. What it does not do it takes from
// plain. An answer is compared by verify and check, which write nothing; use is the
// guarded statement that uses it up.
type method interface {
	// begin fills in what the person needs (Begun) and the row, and returns what is
	// to be sealed with it. Whether policy allows the method is known.
	begin(ctx context.Context, e *Enrolment, n NewFactor) (sealed any, err error)
	// show fills in Begun once more, from the row.
	show(ctx context.Context, e *Enrolment) error
	// verify compares the first answer, completes the row, and returns what stays
	// sealed with it.
	verify(ctx context.Context, v *Verified, a Answer) (kept any, err error)
	// ask makes the challenge of a flow.
	ask(ctx context.Context, q question) (Asking, error)
	// check compares an answer with the usable factors of the method.
	check(ctx context.Context, s *Service, who Subject, at Flow, a Answer) (Proof, error)
	// use uses a proof up. ErrNotFound when it was used since it was compared.
	use(ctx context.Context, a *act.Act, p Proof) error
	// hint says where a code goes, masked, or is "".
	hint(f sallyport.Factor) string
	// available reports whether one can be set up on this server.
	available(s *Service) bool
}

// methods is who does what a row of [sallyport.Methods] stands for.
var methods = map[string]method{
	sallyport.MethodTOTP:        totp{},
	sallyport.MethodWebAuthn:    passkey{},
	sallyport.MethodSMS:         sent{phone{}},
	sallyport.MethodEmail:       sent{mailbox{}},
	sallyport.MethodBackupCodes: backupCode{},
}

// methodOf returns what a method does: nothing, for one that this version does not
// know.
func methodOf(name string) method {
	if m, ok := methods[name]; ok {
		return m
	}
	return plain{}
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
