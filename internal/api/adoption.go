package api

import (
	"context"

	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/mfa"
)

func (e *edge) addAdoption() {
	handle(e, get("getAdoption", "/mfa/overview", "How many people have which second factor").
		says("Of the active people. Who they are: GET /users with secondFactor and status, and GET /mfa/not-enrolled.").needs(mfa.NeedView), e.getAdoption)

	history := get("listAdoption", "/mfa/history", "How many people had which second factor, by day")
	history.Description = "Days in UTC, the oldest first; the present one is counted up to now. Days that nobody has counted are left out."
	handle(e, history.needs(mfa.NeedView), e.listAdoption)

	missing := get("listNotEnrolled", "/mfa/not-enrolled", "Who has no second factor although one is demanded of them")
	missing.Description = "By policy, exemptions aside, or by an admin. It needs users.view, too."
	handleList(e, missing.needs(mfa.NeedView), list.NotEnrolled, e.listNotEnrolled)

	remind := post("remindOfFactors", "/mfa/remind", "Mail people that they should set up a second factor", withBody()...)
	remind.Description = "Each of them once a week at most, however often it is asked. One call looks at a part of the people: repeat it with next as after, until next is null."
	handle(e, remind.needs(mfa.NeedRemind), e.remindOfFactors)
}

func (e *edge) listNotEnrolled(ctx context.Context, q list.Query) (*pageOutput[userRecord], error) {
	found, err := e.Factors.NotEnrolled(ctx, e.actor(ctx), q)
	return newPage(found, showUser), err
}

type adoptionOutput struct {
	Body struct {
		Strong   int            `json:"strong" minimum:"0" doc:"People with an authenticator app or a passkey."`
		Weak     int            `json:"weak" minimum:"0" doc:"People with only codes that are sent."`
		None     int            `json:"none" minimum:"0" doc:"People without a second factor."`
		Required int            `json:"required" minimum:"0" doc:"Those without one of whom policy or an administrator demands it."`
		ByMethod map[string]int `json:"byMethod" doc:"People by method. Somebody with several counts for each."`
	} `nameHint:"Adoption"`
}

func (e *edge) getAdoption(ctx context.Context, _ *struct{}) (*adoptionOutput, error) {
	n, err := e.Factors.Overview(ctx, e.actor(ctx))
	if err != nil {
		return nil, err
	}
	var out adoptionOutput
	b := &out.Body
	b.Strong, b.Weak, b.None, b.Required, b.ByMethod = n.Strong, n.Weak, n.None, n.Required, n.ByMethod
	return &out, nil
}

// dayRecord is one day of adoption.
type dayRecord struct {
	Day    string `json:"day" format:"date"`
	Users  int    `json:"users" minimum:"0" doc:"Active people."`
	Strong int    `json:"strong" minimum:"0"`
	Weak   int    `json:"weak" minimum:"0"`
}

type historyInput struct {
	Days int `query:"days" minimum:"1" maximum:"366" default:"90" doc:"How many days, the present one too."`
}

type historyOutput struct {
	Body struct {
		Days []dayRecord `json:"days" nullable:"false"`
	} `nameHint:"AdoptionHistory"`
}

func (e *edge) listAdoption(ctx context.Context, in *historyInput) (*historyOutput, error) {
	days, err := e.Factors.History(ctx, e.actor(ctx), in.Days)
	if err != nil {
		return nil, err
	}
	var out historyOutput
	out.Body.Days = make([]dayRecord, len(days))
	for i, d := range days {
		out.Body.Days[i] = dayRecord{d.Day, d.Users, d.Strong, d.Weak}
	}
	return &out, nil
}

type remindInput struct {
	Body struct {
		Audience mfa.Audience `json:"audience" enum:"none,weak,required" doc:"Who have no second factor; who have only codes that are sent; who have none although one is demanded of them."`
		After    string       `json:"after,omitempty" maxLength:"64" doc:"What the call before answered as next."`
	} `nameHint:"RemindRequest"`
}

type remindedOutput struct {
	Body struct {
		Sent    int     `json:"sent" minimum:"0" doc:"People who are mailed."`
		Skipped int     `json:"skipped" minimum:"0" doc:"People who were mailed within the last week."`
		Next    *string `json:"next" doc:"Null when everybody was looked at."`
	} `nameHint:"Reminded"`
}

func (e *edge) remindOfFactors(ctx context.Context, in *remindInput) (*remindedOutput, error) {
	after := in.Body.After
	if after != "" {
		var err error
		if after, err = (idInput{after}).id(); err != nil {
			return nil, err
		}
	}
	n, err := e.Factors.Remind(ctx, e.actor(ctx), in.Body.Audience, after)
	var out remindedOutput
	out.Body.Sent, out.Body.Skipped = n.Sent, n.Skipped
	if n.Next != "" {
		out.Body.Next = &n.Next
	}
	return &out, err
}
