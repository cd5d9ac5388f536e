package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/owndata"
	"github.com/sallyport/sallyport/internal/request"
)

// addOwnData adds what people may demand about their own data.
func (e *edge) addOwnData() {
	download := post("downloadMyData", "/me/data", "Download everything that is held on you", http.StatusTooManyRequests).
		says("A JSON document of any size, sent as it is read: a list for each part, times in RFC 3339. Passwords, keys and codes are not in it. You are told by mail.")
	download.Responses = map[string]*huma.Response{"200": {Description: "The document.", Content: map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}},
	}}}
	handle(e, download.needs(owndata.NeedCopy), e.downloadMyData)

	leave := post("deleteMe", "/me/delete", "Have your account deleted after a grace", http.StatusConflict).
		says("Your other sessions end. Until deletesAt everything works as before and keepMe takes it back. Asking again changes nothing. " +
			"409 when policy does not let you, and last_owner for the only owner.")
	handle(e, leave.needs(account.NeedDelete), e.deleteMe)
	keep := post("keepMe", "/me/keep", "Take the deletion of your account back", http.StatusConflict).
		says("It is no error when nobody asked for it. 409 once it has begun.")
	handle(e, keep.needs(account.NeedKeep), e.keepMe)
	of := post("keepUser", "/users/{id}/keep", "Take the deletion of somebody's account back", http.StatusNotFound, http.StatusConflict).
		says("It is no error when nobody asked for it. 409 once it has begun.")
	handle(e, of.needs(account.NeedKeepOf), e.onID(e.Accounts.KeepAccountOf))
}

func (e *edge) downloadMyData(ctx context.Context, _ *struct{}) (*huma.StreamResponse, error) {
	c, err := e.OwnData.Begin(ctx, e.actor(ctx), owndata.Wanted{Format: owndata.JSON})
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(huma.Context) {
		if err := c.Write(ctx, request.Download(exchangeOf(ctx).w, c.Name(), c.Type())); err != nil {
			e.Log.WarnContext(ctx, "a copy of somebody's data was not finished", "error", err)
			panic(http.ErrAbortHandler) // the client sees that it is not whole
		}
	}}, nil
}

type leavingOutput struct {
	Body struct {
		DeletesAt time.Time `json:"deletesAt" doc:"When the account is deleted."`
	} `nameHint:"Leaving"`
}

func (e *edge) deleteMe(ctx context.Context, _ *struct{}) (*leavingOutput, error) {
	at, err := e.Accounts.RequestDeletion(ctx, e.actor(ctx))
	var out leavingOutput
	out.Body.DeletesAt = at.UTC()
	return &out, err
}

func (e *edge) keepMe(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, e.Accounts.KeepAccount(ctx, e.actor(ctx))
}
