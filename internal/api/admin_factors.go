package api

import (
	"context"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/list"
)

func (e *edge) addAdminFactors() {
	const stepUp = " With 403 step_up_required, prove what it names at /step-up first."
	factors := get("listFactors", "/factors", "The second factors of the organisation", http.StatusForbidden)
	factors.Description = "Needs mfa.view. Those that were begun and not finished are left out."
	handleList(e, e.behind(factors), list.Factors, e.listFactors)

	of := get("listUserFactors", "/users/{id}/factors", "The second factors of a user", http.StatusForbidden, http.StatusNotFound)
	of.Description = "Needs mfa.view."
	handle(e, e.behind(of), e.listUserFactors)

	reset := post("resetUserFactors", "/users/{id}/reset-mfa", "Remove every second factor of a user", http.StatusForbidden, http.StatusNotFound)
	reset.Description = "Needs mfa.manage. For who lost all of theirs: make sure that it is them who asks. Their devices lose all trust, and they are told." + stepUp
	handle(e, e.behind(reset), e.resetUserFactors)

	codes := post("issueBackupCodes", "/users/{id}/backup-codes", "Make new backup codes for a user", http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	codes.Description = "Needs mfa.manage. Hand them over to nobody but their user, who is told. 409 conflict when they have no second factor." + stepUp
	handle(e, e.behind(codes), e.issueBackupCodes)

	require := post("requireUserFactor", "/users/{id}/require-mfa", "Demand a second factor of a user, or no longer", withBody(http.StatusForbidden, http.StatusNotFound)...)
	require.Description = "Needs mfa.manage. Their next sign-in asks to set one up. Policy can demand one besides. That nothing changes is no error."
	handle(e, e.behind(require), e.requireUserFactor)
}

func (e *edge) listFactors(ctx context.Context, q list.Query) (*pageOutput[factorRecord], error) {
	actor := e.actor(ctx)
	p, err := e.Tenants.Policy(ctx, actor.TenantID)
	if err != nil {
		return nil, err
	}
	found, err := e.Factors.List(ctx, actor, q)
	return newPage(found, func(f sallyport.Factor) factorRecord { return showFactor(f, p) }), err
}

func (e *edge) listUserFactors(ctx context.Context, in *idInput) (*factorListOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	actor := e.actor(ctx)
	f, err := e.Factors.Of(ctx, actor, id)
	return e.showFactors(ctx, actor.TenantID, f, err)
}

type resetOutput struct {
	Body struct {
		RevokedFactors int `json:"revokedFactors" minimum:"0" doc:"Backup codes not counted."`
	} `nameHint:"FactorsReset"`
}

func (e *edge) resetUserFactors(ctx context.Context, in *idInput) (*resetOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	var out resetOutput
	out.Body.RevokedFactors, err = e.Factors.ResetOf(ctx, e.actor(ctx), id)
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
	} `nameHint:"RequireFactorRequest"`
}

func (e *edge) requireUserFactor(ctx context.Context, in *requireInput) (*struct{}, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	required := in.Body == nil || in.Body.Required == nil || *in.Body.Required
	return nil, e.Factors.Require(ctx, e.actor(ctx), id, required)
}
