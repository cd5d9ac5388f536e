package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/link"
)

// addLockdown adds the operations that close an account in danger, and open it again.
func (e *edge) addLockdown() {
	own := post("lockDownMyAccount", "/me/lockdown", "Close your account, because it is in danger", withBody(http.StatusNotFound)...).needs(account.NeedLockdown)
	own.Description = "Everything that it holds ends: sessions (the one in use too), sign-ins under way, links, the trust of devices. What was done in the session " +
		"that was not yours is taken back. The account opens again with the mailed link and a proof that is older than that session, or by an admin."
	handle(e, own, e.lockDownMyAccount)

	of := post("lockDownUser", "/users/{id}/lockdown", "Close somebody's account, because it is in danger", withBody(http.StatusNotFound, http.StatusConflict)...).needs(account.NeedLockdownOf)
	of.Description = "As lockDownMyAccount, for an admin. enableUser opens it again. The last owner is a conflict."
	handle(e, of, e.lockDownUser)

	reopen := post("reopenAccount", "/reopen", "Begin to open a closed account with a mailed link", withBody(http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests)...)
	reopen.Description = "It begins a sign-in whose next step asks for what is needed besides the link: a second factor or a password that is older than what " +
		"closed the account. 403 account_closed when there is neither. The link is used up when the account opens."
	handle(e, reopen, e.reopenAccount)
}

// lockdownRecord is the report on an account that was closed.
type lockdownRecord struct {
	At            time.Time     `json:"at"`
	Since         time.Time     `json:"since,omitzero" doc:"When the session in question began; absent when none was named."`
	EndedSessions int           `json:"endedSessions" minimum:"0" doc:"How many sessions ended."`
	TakenBack     []eventRecord `json:"takenBack" doc:"Done in that session or what came from it, and undone."`
	Others        []eventRecord `json:"others" doc:"Done there too, and not undone."`
	Beyond        []eventRecord `json:"beyond" doc:"Done there to others and to the organisation, and not undone."`
	Contacts      []string      `json:"contacts" doc:"Addresses of owners of the organisation, who can open the account."`
}

type lockdownOutput struct{ Body lockdownRecord }

type lockdownRequest struct {
	SessionID string `json:"sessionId,omitempty" maxLength:"64" doc:"A session that was somebody else's."`
}

func (e *edge) lockDownMyAccount(ctx context.Context, in *struct{ Body lockdownRequest }) (*lockdownOutput, error) {
	done, err := e.Accounts.Lockdown(ctx, e.actor(ctx), in.Body.SessionID)
	if err != nil {
		return nil, err
	}
	exchangeOf(ctx).forget()
	return showLockdown(done), nil
}

type lockDownUserInput struct {
	ID   string `path:"id"`
	Body lockdownRequest
}

func (e *edge) lockDownUser(ctx context.Context, in *lockDownUserInput) (*lockdownOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	done, err := e.Accounts.LockdownOf(ctx, e.actor(ctx), id, in.Body.SessionID)
	return showLockdown(done), err
}

func showLockdown(d account.Lockdown) *lockdownOutput {
	contacts := d.Contacts
	if contacts == nil {
		contacts = []string{}
	}
	return &lockdownOutput{lockdownRecord{
		At: d.At.UTC(), Since: d.Since.UTC(), EndedSessions: d.Sessions, Contacts: contacts,
		TakenBack: showEvents(d.TakenBack), Others: showEvents(d.Others), Beyond: showEvents(d.Beyond),
	}}
}

func showEvents(events []sallyport.Event) []eventRecord {
	out := make([]eventRecord, len(events))
	for i, v := range events {
		out[i] = showEvent(v)
	}
	return out
}

type reopenInput struct {
	Body struct {
		LinkRequest
		Client string `json:"client,omitempty" enum:"web,native" default:"web" doc:"As for openSignIn."`
	} `nameHint:"ReopenRequest"`
}

func (e *edge) reopenAccount(ctx context.Context, in *reopenInput) (*signInOutput, error) {
	x := exchangeOf(ctx)
	t, err := e.Read.Tenant(x.r)
	if err != nil {
		return nil, err
	}
	p := flowCall{exchange: x, from: e.from(x, t, in.Body.Client == nativeClient, "")}
	r, err := e.SignIn.Reopen(ctx, p.from, link.Mailed{TenantID: t.ID, Client: e.Read.Client(x.r), Secret: in.Body.Token})
	if err != nil {
		return nil, err
	}
	return p.step(r), nil
}
