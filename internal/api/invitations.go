package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
)

func (e *edge) addInvitations() {
	invite := post("inviteUser", "/users", "Invite somebody", withBody(http.StatusTooManyRequests)...)
	invite.Description = "Nobody gives a role that allows what they may not do themselves. A link to choose a password is mailed. " +
		"An address that is invited already is answered with 200 and gets no other mail; with resend it gets a new link, which ends the former one. " +
		"429 when the address, or you, had too many in a day."
	invite.DefaultStatus = http.StatusCreated
	handle(e, invite.needs(account.NeedManage), e.inviteUser)
	responses := e.huma.OpenAPI().Paths[invite.Path].Post.Responses
	responses["200"] = &huma.Response{Description: "It is invited already.", Content: responses["201"].Content}

	many := post("inviteUsers", "/invite-users", "Invite a list of people", withBody()...)
	many.Description = "At most 1,000, one a line or as comma-separated values: address, first name, last name, role and group (a header may name these columns in another order). " +
		"Commas, semicolons or tabs separate; Ada Lovelace <ada@example.com> is an address too. Each row has an outcome, and no mistake in one stops another. " +
		"With preview nothing is done, and to_invite says who would be. The call can be repeated: nobody is mailed twice, and rows that are still to_invite " +
		"because the time was over are done by the next one. limited: they, or you, had too many in a day."
	handle(e, many.needs(account.NeedManage), e.inviteUsers)

	resend := post("resendInvitation", "/users/{id}/resend", "Mail a new invitation to a user who has not joined", http.StatusNotFound, http.StatusConflict, http.StatusTooManyRequests)
	resend.Description = "The former link ends. 409 has_joined when they have an account. 429 when they, or you, had too many in a day."
	handle(e, resend.needs(account.NeedManage), e.resendInvitation)

	withdraw := post("withdrawInvitation", "/users/{id}/withdraw", "Take an invitation back", http.StatusNotFound, http.StatusConflict)
	withdraw.Description = "Its link ends and the user is gone, so that a repeated call answers 404. 409 has_joined when they have an account: disable it."
	handle(e, withdraw.needs(account.NeedManage), e.onID(e.Accounts.Withdraw))
}

type inviteInput struct {
	Body struct {
		Email     string         `json:"email" format:"email" maxLength:"254" doc:"At most 254 bytes."`
		FirstName string         `json:"firstName,omitempty" maxLength:"100"`
		LastName  string         `json:"lastName,omitempty" maxLength:"100"`
		Role      sallyport.Role `json:"role,omitempty" maxLength:"64" default:"member" doc:"owner, admin, member, or the id of a role that the organisation made."`
		GroupID   string         `json:"groupId,omitempty" maxLength:"64" doc:"A group that somebody who is new is put into."`
		Resend    bool           `json:"resend,omitempty" doc:"Mail a new link to somebody who is invited already."`
	} `nameHint:"InviteRequest"`
}

type invitedOutput struct {
	Status int
	Body   userRecord
}

func (e *edge) inviteUser(ctx context.Context, in *inviteInput) (*invitedOutput, error) {
	n := account.NewUser{Email: in.Body.Email, FirstName: in.Body.FirstName, LastName: in.Body.LastName, Role: in.Body.Role, GroupID: in.Body.GroupID}
	if in.Body.Resend {
		u, err := e.Accounts.Invite(ctx, e.actor(ctx), n)
		return &invitedOutput{http.StatusCreated, showUser(u)}, err
	}
	u, added, err := e.Accounts.InviteOnce(ctx, e.actor(ctx), n)
	if added {
		return &invitedOutput{http.StatusCreated, showUser(u)}, err
	}
	return &invitedOutput{http.StatusOK, showUser(u)}, err
}

type inviteListInput struct {
	Body struct {
		List    string         `json:"list" maxLength:"60000" doc:"The list as text."`
		Role    sallyport.Role `json:"role,omitempty" maxLength:"64" default:"member" doc:"Of rows that name none."`
		GroupID string         `json:"groupId,omitempty" maxLength:"64" doc:"Of rows that name none."`
		Preview bool           `json:"preview,omitempty" doc:"Say what would happen, and do nothing."`
	} `nameHint:"InviteListRequest"`
}

// inviteeRecord is what happens to one row of a list. Nothing of a row that is wrong comes back:
// it may be anything.
type inviteeRecord struct {
	Line    int            `json:"line" minimum:"1" doc:"In the list; the first is 1."`
	Email   string         `json:"email,omitempty" format:"email" doc:"Absent when the row is wrong."`
	Outcome account.Fate   `json:"outcome" enum:"to_invite,invited,limited,already_invited,has_account,duplicate,wrong"`
	UserID  string         `json:"userId,omitempty" doc:"Who has the address."`
	SameAs  int            `json:"sameAs,omitempty" doc:"With duplicate: the line of the first row with the address."`
	Errors  []fieldProblem `json:"errors,omitempty" nullable:"false" doc:"With wrong: every rule that is broken."`
}

func showInvitee(v account.Invitee) inviteeRecord {
	out := inviteeRecord{Line: v.Line, Email: v.Email, Outcome: v.Fate, UserID: v.UserID, SameAs: v.SameAs}
	if v.Fate == account.Wrong {
		out.Email = ""
	}
	for _, f := range v.Wrong {
		out.Errors = append(out.Errors, fieldProblem{f.Field, f.Code, words.Rule(f)})
	}
	return out
}

type inviteListOutput struct {
	Body struct {
		Items []inviteeRecord `json:"items" nullable:"false" doc:"A row each, in the order of the list."`
	} `nameHint:"Invitees"`
}

func (e *edge) inviteUsers(ctx context.Context, in *inviteListInput) (*inviteListOutput, error) {
	l := account.List{Text: in.Body.List, Role: in.Body.Role, GroupID: in.Body.GroupID}
	do := e.Accounts.InviteList
	if in.Body.Preview {
		do = e.Accounts.PlanInvitations
	}
	rows, err := do(ctx, e.actor(ctx), l)
	if err != nil {
		return nil, err
	}
	var out inviteListOutput
	out.Body.Items = each(rows, showInvitee)
	return &out, nil
}

type userOutput struct{ Body userRecord }

func (e *edge) resendInvitation(ctx context.Context, in *idInput) (*userOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	u, err := e.Accounts.Resend(ctx, e.actor(ctx), id)
	return &userOutput{showUser(u)}, err
}
