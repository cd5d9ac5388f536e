package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
)

func (e *edge) addAdminFactors() {
	factors := get("listFactors", "/factors", "The second factors of the organisation")
	factors.Description = "Those that were begun and not finished are left out."
	handleList(e, factors.needs(mfa.NeedView), list.Factors, e.listFactors)

	of := get("listUserFactors", "/users/{id}/factors", "The second factors of a user", http.StatusNotFound)
	handle(e, of.needs(mfa.NeedView), e.listUserFactors)

	reset := post("resetUserFactors", "/users/{id}/reset-mfa", "Remove every second factor of a user", withBody(http.StatusNotFound)...).needs(mfa.NeedManage)
	reset.Description = "For who lost all of theirs: make sure that it is them who asks, and say how. The answer has a code to hand over, which their next sign-in asks for beside the password, within three days. Their devices lose all trust, and they are told."
	handle(e, reset, e.resetUserFactors)

	codes := post("issueBackupCodes", "/users/{id}/backup-codes", "Make new backup codes for a user", http.StatusNotFound, http.StatusConflict).needs(mfa.NeedManage)
	codes.Description = "Hand them over to nobody but their user, who is told. 409 conflict when they have no second factor."
	handle(e, codes, e.issueBackupCodes)

	require := post("requireUserFactor", "/users/{id}/require-mfa", "Demand a second factor of a user, or no longer", withBody(http.StatusNotFound)...).needs(mfa.NeedManage)
	require.Description = "Their next sign-in asks to set one up. Policy can demand one besides. That nothing changes is no error."
	handle(e, require, e.requireUserFactor)
}

func (e *edge) listFactors(ctx context.Context, q list.Query) (*pageOutput[factorRecord], error) {
	actor := e.actor(ctx)
	found, err := e.Factors.List(ctx, actor, q)
	if err != nil {
		return nil, err
	}
	owners := make([]string, len(found.Rows))
	for i, f := range found.Rows {
		owners[i] = f.UserID
	}
	p, err := e.Tenants.PoliciesOf(ctx, actor.TenantID, owners)
	return newPage(found, func(f sallyport.Factor) factorRecord { return showFactor(f, p.Of(f.UserID)) }), err
}

func (e *edge) listUserFactors(ctx context.Context, in *idInput) (*factorListOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	actor := e.actor(ctx)
	f, err := e.Factors.Of(ctx, actor, id)
	return e.showFactors(ctx, actor.TenantID, id, f, err)
}

type resetOutput struct {
	Body struct {
		RevokedFactors int       `json:"revokedFactors" minimum:"0" doc:"Backup codes not counted."`
		Code           string    `json:"code,omitempty" doc:"To be handed over, once: the next sign-in asks for it as a backup code. Left out where there was no second factor."`
		CodeExpiresAt  time.Time `json:"codeExpiresAt,omitzero"`
	} `nameHint:"SecondFactorsReset"`
}

type resetFactorsInput struct {
	ID   string `path:"id"`
	Body struct {
		Reason  string `json:"reason" maxLength:"100"`
		Checked string `json:"checked" enum:"in_person,video,known_phone,other" doc:"How you know that it is them who asks."`
	} `nameHint:"ResetSecondFactorsRequest"`
}

func (e *edge) resetUserFactors(ctx context.Context, in *resetFactorsInput) (*resetOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	var out resetOutput
	done, err := e.Factors.ResetOf(ctx, e.actor(ctx), id, mfa.Grounds{Reason: in.Body.Reason, Checked: in.Body.Checked})
	out.Body.RevokedFactors, out.Body.Code, out.Body.CodeExpiresAt = done.Methods, done.Code, done.Until
	return &out, err
}

func (e *edge) issueBackupCodes(ctx context.Context, in *idInput) (*codesOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return showCodes(e.Factors.NewBackupCodesOf(ctx, e.actor(ctx), id))
}

type requireInput struct {
	ID   string `path:"id"`
	Body *struct {
		Required *bool `json:"required,omitempty" default:"true" nullable:"false"`
	} `nameHint:"RequireSecondFactorRequest"`
}

func (e *edge) requireUserFactor(ctx context.Context, in *requireInput) (*struct{}, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	required := in.Body == nil || in.Body.Required == nil || *in.Body.Required
	return nil, e.Factors.Require(ctx, e.actor(ctx), id, required)
}
