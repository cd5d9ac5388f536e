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

	reset := post("resetPassword", "/recovery/reset", "Choose a new password with a mailed link", withBody(http.StatusNotFound)...)
	reset.Description = "All sessions end, all devices become strangers, and the next sign-in asks for a second factor as ever. " +
		"Each rule the new password breaks is one of errors, and leaves the link usable."
	handle(e, reset, e.resetPassword)

	handle(e, post("verifyEmail", "/verify-email", "Prove with a mailed link to read mail there", withBody(http.StatusNotFound)...).
		says("It ends no session. The link works once."), e.onLink(e.Accounts.VerifyEmail))

	accept := post("acceptInvitation", "/accept-invitation", "Accept an invitation", withBody(http.StatusNotFound)...)
	accept.Description = "Gives the account a name and a password; then sign in. What is wrong is in errors, and leaves the link usable."
	handle(e, accept, e.acceptInvitation)

	handle(e, post("unlockByLink", "/unlock", "Lift the lock of an account with a mailed link", withBody(http.StatusNotFound)...).
		says("It lifts a lock of the password, not one of second factors. The link works once."), e.onLink(e.Accounts.UnlockByLink))

	trust := post("trustDeviceByLink", "/trust-device", "Verify with a mailed link the device that it was asked for on", withBody(http.StatusNotFound)...)
	trust.Description = "422 too_many_devices where one has to be removed first: the link stays usable."
	handle(e, trust, e.onLink(e.Devices.ConfirmByLink))

	mine := post("answerMineByLink", "/it-was-me", "It was me", withBody(http.StatusNotFound, http.StatusConflict)...)
	mine.Description = "From the mail about an unusual sign-in: as answerMine. 409 when it was answered otherwise."
	handle(e, mine, e.onLink(e.Accounts.Mine))

	undo := post("undoEmail", "/undo-email", "Take a change of the e-mail address back", withBody(http.StatusNotFound, http.StatusConflict)...)
	undo.Description = "With the link that the former address was mailed, for seven days, also when the account is closed. The account has that address again, all sessions end, what was done where it was " +
		"changed is taken back, and the account is closed: of two mailboxes that claim it, the former one opens it together with an older proof, or an admin does."
	handle(e, undo, e.undoEmail)

	notMe := post("notMe", "/not-me", "This wasn't me", withBody(http.StatusNotFound)...)
	notMe.Description = "From any security mail, for 30 days: the session concerned ends, or all of them when it cannot be told; its device becomes a stranger; " +
		"what was done there since the session began is taken back; the password stops working and a link for a new one is mailed. Where the last second factor " +
		"was taken back the account closes instead, and the mailed link opens it only together with an older proof."
	handle(e, notMe, e.notMe)

	closing := post("notMeAndLockDown", "/not-me/lockdown", "This wasn't me, and close the account", withBody(http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)...)
	closing.Description = "As notMe, and the account is closed as by lockDownMyAccount. The link alone does not do that: it takes the password. A wrong one leaves the link usable."
	handle(e, closing, e.notMeAndLockDown)
}

type recoveryInput struct {
	Body struct {
		Email string `json:"email" format:"email" maxLength:"254" doc:"At most 254 bytes."`
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

// LinkRequest has the token of a mailed link. It comes in the body, since proxies write
// paths to their logs. It is exported for the same reason as FlowInput.
type LinkRequest struct {
	Token string `json:"token" maxLength:"64" doc:"The last part of the link's address."`
}

type linkInput struct{ Body LinkRequest }

// onLink returns the handler of an act that needs only its link.
func (e *edge) onLink(act func(ctx context.Context, m link.Mailed) error) func(context.Context, *linkInput) (*struct{}, error) {
	return func(ctx context.Context, in *linkInput) (*struct{}, error) {
		return nil, e.withLink(ctx, in.Body, act)
	}
}

// withLink does what a mailed link is for.
func (e *edge) withLink(ctx context.Context, in LinkRequest, act func(context.Context, link.Mailed) error) error {
	x := exchangeOf(ctx)
	t, err := e.Read.Tenant(x.r)
	if err != nil {
		return err
	}
	return act(ctx, link.Mailed{TenantID: t.ID, Client: e.Read.Client(x.r), Secret: in.Token})
}

type resetInput struct {
	Body struct {
		LinkRequest
		NewPassword string `json:"newPassword" format:"password" maxLength:"256" doc:"Policy says how long it may be."`
	} `nameHint:"ResetPasswordRequest"`
}

func (e *edge) resetPassword(ctx context.Context, in *resetInput) (*struct{}, error) {
	return nil, e.withLink(ctx, in.Body.LinkRequest, func(ctx context.Context, m link.Mailed) error {
		return e.Accounts.ResetPassword(ctx, m, in.Body.NewPassword, in.Body.NewPassword)
	})
}

type acceptInput struct {
	Body struct {
		LinkRequest
		FirstName string `json:"firstName,omitempty" maxLength:"100"`
		LastName  string `json:"lastName,omitempty" maxLength:"100"`
		Password  string `json:"password" format:"password" maxLength:"256" doc:"Policy says how long it may be."`
	} `nameHint:"AcceptInvitationRequest"`
}

func (e *edge) acceptInvitation(ctx context.Context, in *acceptInput) (*struct{}, error) {
	return nil, e.withLink(ctx, in.Body.LinkRequest, func(ctx context.Context, m link.Mailed) error {
		return e.Accounts.AcceptInvitation(ctx, m, account.Acceptance{
			FirstName: in.Body.FirstName, LastName: in.Body.LastName, Password: in.Body.Password, Confirm: in.Body.Password,
		})
	})
}

type notMeOutput struct {
	Body struct {
		EndedSessions int  `json:"endedSessions" minimum:"0" doc:"How many sessions ended."`
		OneDevice     bool `json:"oneDevice" doc:"One device became a stranger; otherwise all did."`

		TakenBack []eventRecord `json:"takenBack" doc:"What was done there and is undone, in the order it had been done."`
		Closed    bool          `json:"closed" doc:"The account was closed, because its last second factor was taken back or on demand: see reopenAccount."`
	} `nameHint:"NotMeReport"`
}

func (e *edge) notMe(ctx context.Context, in *linkInput) (*notMeOutput, error) {
	return e.onNotMe(ctx, in.Body, e.Accounts.NotMe)
}

type notMeAndLockDownInput struct {
	Body struct {
		LinkRequest
		CurrentPassword string `json:"currentPassword" format:"password" maxLength:"1024"`
	} `nameHint:"NotMeAndLockDownRequest"`
}

func (e *edge) notMeAndLockDown(ctx context.Context, in *notMeAndLockDownInput) (*notMeOutput, error) {
	return e.onNotMe(ctx, in.Body.LinkRequest, func(ctx context.Context, m link.Mailed) (account.NotMeDone, error) {
		return e.Accounts.NotMeAndClose(ctx, m, in.Body.CurrentPassword)
	})
}

func (e *edge) onNotMe(ctx context.Context, in LinkRequest, do func(context.Context, link.Mailed) (account.NotMeDone, error)) (*notMeOutput, error) {
	var out notMeOutput
	err := e.withLink(ctx, in, func(ctx context.Context, m link.Mailed) error {
		done, err := do(ctx, m)
		out.Body.EndedSessions, out.Body.OneDevice, out.Body.TakenBack, out.Body.Closed = done.Sessions, done.Device, showEvents(done.TakenBack), done.Closed
		return err
	})
	return &out, err
}
