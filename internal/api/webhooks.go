package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/webhook"
)

func (e *edge) addWebhooks() {
	handle(e, get("listWebhooks", "/webhooks", "The programs that are sent what happens, by name").needs(webhook.NeedView), e.listWebhooks)
	handle(e, get("getWebhook", "/webhooks/{id}", "One of them, and how far it is", http.StatusNotFound).needs(webhook.NeedView), e.getWebhook)

	add := post("addWebhook", "/webhooks", "Have a program sent what happens from now on", withBody()...)
	add.Description = "It needs audit.view too. 422 taken when a webhook has the name, so that a repeated call makes no second one. An organisation can have ten."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(webhook.NeedManage), e.addWebhook)

	handle(e, post("changeWebhook", "/webhooks/{id}", "Change a webhook", withBody(http.StatusNotFound)...).
		says("It needs audit.view too. It replaces every field; an address that is absent stays what it is. The webhook is on afterwards, also when it was switched off, and goes on where it was.").needs(webhook.NeedManage), e.changeWebhook)
	handle(e, post("rotateWebhook", "/webhooks/{id}/rotate", "Replace the secret of a webhook", withBody(http.StatusNotFound)...).
		says("It needs audit.view too. The former secret signs too for overlapHours more; one before that signs no more.").needs(webhook.NeedManage), e.rotateWebhook)
	handle(e, post("replayWebhook", "/webhooks/{id}/replay", "Let a webhook go on at a position of the log", withBody(http.StatusNotFound)...).
		says("It needs audit.view too. What came after it is sent again, in order, with the same webhook-id. The webhook is on afterwards.").needs(webhook.NeedManage), e.replayWebhook)
	handle(e, post("resendToWebhook", "/webhooks/{id}/resend", "Send one event to a webhook again", withBody(http.StatusNotFound)...).
		says("It needs audit.view too. It is sent at once, whatever the webhook is at, and the answer says what became of it, after ten seconds at most. 200 also where it was not taken.").needs(webhook.NeedSend), e.resendToWebhook)
	handle(e, post("testWebhook", "/webhooks/{id}/test", "Send a test to a webhook", http.StatusNotFound).
		says("Its type is webhook.test. It is sent at once, and the answer says what became of it, after ten seconds at most. 200 also where it was not taken.").needs(webhook.NeedSend), e.testWebhook)
	handle(e, post("removeWebhook", "/webhooks/{id}/remove", "Send a program nothing any more", http.StatusNotFound).
		says("A repeated call answers 404.").needs(webhook.NeedManage), e.onID(e.Webhooks.Remove))

	handleListOf(e, get("listWebhookDeliveries", "/webhooks/{id}/deliveries", "What was sent to a webhook, the newest first", http.StatusNotFound).
		says("Kept for 30 days, the newest 1,000. said is left out for whoever lacks audit.view.").needs(webhook.NeedView), list.WebhookDeliveries, e.listWebhookDeliveries)
	handle(e, get("getWebhookDelivery", "/webhooks/{id}/delivery", "One delivery, with what was sent", http.StatusNotFound, http.StatusUnprocessableEntity).
		says("It needs audit.view too.").needs(webhook.NeedView), e.getWebhookDelivery)
}

// webhookRecord is a program that is sent what happens.
type webhookRecord struct {
	ID               string               `json:"id"`
	Name             string               `json:"name"`
	Host             string               `json:"host" doc:"The host of its address."`
	Hint             string               `json:"hint,omitempty" doc:"The end of its address, which is shown to nobody. Absent where the address is short."`
	Kinds            []string             `json:"kinds" nullable:"false" doc:"Groups of events, each with its kinds, and kinds."`
	CreatedAt        time.Time            `json:"createdAt"`
	RotatedAt        time.Time            `json:"rotatedAt,omitzero" doc:"When its secret was last replaced."`
	FormerSignsUntil time.Time            `json:"formerSignsUntil,omitzero" doc:"Until when the secret before that signs too."`
	OffAt            time.Time            `json:"offAt,omitzero" doc:"When it was switched off, because it had taken nothing for three days. Absent while it is on."`
	Position         int64                `json:"position" minimum:"0" doc:"In the log, of the event that is next."`
	LastTakenAt      time.Time            `json:"lastTakenAt,omitzero" doc:"When it last took an event. Absent for never."`
	LastTriedAt      time.Time            `json:"lastTriedAt,omitzero" doc:"When it was last sent one. Absent for never."`
	Failed           int                  `json:"failed" minimum:"0" doc:"How many tries it did not take since then."`
	FailingSince     time.Time            `json:"failingSince,omitzero" doc:"Since when it has taken none. Absent where it took the last one."`
	NextTryAt        time.Time            `json:"nextTryAt,omitzero" doc:"When it is sent the same event again. Absent where it took the last one."`
	LastAnswer       *webhookAnswerRecord `json:"lastAnswer,omitempty" doc:"What became of the last event. Absent before the first."`
}

// webhookAnswerRecord is what became of one try.
type webhookAnswerRecord struct {
	Outcome      string `json:"outcome" enum:"taken,gone,denied,refused,moved,busy,broken,late,private,unreachable" doc:"As in an alert channel's answer: taken is a status from 200 to 299."`
	Status       int    `json:"status,omitempty" doc:"What it answered, as a status of HTTP. Absent when it did not answer."`
	Said         string `json:"said,omitempty" doc:"The beginning of its answer."`
	Milliseconds int64  `json:"milliseconds" minimum:"0" doc:"Until the answer."`
}

func showWebhookAnswer(a webhook.Answer) webhookAnswerRecord {
	return webhookAnswerRecord{a.Outcome, a.Status, a.Said, a.Took.Milliseconds()}
}

func showWebhook(w webhook.Webhook) webhookRecord {
	r := webhookRecord{
		ID: w.ID, Name: w.Name, Host: w.Host, Hint: w.Hint, Kinds: w.Kinds, CreatedAt: w.CreatedAt.UTC(), RotatedAt: w.RotatedAt.UTC(), FormerSignsUntil: w.FormerUntil.UTC(),
		OffAt: w.OffAt.UTC(), Position: w.Position, LastTakenAt: w.TakenAt.UTC(), LastTriedAt: w.TriedAt.UTC(), Failed: w.Failed, FailingSince: w.FailingAt.UTC(), NextTryAt: w.DueAt.UTC(),
	}
	if w.Last.Outcome != "" {
		last := showWebhookAnswer(w.Last)
		r.LastAnswer = &last
	}
	return r
}

// WebhookRecordFields are those of a webhook, for a record with more.
type WebhookRecordFields = webhookRecord

// newWebhookRecord is a webhook with its secret.
type newWebhookRecord struct {
	WebhookRecordFields
	Secret string `json:"secret" doc:"What messages are signed with, as Standard Webhooks say. It is shown this once."`
}

type webhookListOutput struct {
	Body struct {
		Items []webhookRecord `json:"items" nullable:"false"`
	} `nameHint:"WebhookList"`
}

type webhookOutput struct{ Body webhookRecord }

type newWebhookOutput struct{ Body newWebhookRecord }

func showNewWebhook(m webhook.Made) *newWebhookOutput {
	return &newWebhookOutput{newWebhookRecord{showWebhook(m.Webhook), m.Secret}}
}

func (e *edge) listWebhooks(ctx context.Context, _ *struct{}) (*webhookListOutput, error) {
	found, err := e.Webhooks.List(ctx, e.actor(ctx))
	var out webhookListOutput
	out.Body.Items = each(found, showWebhook)
	return &out, err
}

func (e *edge) getWebhook(ctx context.Context, in *idInput) (*webhookOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	w, err := e.Webhooks.Get(ctx, e.actor(ctx), id)
	return &webhookOutput{showWebhook(w)}, err
}

// webhookFields are what an admin says of a webhook, but for its address.
type webhookFields struct {
	Name  string   `json:"name" minLength:"1" maxLength:"100"`
	Kinds []string `json:"kinds,omitempty" nullable:"false" maxItems:"50" doc:"Groups of events (sign_ins, sessions, secrets, devices, account), each with kinds that come later, and kinds. Absent for all groups."`
}

// WebhookFields are those, for a body with more.
type WebhookFields = webhookFields

func (f webhookFields) input(address string) webhook.Input {
	in := webhook.Input{Name: f.Name, Address: address, Kinds: f.Kinds}
	if f.Kinds == nil {
		in.Kinds = webhook.GroupNames()
	}
	return in
}

type addWebhookInput struct {
	Body struct {
		WebhookFields
		Address string `json:"address" format:"uri" maxLength:"2048" doc:"Where events go: https, and a public address. It comes in no answer."`
	} `nameHint:"WebhookRequest"`
}

func (e *edge) addWebhook(ctx context.Context, in *addWebhookInput) (*newWebhookOutput, error) {
	m, err := e.Webhooks.Add(ctx, e.actor(ctx), in.Body.input(in.Body.Address))
	return showNewWebhook(m), err
}

type changeWebhookInput struct {
	ID   string `path:"id"`
	Body struct {
		WebhookFields
		Address string `json:"address,omitempty" format:"uri" maxLength:"2048" doc:"Another address. Absent for the present one."`
	} `nameHint:"WebhookChange"`
}

func (e *edge) changeWebhook(ctx context.Context, in *changeWebhookInput) (*webhookOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	w, err := e.Webhooks.Change(ctx, e.actor(ctx), id, in.Body.input(in.Body.Address))
	return &webhookOutput{showWebhook(w)}, err
}

func (e *edge) rotateWebhook(ctx context.Context, in *rotateKeyInput) (*newWebhookOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	m, err := e.Webhooks.Rotate(ctx, e.actor(ctx), id, in.Body.overlap())
	return showNewWebhook(m), err
}

type replayWebhookInput struct {
	ID   string `path:"id"`
	Body struct {
		Position int64 `json:"position" minimum:"0" doc:"From 0, the beginning of the log, to the number of its events, which is what happens from now on."`
	} `nameHint:"WebhookReplay"`
}

func (e *edge) replayWebhook(ctx context.Context, in *replayWebhookInput) (*webhookOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	w, err := e.Webhooks.Replay(ctx, e.actor(ctx), id, in.Body.Position)
	return &webhookOutput{showWebhook(w)}, err
}

type webhookAnswerOutput struct{ Body webhookAnswerRecord }

type resendToWebhookInput struct {
	ID   string `path:"id"`
	Body struct {
		EventID string `json:"eventId" minLength:"1" maxLength:"100" doc:"Of an event that has its place in the log."`
	} `nameHint:"WebhookResend"`
}

func (e *edge) resendToWebhook(ctx context.Context, in *resendToWebhookInput) (*webhookAnswerOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	a, err := e.Webhooks.Resend(ctx, e.actor(ctx), id, in.Body.EventID)
	return &webhookAnswerOutput{showWebhookAnswer(a)}, err
}

func (e *edge) testWebhook(ctx context.Context, in *idInput) (*webhookAnswerOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	a, err := e.Webhooks.Test(ctx, e.actor(ctx), id)
	return &webhookAnswerOutput{showWebhookAnswer(a)}, err
}

// webhookDeliveryRecord is one try to send an event.
type webhookDeliveryRecord struct {
	Number   int64               `json:"number" minimum:"1" doc:"Of the webhook."`
	EventID  string              `json:"eventId" doc:"The webhook-id of the message: the event's id, or that of a test."`
	Type     string              `json:"type" doc:"The kind of event, or webhook.test."`
	Position *int64              `json:"position,omitempty" minimum:"0" doc:"Of the event in the log. Absent for a test."`
	Cause    string              `json:"cause" enum:"log,resend,test" doc:"Why it was sent: in the order of the log, again by hand, or as a test."`
	TriedAt  time.Time           `json:"triedAt"`
	Answer   webhookAnswerRecord `json:"answer"`
}

func showWebhookDelivery(d webhook.Delivery) webhookDeliveryRecord {
	r := webhookDeliveryRecord{Number: d.Number, EventID: d.EventID, Type: d.Kind, Cause: d.Cause, TriedAt: d.TriedAt.UTC(), Answer: showWebhookAnswer(d.Answer)}
	if d.Position >= 0 {
		r.Position = &d.Position
	}
	return r
}

func (e *edge) listWebhookDeliveries(ctx context.Context, id string, q list.Query) (*pageOutput[webhookDeliveryRecord], error) {
	found, err := e.Webhooks.Deliveries(ctx, e.actor(ctx), id, q)
	return newPage(found, showWebhookDelivery), err
}

type webhookDeliveryInput struct {
	ID     string `path:"id"`
	Number int64  `query:"number" minimum:"1" required:"true" doc:"Of the delivery."`
}

// sentWebhookRecord is one try with what was sent.
type sentWebhookRecord struct {
	Delivery webhookDeliveryRecord `json:"delivery"`
	Body     string                `json:"body,omitempty" doc:"What was sent, but for personal parts of the event that were removed since. Absent when the event is not there any more."`
}

func (e *edge) getWebhookDelivery(ctx context.Context, in *webhookDeliveryInput) (*struct{ Body sentWebhookRecord }, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	d, r, err := e.Webhooks.Delivery(ctx, e.actor(ctx), id, in.Number)
	return &struct{ Body sentWebhookRecord }{sentWebhookRecord{showWebhookDelivery(d), r.Body}}, err
}
