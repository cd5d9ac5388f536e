package contact

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/throttle"
)

// AskPhone sends a code to the number that the actor wants to have on their account: in
// international form, or with country, ISO 3166-1 alpha-2. CodeInvalid with a rule of phone numbers,
// "unchanged", or phone_unavailable where no text messages are sent; CodeRateLimited after too many;
// CodeStepUp.
func (s *Service) AskPhone(ctx context.Context, actor sallyport.Actor, number, country string) (out Sent, err error) {
	if err := s.acts.May(ctx, actor, act.User(actor.UserID), NeedPhone); err != nil {
		return out, err
	}
	number, err = factor.ParsePhone("phoneNumber", number, country)
	if err != nil {
		return out, err
	}
	err = s.acts.Run(ctx, actor, act.User(actor.UserID), NeedPhone, func(a *act.Act) error {
		if number == a.User.Phone {
			return sallyport.Invalid(sallyport.FieldError{Field: "phoneNumber", Code: "unchanged"})
		}
		if !a.TextsAvailable() {
			return sallyport.Invalid(sallyport.FieldError{Field: "phoneNumber", Code: "phone_unavailable"})
		}
		// As for a second factor that is set up.
		if err := spend(ctx, a, func(p throttle.Party) []throttle.Key { return throttle.ForTexting(p, number, false) }); err != nil {
			return err
		}
		code, until, err := s.newCode(ctx, a, KindPhone, number)
		if err != nil {
			return err
		}
		out = Sent{number, until}
		a.Note(audit.PhoneChangeRequested, act.About{}, "to", number)
		return a.Text(ctx, act.TextedCode{To: number, Kind: notify.FactorCode, Code: code, Until: until})
	})
	return out, err
}

// ConfirmPhone gives the actor the number that a code was sent to. Errors are those of
// ConfirmEmail.
func (s *Service) ConfirmPhone(ctx context.Context, actor sallyport.Actor, code string) error {
	return s.confirm(ctx, actor, confirmation{KindPhone, code, NeedPhone}, func(a *act.Act, c store.ContactCode) error {
		return setPhone(ctx, a, c.Address)
	})
}

// RemovePhone takes the number off the actor's account. A second factor with the same number stays.
// Where there is none it is no error. CodeStepUp.
func (s *Service) RemovePhone(ctx context.Context, actor sallyport.Actor) error {
	return s.acts.Run(ctx, actor, act.User(actor.UserID), NeedPhone, func(a *act.Act) error {
		if a.User.Phone == "" {
			return nil
		}
		return setPhone(ctx, a, "")
	})
}

// setPhone changes the number of the act's user and tells them.
func setPhone(ctx context.Context, a *act.Act, number string) error {
	if err := PutPhone(ctx, a, number); err != nil {
		return err
	}
	about, err := a.About(ctx)
	if err != nil {
		return err
	}
	return a.Tell(ctx, act.Alert{Kind: notify.PhoneChanged, Client: a.Actor.Client, About: about})
}

// PutPhone changes the number of the act's user, proven now; "" for none.
func PutPhone(ctx context.Context, a *act.Act, number string) error {
	at := time.Time{}
	if number != "" {
		at = a.Now
	}
	a.Note(audit.PhoneChanged, act.About{}, append(act.Given("from", a.User.Phone), act.Given("to", number)...)...)
	return a.SetPhone(ctx, a.User.TenantID, a.User.ID, number, at)
}
