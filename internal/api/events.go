package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/export"
	"github.com/sallyport/sallyport/internal/list"
)

func (e *edge) addEvents() {
	handleList(e, get("listEvents", "/events", "What happened in the organisation, the newest first").
		says("An event is here at once; its place in the log follows, usually within a second.").needs(export.NeedRead), list.Events, e.listEvents)
	handle(e, get("getEvent", "/events/{id}", "One event with its place in the log", http.StatusNotFound).needs(export.NeedRead), e.getEvent)
	handle(e, get("getEventProof", "/events/{id}/proof", "What proves one event", http.StatusNotFound).
		says("Keep the answer: sallyport audit verify checks it with the public key alone. 404 while no checkpoint covers the event, for about a second.").needs(export.NeedRead), e.getEventProof)
	handle(e, get("getCheckpoint", "/events/checkpoint", "The last signed checkpoint of the audit log", http.StatusNotFound).
		says("A note of C2SP tlog-checkpoint. 404 while nothing was signed.").needs(export.NeedRead), e.getCheckpoint)
	handle(e, get("getConsistency", "/events/consistency", "What proves that the log goes on after an older checkpoint", http.StatusNotFound, http.StatusUnprocessableEntity).
		says("A consistency proof of RFC 6962, up to the last checkpoint.").needs(export.NeedRead), e.getConsistency)
	handle(e, get("listLogKeys", "/events/keys", "The public keys that sign checkpoints, the oldest first").needs(export.NeedRead), e.listLogKeys)
}

func (e *edge) listEvents(ctx context.Context, q list.Query) (*pageOutput[eventRecord], error) {
	found, err := e.Audit.All(ctx, e.actor(ctx), q)
	return newPage(found, showEvent), err
}

// placedEvent is an event with its place in the log.
type placedEvent struct {
	Event    eventRecord `json:"event"`
	Position *int64      `json:"position,omitempty" minimum:"0" doc:"From 0; missing while the event waits for its place."`
	Leaf     string      `json:"leaf" doc:"The text of which the log's tree is made, byte for byte."`
	Personal string      `json:"personal,omitempty" doc:"The part that can be removed; missing where there is none, or it was."`
}

type placedEventOutput struct{ Body placedEvent }

func (e *edge) getEvent(ctx context.Context, in *idInput) (*placedEventOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	p, err := e.Audit.Event(ctx, e.actor(ctx), id)
	out := placedEvent{Event: showEvent(p.Event), Leaf: p.Leaf, Personal: p.Personal}
	if p.Position >= 0 {
		out.Position = &p.Position
	}
	return &placedEventOutput{out}, err
}

type eventProofOutput struct {
	Body struct {
		Leaf     string `json:"leaf" doc:"The text of the event."`
		Personal string `json:"personal,omitempty" doc:"Its personal part."`
		Proof    string `json:"proof" doc:"In the form of C2SP tlog-proof: its index, hashes, and the checkpoint that they lead to."`
	} `nameHint:"EventProof"`
}

func (e *edge) getEventProof(ctx context.Context, in *idInput) (*eventProofOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	p, r, err := e.Audit.Proof(ctx, e.actor(ctx), id)
	var out eventProofOutput
	proof := audit.NewEventProof(p, r)
	out.Body.Leaf, out.Body.Personal, out.Body.Proof = proof.Leaf, proof.Personal, proof.Proof
	return &out, err
}

type checkpointOutput struct {
	Body struct {
		Size       int64  `json:"size" minimum:"1" doc:"How many events it covers."`
		Checkpoint string `json:"checkpoint" doc:"The signed note. Keep it elsewhere: it shows later whether the log was cut or changed."`
	} `nameHint:"Checkpoint"`
}

func (e *edge) getCheckpoint(ctx context.Context, _ *struct{}) (*checkpointOutput, error) {
	signed, size, err := e.Audit.Checkpoint(ctx, e.actor(ctx))
	var out checkpointOutput
	out.Body.Size, out.Body.Checkpoint = size, signed
	return &out, err
}

type consistencyInput struct {
	From int64 `query:"from" minimum:"0" required:"true" doc:"How many events the older checkpoint covers."`
}

type consistencyOutput struct {
	Body struct {
		From       int64    `json:"from" minimum:"0"`
		Hashes     []string `json:"hashes" nullable:"false" doc:"Base64, from below; empty where nothing came after."`
		Checkpoint string   `json:"checkpoint" doc:"The last one, a signed note."`
	} `nameHint:"ConsistencyProof"`
}

func (e *edge) getConsistency(ctx context.Context, in *consistencyInput) (*consistencyOutput, error) {
	x, err := e.Audit.Extension(ctx, e.actor(ctx), in.From)
	var out consistencyOutput
	out.Body.From, out.Body.Checkpoint, out.Body.Hashes = x.Older, x.Checkpoint, []string{}
	for _, h := range x.Hashes {
		out.Body.Hashes = append(out.Body.Hashes, h.String())
	}
	return &out, err
}

// logKey is the public half of a key that signs checkpoints.
type logKey struct {
	ID       string    `json:"id" doc:"The beginning of its SHA-256."`
	Verifier string    `json:"verifier" doc:"As programs for signed notes read it: name+hash+key."`
	AddedAt  time.Time `json:"addedAt"`
}

type logKeysOutput struct {
	Body struct {
		Items []logKey `json:"items" nullable:"false"`
	} `nameHint:"LogKeys"`
}

func (e *edge) listLogKeys(ctx context.Context, _ *struct{}) (*logKeysOutput, error) {
	keys, err := e.Audit.Keys(ctx, e.actor(ctx))
	var out logKeysOutput
	out.Body.Items = each(keys, func(k audit.Key) logKey { return logKey{k.ID, k.Verifier, k.AddedAt.UTC()} })
	return &out, err
}
