package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
)

// addLinks adds the operations on mailed links, for people who are not signed in. The
// answer to a link does not say whether it is unknown, used, replaced, expired or of
// another kind.
func (e *edge) addLinks() {
	ask := post("requestPasswordReset", "/recovery", "Ask for a link to choose a new password", withBody(http.StatusTooManyRequests)...)
	ask.Description = "The answer is the same whether or not anybody has the address. The link works once, for 30 minutes, and ends the former one."
	ask.DefaultStatus = http.StatusAccepted
	handle(e, ask, e.requestPasswordReset)

	reset := post("resetPassword", "/recovery/{token}", "Choose a new password with a mailed link", withBody(http.StatusNotFound)...)
	reset.Description = "All sessions end, all devices become strangers, and the next sign-in asks for a second factor as ever. " +
		"Each rule the new password breaks is one of errors, and leaves the link usable."
	handle(e, reset, e.resetPassword)

	handle(e, post("verifyEmail", "/verify-email/{token}", "Prove with a mailed link to read mail there", http.StatusNotFound), e.onLink(e.Accounts.VerifyEmail))

	accept := post("acceptInvitation", "/invitation/{token}", "Accept an invitation", withBody(http.StatusNotFound)...)
	accept.Description = "Gives the account a name and a password; then sign in. What is wrong is in errors, and leaves the link usable."
	handle(e, accept, e.acceptInvitation)

	handle(e, post("unlockByLink", "/unlock/{token}", "Lift the lock of an account with a mailed link", http.StatusNotFound), e.onLink(e.Accounts.UnlockByLink))

	trust := post("trustDeviceByLink", "/trust-device/{token}", "Verify with a mailed link the device that it was asked for on", http.StatusNotFound, http.StatusUnprocessableEntity)
	trust.Description = "422 too_many_devices where one has to be removed first: the link stays usable."
	handle(e, trust, e.onLink(e.Devices.ConfirmByLink))

	mine := post("answerMineByLink", "/it-was-me/{token}", "It was me", http.StatusNotFound, http.StatusConflict)
	mine.Description = "From the mail about an unusual sign-in: as answerMine. 409 when it was answered otherwise."
	handle(e, mine, e.onLink(e.Accounts.Mine))

	notMe := post("notMe", "/not-me/{token}", "This wasn't me", http.StatusNotFound)
	notMe.Description = "From any security mail, for 30 days: the session concerned ends, or all of them when it cannot be told; its device becomes a stranger; " +
		"what was done there since the session began is taken back; the password stops working and a link for a new one is mailed. Where the last second factor " +
		"was taken back the account closes instead, and the mailed link opens it only together with an older proof."
	handle(e, notMe, e.notMe)

	closing := post("notMeAndLockDown", "/not-me/{token}/lockdown", "This wasn't me, and close the account", withBody(http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)...)
	closing.Description = "As notMe, and the account is closed as by lockDownMyAccount. The link alone does not do that: it takes the password. A wrong one leaves the link usable."
	handle(e, closing, e.notMeAndLockDown)
}

type recoveryInput struct {
	Body struct {
		Email string `json:"email" doc:"At most 254 bytes."`
	} `nameHint:"RecoveryRequest"`
}

func (e *edge) requestPasswordReset(ctx context.Context, in *recoveryInput) (*struct{}, error) {
	x := exchangeOf(ctx)
	t, err := e.Read.Tenant(x.r)
	if err != nil {
		return nil, err
	}
	return nil, e.Accounts.RequestReset(ctx, t.ID, e.Read.Client(x.r), in.Body.Email)
}

// LinkInput is the path with the token of a mailed link. It is exported for the same
// reason as FlowInput.
type LinkInput struct {
	Token string `path:"token" doc:"The last part of the link's address."`
}

// onLink returns the handler of an act that needs only its link.
func (e *edge) onLink(act func(ctx context.Context, m link.Mailed) error) func(context.Context, *LinkInput) (*struct{}, error) {
	return func(ctx context.Context, in *LinkInput) (*struct{}, error) {
		x := exchangeOf(ctx)
		t, err := e.Read.Tenant(x.r)
		if err != nil {
			return nil, err
		}
		return nil, act(ctx, link.Mailed{TenantID: t.ID, Client: e.Read.Client(x.r), Secret: in.Token})
	}
}

type resetInput struct {
	LinkInput
	Body newPasswordRequest
}

func (e *edge) resetPassword(ctx context.Context, in *resetInput) (*struct{}, error) {
	return e.onLink(func(ctx context.Context, m link.Mailed) error {
		return e.Accounts.ResetPassword(ctx, m, in.Body.NewPassword, in.Body.NewPassword)
	})(ctx, &in.LinkInput)
}

type acceptInput struct {
	LinkInput
	Body struct {
		FirstName string `json:"firstName,omitempty"`
		LastName  string `json:"lastName,omitempty"`
		Password  string `json:"password" format:"password"`
	} `nameHint:"AcceptRequest"`
}

func (e *edge) acceptInvitation(ctx context.Context, in *acceptInput) (*struct{}, error) {
	return e.onLink(func(ctx context.Context, m link.Mailed) error {
		return e.Accounts.AcceptInvitation(ctx, m, account.Acceptance{
			FirstName: in.Body.FirstName, LastName: in.Body.LastName, Password: in.Body.Password, Confirm: in.Body.Password,
		})
	})(ctx, &in.LinkInput)
}

type notMeOutput struct {
	Body struct {
		Sessions int  `json:"sessions" minimum:"0" doc:"How many ended."`
		Device   bool `json:"device" doc:"One device became a stranger; otherwise all did."`

		TakenBack []eventRecord `json:"takenBack" doc:"What was done there and is undone, in the order it had been done."`
		Closed    bool          `json:"closed" doc:"The account was closed, because its last second factor was taken back or on demand: see reopenAccount."`
	} `nameHint:"NotMeDone"`
}

func (e *edge) notMe(ctx context.Context, in *LinkInput) (*notMeOutput, error) {
	return e.onNotMe(ctx, in, e.Accounts.NotMe)
}

type notMeAndLockDownInput struct {
	LinkInput
	Body struct {
		CurrentPassword string `json:"currentPassword" format:"password"`
	} `nameHint:"NotMeAndLockDownRequest"`
}

func (e *edge) notMeAndLockDown(ctx context.Context, in *notMeAndLockDownInput) (*notMeOutput, error) {
	return e.onNotMe(ctx, &in.LinkInput, func(ctx context.Context, m link.Mailed) (account.NotMeDone, error) {
		return e.Accounts.NotMeAndClose(ctx, m, in.Body.CurrentPassword)
	})
}

func (e *edge) onNotMe(ctx context.Context, in *LinkInput, do func(context.Context, link.Mailed) (account.NotMeDone, error)) (*notMeOutput, error) {
	var out notMeOutput
	_, err := e.onLink(func(ctx context.Context, m link.Mailed) error {
		done, err := do(ctx, m)
		out.Body.Sessions, out.Body.Device, out.Body.TakenBack, out.Body.Closed = done.Sessions, done.Device, showEvents(done.TakenBack), done.Closed
		return err
	})(ctx, in)
	return &out, err
}
