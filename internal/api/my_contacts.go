package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/internal/contact"
	"github.com/sallyport/sallyport/internal/link"
)

// addMyContacts adds how people are reached.
func (e *edge) addMyContacts() {
	email := post("changeMyEmail", "/me/email", "Have a code sent to the e-mail address that you want to have", withBody(http.StatusTooManyRequests)...)
	email.Description = "confirmMyEmail changes it, in the same session. The present address is told. The answer is the same when somebody has the address: then no code comes, and they are told."
	email.DefaultStatus = http.StatusAccepted
	handle(e, email.needs(contact.NeedEmail), e.changeMyEmail)

	confirm := post("confirmMyEmail", "/me/email/verify", "Change your e-mail address with the code that went there", withBody(http.StatusTooManyRequests)...)
	confirm.Description = "The former address is told, stays reserved for you for seven days, and can take the change back: see undoEmail. Codes by e-mail go to the new one."
	handle(e, confirm.needs(contact.NeedEmail), e.confirmMyEmail)

	phone := post("changeMyPhone", "/me/phone", "Have a code sent to the phone number that you want to have", withBody(http.StatusTooManyRequests)...)
	phone.Description = "confirmMyPhone changes it, in the same session. The number is no second factor: see addFactor."
	phone.DefaultStatus = http.StatusAccepted
	handle(e, phone.needs(contact.NeedPhone), e.changeMyPhone)
	handle(e, post("confirmMyPhone", "/me/phone/verify", "Change your phone number with the code that went there", withBody(http.StatusTooManyRequests)...).needs(contact.NeedPhone), e.confirmMyPhone)
	remove := post("removeMyPhone", "/me/phone/remove", "Take your phone number off your account")
	remove.Description = "A second factor with the same number stays. Without a number it is no error."
	handle(e, remove.needs(contact.NeedPhone), e.removeMyPhone)
}

// contactSent is a code that is on its way.
type contactSent struct {
	SentTo    string    `json:"sentTo" doc:"The address or number, as it is kept."`
	CodeUntil time.Time `json:"codeUntil" doc:"When the code stops working."`
}

type contactSentOutput struct{ Body contactSent }

func showSent(s contact.Sent, err error) (*contactSentOutput, error) {
	return &contactSentOutput{contactSent{s.Address, s.Until.UTC()}}, err
}

type changeMyEmailInput struct {
	Body struct {
		Email string `json:"email" format:"email" maxLength:"254" doc:"At most 254 bytes."`
	} `nameHint:"ChangeMyEmailRequest"`
}

func (e *edge) changeMyEmail(ctx context.Context, in *changeMyEmailInput) (*contactSentOutput, error) {
	return showSent(e.Contacts.AskEmail(ctx, e.actor(ctx), in.Body.Email))
}

type contactCodeInput struct {
	Body struct {
		Code string `json:"code" maxLength:"64"`
	} `nameHint:"ContactCodeRequest"`
}

func (e *edge) confirmMyEmail(ctx context.Context, in *contactCodeInput) (*struct{}, error) {
	return nil, e.Contacts.ConfirmEmail(ctx, e.actor(ctx), in.Body.Code)
}

type changeMyPhoneInput struct {
	Body struct {
		PhoneNumber string `json:"phoneNumber" maxLength:"128" doc:"In international form, or with country."`
		Country     string `json:"country,omitempty" maxLength:"2" doc:"ISO 3166-1 alpha-2."`
	} `nameHint:"ChangeMyPhoneRequest"`
}

func (e *edge) changeMyPhone(ctx context.Context, in *changeMyPhoneInput) (*contactSentOutput, error) {
	return showSent(e.Contacts.AskPhone(ctx, e.actor(ctx), in.Body.PhoneNumber, in.Body.Country))
}

func (e *edge) confirmMyPhone(ctx context.Context, in *contactCodeInput) (*struct{}, error) {
	return nil, e.Contacts.ConfirmPhone(ctx, e.actor(ctx), in.Body.Code)
}

func (e *edge) removeMyPhone(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, e.Contacts.RemovePhone(ctx, e.actor(ctx))
}

type undoEmailOutput struct {
	Body struct {
		Email         string        `json:"email" format:"email" doc:"That the account has again."`
		EndedSessions int           `json:"endedSessions" minimum:"0" doc:"How many sessions ended."`
		TakenBack     []eventRecord `json:"takenBack" doc:"What was done there and is undone, in the order it had been done."`
	} `nameHint:"UndoEmailReport"`
}

func (e *edge) undoEmail(ctx context.Context, in *linkInput) (*undoEmailOutput, error) {
	var out undoEmailOutput
	err := e.withLink(ctx, in.Body, func(ctx context.Context, m link.Mailed) error {
		done, err := e.Accounts.UndoEmail(ctx, m)
		out.Body.Email, out.Body.EndedSessions, out.Body.TakenBack = done.Email, done.Sessions, showEvents(done.TakenBack)
		return err
	})
	return &out, err
}
