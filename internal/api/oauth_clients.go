package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/oauth"
)

func (e *edge) addOAuthClients() {
	handle(e, get("listOauthClients", "/oauth-clients", "The services that may ask who holds a token, by name").needs(oauth.NeedView), e.listClients)
	handle(e, get("getOauthClient", "/oauth-clients/{id}", "One of them", http.StatusNotFound).needs(oauth.NeedView), e.getClient)

	add := post("addOauthClient", "/oauth-clients", "Let a service ask who holds a token", withBody()...)
	add.Description = "Its id and secret are for POST /oauth2/introspect. 422 taken when a service has the name, so that a repeated call makes no second one."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(oauth.NeedManage), e.addClient)

	rotate := post("rotateOauthClient", "/oauth-clients/{id}/rotate", "Replace the secret of a service", withBody(http.StatusNotFound)...)
	rotate.Description = "The former secret works for overlapHours more."
	handle(e, rotate.needs(oauth.NeedManage), e.rotateClient)

	handle(e, post("deleteOauthClient", "/oauth-clients/{id}/delete", "Stop a service from asking", http.StatusNotFound).
		says("A repeated call answers 404.").needs(oauth.NeedManage), e.onID(e.OAuth.DeleteClient))
}

// clientRecord is a service that asks about tokens.
type clientRecord struct {
	ID           string    `json:"id" doc:"Its client_id, and the audience of tokens for it."`
	Name         string    `json:"name"`
	Hint         string    `json:"hint" doc:"The end of its secret."`
	CreatedAt    time.Time `json:"createdAt"`
	RotatedAt    time.Time `json:"rotatedAt,omitzero" doc:"When its secret was last replaced."`
	FormerEndsAt time.Time `json:"formerEndsAt,omitzero" doc:"Until when the secret before that works."`
	LastUsedAt   time.Time `json:"lastUsedAt,omitzero" doc:"To about a minute. Absent when never."`
}

func (e *edge) showClient(c sallyport.OAuthClient) clientRecord {
	r := clientRecord{ID: c.ID, Name: c.Name, Hint: c.Hint, CreatedAt: c.CreatedAt.UTC(), RotatedAt: c.RotatedAt.UTC(), LastUsedAt: c.UsedAt.UTC()}
	if e.Now().Before(c.FormerEndsAt) {
		r.FormerEndsAt = c.FormerEndsAt.UTC()
	}
	return r
}

// ClientFields are those of a service, for a record with more.
type ClientFields = clientRecord

// newClientRecord is a service with its secret.
type newClientRecord struct {
	ClientFields
	Secret string `json:"secret" doc:"Its client_secret. It is shown this once."`
}

type clientListOutput struct {
	Body struct {
		Items []clientRecord `json:"items" nullable:"false"`
	} `nameHint:"OauthClientList"`
}

type newClientOutput struct{ Body newClientRecord }

func (e *edge) listClients(ctx context.Context, _ *struct{}) (*clientListOutput, error) {
	found, err := e.OAuth.Clients(ctx, e.actor(ctx))
	var out clientListOutput
	out.Body.Items = each(found, e.showClient)
	return &out, err
}

func (e *edge) getClient(ctx context.Context, in *idInput) (*struct{ Body clientRecord }, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	c, err := e.OAuth.Client(ctx, e.actor(ctx), id)
	return &struct{ Body clientRecord }{e.showClient(c)}, err
}

type addClientInput struct {
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100"`
	} `nameHint:"OauthClientRequest"`
}

func (e *edge) addClient(ctx context.Context, in *addClientInput) (*newClientOutput, error) {
	m, err := e.OAuth.AddClient(ctx, e.actor(ctx), in.Body.Name)
	return &newClientOutput{newClientRecord{e.showClient(m.OAuthClient), m.Secret}}, err
}

func (e *edge) rotateClient(ctx context.Context, in *rotateKeyInput) (*newClientOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	m, err := e.OAuth.RotateClient(ctx, e.actor(ctx), id, in.Body.overlap())
	return &newClientOutput{newClientRecord{e.showClient(m.OAuthClient), m.Secret}}, err
}
