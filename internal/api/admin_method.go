package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/session"
)

func (e *edge) addAdminMethods() {
	suspend := post("suspendUserFactor", "/users/{id}/factors/{mfaId}/suspend", "Let a second factor of a user count no more for now",
		http.StatusNotFound, http.StatusConflict)
	suspend.Description = "It proves nothing until it is resumed, in sign-ins under way too, and the password alone does not do instead. 409 when it is removed."
	handle(e, suspend.needs(mfa.NeedManage), e.onFactor(e.Factors.SuspendOf))

	resume := post("resumeUserFactor", "/users/{id}/factors/{mfaId}/resume", "Let a suspended second factor of a user count again",
		http.StatusNotFound, http.StatusConflict)
	resume.Description = "Wrong answers in a row with its method are counted anew. 409 when it is removed, and for a passkey that there is a copy of. One that is not suspended is no error."
	handle(e, resume.needs(mfa.NeedManage), e.onFactor(e.Factors.ResumeOf))

	revoke := post("revokeUserFactor", "/users/{id}/factors/{mfaId}/revoke", "Remove a second factor of a user", http.StatusNotFound)
	revoke.Description = "Also the last one where one is demanded: the next sign-in asks to set one up. Backup codes and the trust of devices go with the last one. " +
		"One that is removed already is no error."
	handle(e, revoke.needs(mfa.NeedManage), e.onFactor(func(ctx context.Context, actor sallyport.Actor, userID, id string) error {
		_, err := e.Factors.RevokeOf(ctx, actor, userID, id)
		return err
	}))

	exempt := post("exemptUser", "/users/{id}/exempt-mfa", "Exempt a user from the second factor that policy demands", withBody(http.StatusNotFound)...)
	exempt.Description = "For a reason and until a time, a year ahead at most; without until it is taken back. Who has a second factor is asked for it all the same. " +
		"It ends what require-mfa demanded of them, and require-mfa ends it."
	handle(e, exempt.needs(mfa.NeedManage), e.exemptUser)

	ask := post("mailSetUp", "/users/{id}/mail-set-up", "Mail a user that they should set up a second factor", http.StatusNotFound, http.StatusConflict)
	ask.Description = "The mail leads to a page that asks them to sign in. 409 when they have an authenticator app or a passkey, or cannot sign in. Repeated within an hour it mails nothing."
	handle(e, ask.needs(mfa.NeedManage), e.onID(e.Factors.MailSetUp))

	demand := post("demandPassword", "/users/{id}/demand-password", "Demand a new password of a user", http.StatusNotFound, http.StatusConflict)
	demand.Description = "Their next sign-in asks for it. 409 when they have no password. One that is demanded already is no error."
	handle(e, demand.needs(account.NeedManage), e.onID(e.Accounts.DemandPassword))

	reset := post("resetUserPassword", "/users/{id}/reset-password", "Mail a user a link for a new password", http.StatusNotFound, http.StatusConflict)
	reset.Description = "Only they choose it; until then the present one is right. 409 for who has not joined yet, is disabled or closed. Within the limits of invitations."
	handle(e, reset.needs(account.NeedManage), e.onID(e.Accounts.MailReset))

	terminate := post("terminateUserSessions", "/users/{id}/terminate-sessions", "End all sessions of a user", http.StatusNotFound)
	terminate.Description = "Sign-ins under way end too. The user gets one mail, if there was a session."
	handle(e, terminate.needs(session.NeedTerminate), e.terminateUserSessions)
}

type userFactorInput struct {
	ID    string `path:"id"`
	MFAID string `path:"mfaId"`
}

// onFactor returns the handler of an act on one second factor of a user.
func (e *edge) onFactor(act func(ctx context.Context, actor sallyport.Actor, userID, id string) error) func(context.Context, *userFactorInput) (*struct{}, error) {
	return func(ctx context.Context, in *userFactorInput) (*struct{}, error) {
		user, err := idInput{in.ID}.id()
		if err != nil {
			return nil, err
		}
		id, err := idInput{in.MFAID}.id()
		if err != nil {
			return nil, err
		}
		return nil, act(ctx, e.actor(ctx), user, id)
	}
}

type exemptInput struct {
	ID   string `path:"id"`
	Body struct {
		Until  time.Time `json:"until,omitzero" doc:"Absent to take an exemption back."`
		Reason string    `json:"reason,omitempty" maxLength:"100" doc:"Needed with until. Administrators see it."`
	} `nameHint:"ExemptRequest"`
}

func (e *edge) exemptUser(ctx context.Context, in *exemptInput) (*struct{}, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	return nil, e.Factors.Exempt(ctx, e.actor(ctx), id, in.Body.Until, in.Body.Reason)
}

func (e *edge) terminateUserSessions(ctx context.Context, in *idInput) (*endedOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	n, err := e.Sessions.TerminateAllOf(ctx, e.actor(ctx), id)
	return &endedOutput{ended{n}}, err
}
