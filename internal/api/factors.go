package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/request"
)

func (e *edge) addFactors() {
	handle(e, get("listMyFactors", "/me/factors", "Your second factors, with those you removed").
		says("They come with what the account has to have and may add.").signedIn(), e.listMyFactors)

	begin := post("beginFactor", "/me/factors", "Begin to set up a second factor", withBody(http.StatusTooManyRequests)...).needs(mfa.NeedAdd)
	begin.Description = "It counts once its first use was verified. Beginning again with the same method takes the place of what was not finished."
	begin.DefaultStatus = http.StatusCreated
	handle(e, begin, e.beginFactor)

	verify := post("verifyFactor", "/me/factors/{id}/verify", "Finish setting up a second factor by its first use",
		withBody(http.StatusNotFound, http.StatusTooManyRequests)...).needs(mfa.NeedAdd)
	verify.Description = "The answer has backupCodes when there were none: they are shown this once. " +
		"Offer to end the other sessions (/me/revoke-other-sessions): they began without it."
	handle(e, verify, e.verifyFactor)

	rename := patch("renameFactor", "/me/factors/{id}", "Give a second factor another name", withBody(http.StatusNotFound)...).
		says("The name is shown to its owner and to administrators.")
	handle(e, rename.needs(mfa.NeedRename), e.renameFactor)

	revoke := post("revokeFactor", "/me/factors/{id}/revoke", "Remove a second factor", http.StatusNotFound, http.StatusConflict).needs(mfa.NeedRemove)
	revoke.Description = "Backup codes go with the last one. 409 mfa_enforced for the last one where one is demanded. One that is removed already is no error."
	handle(e, revoke, e.revokeFactor)

	disable := post("disableFactors", "/me/disable-mfa", "Remove all second factors and backup codes", http.StatusConflict).needs(mfa.NeedRemove)
	disable.Description = "409 mfa_enforced where one is demanded. That there is none is no error."
	handle(e, disable, e.disableFactors)
}

// factorRecord is one second factor.
type factorRecord struct {
	ID             string                 `json:"id"`
	UserID         string                 `json:"userId"`
	MethodType     anyMethod              `json:"methodType"`
	Status         sallyport.FactorStatus `json:"status" enum:"pending,active,suspended,revoked"`
	DeviceName     string                 `json:"deviceName" doc:"Given by its owner; may be empty."`
	PhoneNumber    string                 `json:"phoneNumber,omitempty" doc:"Of sms, as E.164."`
	Email          string                 `json:"email,omitempty" format:"email" doc:"Of email."`
	LastUsedAt     time.Time              `json:"lastUsedAt,omitzero" doc:"Absent until it is used."`
	CreatedAt      time.Time              `json:"createdAt"`
	VerifiedAt     time.Time              `json:"verifiedAt,omitzero" doc:"When it began to count."`
	EndedAt        time.Time              `json:"endedAt,omitzero" doc:"When it was suspended or revoked."`
	EndedReason    string                 `json:"endedReason,omitempty"`
	BackupEligible bool                   `json:"backupEligible" doc:"A passkey that its provider may copy to other devices of its owner."`
	BackedUp       bool                   `json:"backedUp" doc:"A passkey that is copied."`
	Allowed        bool                   `json:"allowed" doc:"Policy allows the method. Where it does not, the factor proves nothing."`
}

func showFactor(f sallyport.Factor, p sallyport.Policy) factorRecord {
	return factorRecord{
		ID: f.ID, UserID: f.UserID, MethodType: anyMethod(f.Method), Status: f.Status, DeviceName: f.Name, PhoneNumber: f.PhoneNumber, Email: f.Email,
		LastUsedAt: f.LastUsedAt.UTC(), CreatedAt: f.CreatedAt.UTC(), VerifiedAt: f.VerifiedAt.UTC(), EndedAt: f.EndedAt.UTC(), EndedReason: f.EndedReason,
		BackupEligible: f.BackupEligible, BackedUp: f.BackedUp, Allowed: slices.Contains(p.MFAMethods, f.Method),
	}
}

// factorList is the second factors of one account.
type factorList struct {
	Items                []factorRecord `json:"items" nullable:"false" doc:"Active and suspended ones, the oldest first, then up to 20 removed ones."`
	MFAEnabled           bool           `json:"mfaEnabled" doc:"One of them counts: a sign-in asks for it."`
	MFAEnforced          bool           `json:"mfaEnforced" doc:"Policy or an admin demands one: the last cannot be removed."`
	AllowedMethods       []string       `json:"allowedMethods" nullable:"false" doc:"What may be added."`
	BackupCodesRemaining int            `json:"backupCodesRemaining" minimum:"0"`
	ExemptUntil          time.Time      `json:"exemptUntil,omitzero" doc:"Until then an administrator exempts them from what policy demands."`
	BackupCodesUnsaved   bool           `json:"backupCodesUnsaved" doc:"Their owner has not said that they have saved the backup codes."`
}

type factorListOutput struct{ Body factorList }

func (e *edge) showFactors(ctx context.Context, tenantID, userID string, f mfa.Factors, err error) (*factorListOutput, error) {
	if err != nil {
		return nil, err
	}
	p, err := e.Tenants.PolicyOf(ctx, tenantID, userID)
	out := factorList{
		Items: []factorRecord{}, MFAEnabled: f.Enabled, MFAEnforced: f.Enforced,
		AllowedMethods: append([]string{}, f.Allowed...), BackupCodesRemaining: f.CodesLeft, BackupCodesUnsaved: f.Unsaved,
		ExemptUntil: f.ExemptUntil.UTC(),
	}
	for _, v := range slices.Concat(f.Current, f.Former) {
		out.Items = append(out.Items, showFactor(v, p))
	}
	return &factorListOutput{out}, err
}

func (e *edge) listMyFactors(ctx context.Context, _ *struct{}) (*factorListOutput, error) {
	actor := e.actor(ctx)
	f, err := e.Factors.Own(ctx, actor)
	return e.showFactors(ctx, actor.TenantID, actor.UserID, f, err)
}

type setUpOutput struct{ Body secondFactorSetUp }

func (e *edge) beginFactor(ctx context.Context, in *struct{ Body newSecondFactor }) (*setUpOutput, error) {
	begun, err := e.Factors.Begin(ctx, e.actor(ctx), in.Body.factor())
	return &setUpOutput{showSetUp(begun)}, renamed(err, factorFieldNames)
}

type verifyFactorInput struct {
	ID   string `path:"id"`
	Body Proof
}

type factorOutput struct {
	Body struct {
		Factor      factorRecord `json:"factor"`
		BackupCodes []string     `json:"backupCodes,omitempty" nullable:"false" doc:"They are shown this once."`
		NativeTokens
	} `nameHint:"SecondFactorVerified"`
}

func (e *edge) verifyFactor(ctx context.Context, in *verifyFactorInput) (*factorOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	actor := e.actor(ctx)
	p, err := e.Tenants.PolicyOf(ctx, actor.TenantID, actor.UserID)
	if err != nil {
		return nil, err
	}
	x := exchangeOf(ctx)
	answer := in.Body.of("") // the flow knows the method
	answer.Session = request.SessionToken(x.r)
	done, err := e.Factors.Verify(ctx, actor, id, answer)
	if err != nil {
		return nil, in.Body.blame(err)
	}
	var out factorOutput
	out.Body.Factor, out.Body.BackupCodes = showFactor(done.Factor, p), done.BackupCodes
	if x.byCookie() {
		request.SetSession(x.w, done.SessionToken, done.Session.ExpiresAt)
	} else {
		out.Body.NativeTokens = showTokens(done.Tokens)
	}
	return &out, nil
}

type renameFactorInput struct {
	ID   string `path:"id"`
	Body struct {
		DeviceName string `json:"deviceName" maxLength:"100" doc:"May be empty."`
	} `nameHint:"RenameSecondFactorRequest"`
}

func (e *edge) renameFactor(ctx context.Context, in *renameFactorInput) (*struct{}, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	return nil, renamed(e.Factors.Rename(ctx, e.actor(ctx), id, in.Body.DeviceName), factorFieldNames)
}

func (e *edge) revokeFactor(ctx context.Context, in *idInput) (*struct{}, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	_, err = e.Factors.Remove(ctx, e.actor(ctx), id)
	return nil, err
}

func (e *edge) disableFactors(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, e.Factors.Disable(ctx, e.actor(ctx))
}
