package mfa

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/store"
)

// totp is an authenticator app (RFC 6238). Each time step is accepted once.
type totp struct{ plain }

// totpSecret is sealed with an app.
type totpSecret struct {
	Seed []byte `json:"seed,omitempty"`
}

func (totp) begin(ctx context.Context, e *Enrolment, _ NewFactor) (any, error) {
	seed := factor.NewTOTPSecret()
	return totpSecret{seed}, e.showSeed(ctx, seed)
}

func (totp) show(ctx context.Context, e *Enrolment) error {
	var v totpSecret
	if err := e.s.open(e.row, &v); err != nil {
		return err
	}
	return e.showSeed(ctx, v.Seed)
}

func (e *Enrolment) showSeed(ctx context.Context, seed []byte) error {
	t, err := e.s.Acts.Tenant(ctx, e.who.User.TenantID)
	if err != nil {
		return err
	}
	e.Secret, e.Groups = factor.TOTPText(seed), factor.TOTPGroups(seed)
	e.URI = factor.TOTPURI(seed, t.Name, e.who.User.Email)
	if e.QRPNG, err = factor.QRPNG(e.URI); err != nil {
		return err
	}
	e.QRSVG, err = factor.QRSVG(e.URI)
	return err
}

func (totp) verify(_ context.Context, v *Verified, a Answer) (any, error) {
	verdict, kept, err := v.s.compareTOTP(v.row, a.Code)
	if err != nil {
		return nil, err
	}
	v.row.LastStep = verdict.Step
	return kept, totpRefusal(verdict)
}

func (totp) check(_ context.Context, s *Service, who Subject, _ Flow, a Answer) (Proof, error) {
	refusal := totpRefusal(factor.TOTPVerdict{})
	for _, f := range who.Standing.of(a.Method) {
		verdict, _, err := s.compareTOTP(f, a.Code)
		switch {
		case err != nil:
			return Proof{}, err
		case verdict.OK:
			return Proof{factor: f, step: verdict.Step}, nil
		case verdict.Replayed || verdict.Drift != 0: // more useful than "another app has this seed"
			refusal = totpRefusal(verdict)
		}
	}
	return Proof{}, refusal
}

func (s *Service) compareTOTP(f store.Factor, code string) (factor.TOTPVerdict, totpSecret, error) {
	var v totpSecret
	if err := s.open(f, &v); err != nil {
		return factor.TOTPVerdict{}, v, err
	}
	return factor.VerifyTOTP(v.Seed, code, f.LastStep, s.Acts.Now()), v, nil
}

// totpRefusal says why a code was refused, as far as it is known.
func totpRefusal(v factor.TOTPVerdict) error {
	switch {
	case v.OK:
		return nil
	case v.Replayed:
		return wrong("used_code", nil)
	case v.Drift != 0:
		return wrong("clock_drift", drift(v.Drift))
	}
	return wrong("wrong_code", nil)
}

// drift returns how far a phone's clock is off, in seconds, and the direction.
func drift(d time.Duration) map[string]string {
	direction := "fast"
	if d < 0 {
		direction = "slow"
	}
	return map[string]string{"seconds": strconv.Itoa(int(math.Abs(d.Seconds()))), "direction": direction}
}
