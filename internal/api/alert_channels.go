package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/internal/alert"
	"github.com/sallyport/sallyport/internal/notify"
)

func (e *edge) addAlertChannels() {
	handle(e, get("listAlertChannels", "/alert-channels", "The chats and tools that are told what happens, by name").needs(alert.NeedView), e.listAlertChannels)

	add := post("addAlertChannel", "/alert-channels", "Let a chat or a tool be told what happens", withBody()...)
	add.Description = "422 taken when a channel has the name, so that a repeated call makes no second one. An organisation can have ten."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(alert.NeedManage), e.addAlertChannel)

	handle(e, post("changeAlertChannel", "/alert-channels/{id}", "Change a channel", withBody(http.StatusNotFound)...).
		says("It replaces every field; an address that is absent stays what it is. The channel is on afterwards, also when it was switched off.").needs(alert.NeedManage), e.changeAlertChannel)

	handle(e, post("testAlertChannel", "/alert-channels/{id}/test", "Send a test message to a channel", http.StatusNotFound).
		says("It is sent at once, and the answer says what became of it, after ten seconds at most. 200 also where it was not taken.").needs(alert.NeedTest), e.testAlertChannel)

	handle(e, post("removeAlertChannel", "/alert-channels/{id}/remove", "Tell a chat or a tool nothing any more", http.StatusNotFound).
		says("A repeated call answers 404.").needs(alert.NeedManage), e.onID(e.Alerts.Remove))
}

// alertChannelRecord is a chat or a tool that is told what happens.
type alertChannelRecord struct {
	ID           string             `json:"id"`
	Name         string             `json:"name"`
	Format       string             `json:"format" enum:"slack,teams,ntfy,json"`
	Host         string             `json:"host" doc:"The host of its address."`
	Hint         string             `json:"hint,omitempty" doc:"The end of its address, which is shown to nobody. Absent where the address is short."`
	Topics       []string           `json:"topics" nullable:"false" enum:"locks,sign_ins,stolen,danger,access,factors,policy,log,programs"`
	NamesPeople  bool               `json:"namesPeople" doc:"Messages name people. Otherwise they say that it is an account, with a link to the log."`
	CreatedAt    time.Time          `json:"createdAt"`
	OffAt        time.Time          `json:"offAt,omitzero" doc:"When it was switched off, because it had taken nothing for three days. Absent while it is on."`
	LastTakenAt  time.Time          `json:"lastTakenAt,omitzero" doc:"When it last took a message. Absent for never."`
	LastTriedAt  time.Time          `json:"lastTriedAt,omitzero" doc:"When it was last sent one. Absent for never."`
	Failed       int                `json:"failed" minimum:"0" doc:"How many messages it did not take since then."`
	FailingSince time.Time          `json:"failingSince,omitzero" doc:"Since when it has taken none. Absent where it took the last one."`
	LastAnswer   *alertAnswerRecord `json:"lastAnswer,omitempty" doc:"What became of the last message. Absent before the first."`
}

// alertAnswerRecord is what became of one message.
type alertAnswerRecord struct {
	Outcome string `json:"outcome" enum:"taken,gone,denied,refused,moved,busy,broken,late,private,unreachable" doc:"taken; gone: the address leads to nothing any more; denied: nobody may write there with this address; refused: it does not take this message; moved: it is elsewhere, and redirects are not followed; busy: it takes no more for now; broken: it has a fault; late: it did not answer in time; private: the name leads to an address that is not of the public internet; unreachable: there was no answer."`
	Status  int    `json:"status,omitempty" doc:"What it answered, as a status of HTTP. Absent when it did not answer."`
	Said    string `json:"said,omitempty" doc:"The beginning of its answer, where it was no."`
}

func showAlertAnswer(r notify.AlertResult) alertAnswerRecord {
	return alertAnswerRecord{r.Outcome, r.Status, r.Said}
}

func showAlertChannel(c alert.Channel) alertChannelRecord {
	r := alertChannelRecord{
		ID: c.ID, Name: c.Name, Format: c.Format, Host: c.Host, Hint: c.Hint, Topics: each(c.Topics, func(t notify.AlertTopic) string { return string(t) }), NamesPeople: c.Named,
		CreatedAt: c.CreatedAt.UTC(), OffAt: c.OffAt.UTC(), LastTakenAt: c.TakenAt.UTC(), LastTriedAt: c.TriedAt.UTC(), Failed: c.Failed, FailingSince: c.FailingAt.UTC(),
	}
	if c.Last.Outcome != "" {
		last := showAlertAnswer(c.Last)
		r.LastAnswer = &last
	}
	return r
}

type alertChannelListOutput struct {
	Body struct {
		Items []alertChannelRecord `json:"items" nullable:"false"`
	} `nameHint:"AlertChannelList"`
}

type alertChannelOutput struct{ Body alertChannelRecord }

func (e *edge) listAlertChannels(ctx context.Context, _ *struct{}) (*alertChannelListOutput, error) {
	found, err := e.Alerts.List(ctx, e.actor(ctx))
	var out alertChannelListOutput
	out.Body.Items = each(found, showAlertChannel)
	return &out, err
}

// alertChannelFields are what an admin says of a channel, but for its address.
type alertChannelFields struct {
	Name        string   `json:"name" minLength:"1" maxLength:"100"`
	Format      string   `json:"format" enum:"slack,teams,ntfy,json" doc:"slack: an incoming webhook; teams: a workflow that a webhook request begins; ntfy: a topic; json: a program of your own."`
	Topics      []string `json:"topics" minItems:"1" nullable:"false" enum:"locks,sign_ins,stolen,danger,access,factors,policy,log,programs"`
	NamesPeople bool     `json:"namesPeople,omitempty" doc:"Messages name people, with their e-mail addresses."`
}

// AlertChannelFields are those, for a body with more.
type AlertChannelFields = alertChannelFields

func (f alertChannelFields) input(address string) alert.Input {
	return alert.Input{Name: f.Name, Format: f.Format, Address: address, Topics: f.Topics, Named: f.NamesPeople}
}

type addAlertChannelInput struct {
	Body struct {
		AlertChannelFields
		Address string `json:"address" format:"uri" maxLength:"2048" doc:"Where messages go: https, and a public address. It is a secret and comes in no answer. That of ntfy ends with the topic."`
	} `nameHint:"AlertChannelRequest"`
}

func (e *edge) addAlertChannel(ctx context.Context, in *addAlertChannelInput) (*alertChannelOutput, error) {
	c, err := e.Alerts.Add(ctx, e.actor(ctx), in.Body.input(in.Body.Address))
	return &alertChannelOutput{showAlertChannel(c)}, err
}

type changeAlertChannelInput struct {
	ID   string `path:"id"`
	Body struct {
		AlertChannelFields
		Address string `json:"address,omitempty" format:"uri" maxLength:"2048" doc:"Another address. Absent for the present one."`
	} `nameHint:"AlertChannelChange"`
}

func (e *edge) changeAlertChannel(ctx context.Context, in *changeAlertChannelInput) (*alertChannelOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	c, err := e.Alerts.Change(ctx, e.actor(ctx), id, in.Body.input(in.Body.Address))
	return &alertChannelOutput{showAlertChannel(c)}, err
}

func (e *edge) testAlertChannel(ctx context.Context, in *idInput) (*struct{ Body alertAnswerRecord }, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	result, err := e.Alerts.Test(ctx, e.actor(ctx), id)
	return &struct{ Body alertAnswerRecord }{showAlertAnswer(result)}, err
}
