package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/request"
)

func (e *edge) addAvatars() {
	set := put("setMyAvatar", "/me/avatar", "Choose a picture of yourself", withBody(http.StatusTooManyRequests)...)
	set.Description = "The body is a file: PNG, JPEG, GIF or WebP, a still picture, 8 MB and 40 megapixels at most. " +
		"It is turned upright, cut to a square and made anew; nothing else of it is kept. x, y and side are the square, in pixels of the upright picture; without side it is the largest in the middle."
	handle(e, set.needs(account.NeedAvatar), e.setMyAvatar)
	handle(e, remove("removeMyAvatar", "/me/avatar", "Remove your picture").says("Without one it is no error.").needs(account.NeedAvatar), e.removeMyAvatar)
	handle(e, showing(get("getMyAvatar", "/me/avatar", "Your picture", http.StatusNotFound)).signedIn(), e.getMyAvatar)
	handle(e, showing(get("getUserAvatar", "/users/{id}/avatar", "The picture of a user", http.StatusNotFound)).needs(account.NeedView), e.getUserAvatar)
}

// showing describes an answer that is a picture.
func showing(op operation) operation {
	op.Description = "In the smallest size that is not below the one asked for, or else in its largest. With its hash, as in the path that the account has, it may be kept for good."
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.Responses = map[string]*huma.Response{"200": {Description: "The picture.", Content: map[string]*huma.MediaType{"image/jpeg": file, "image/png": file}}}
	return op
}

// avatarPath is the path of a user's picture below that of the user, "" without one.
func avatarPath(below string, u sallyport.User) string {
	if u.Avatar == "" {
		return ""
	}
	return prefix + below + "/avatar?hash=" + u.Avatar
}

type setAvatarInput struct {
	X       int    `query:"x" minimum:"0" maximum:"10000" doc:"Left edge of the square, in pixels."`
	Y       int    `query:"y" minimum:"0" maximum:"10000" doc:"Its upper edge."`
	Side    int    `query:"side" minimum:"0" maximum:"10000" doc:"Its side; 0 for the largest square in the middle."`
	RawBody []byte `contentType:"application/octet-stream"`
}

func (e *edge) setMyAvatar(ctx context.Context, in *setAvatarInput) (*struct{}, error) {
	return nil, e.Accounts.SetAvatar(ctx, e.actor(ctx), in.RawBody, picture.Crop{X: in.X, Y: in.Y, Size: in.Side})
}

func (e *edge) removeMyAvatar(ctx context.Context, _ *struct{}) (*struct{}, error) {
	return nil, e.Accounts.RemoveAvatar(ctx, e.actor(ctx))
}

// avatarInput is which picture is asked for.
type avatarInput struct {
	Size int    `query:"size" minimum:"1" maximum:"512" default:"192" doc:"In pixels."`
	Hash string `query:"hash" pattern:"^[0-9a-f]{32}$" doc:"Of the picture, as in the path that the account has."`
}

func (e *edge) getMyAvatar(ctx context.Context, in *avatarInput) (*huma.StreamResponse, error) {
	actor := e.actor(ctx)
	p, err := e.Accounts.Avatar(ctx, actor, actor.UserID, in.Hash, in.Size)
	return sent(ctx, request.Stored(p), in.Hash != "", err)
}

type userAvatarInput struct {
	ID   string `path:"id"`
	Size int    `query:"size" minimum:"1" maximum:"512" default:"192" doc:"In pixels."`
	Hash string `query:"hash" pattern:"^[0-9a-f]{32}$" doc:"Of the picture, as in the path that the account has."`
}

func (e *edge) getUserAvatar(ctx context.Context, in *userAvatarInput) (*huma.StreamResponse, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	p, err := e.Accounts.AvatarOf(ctx, e.actor(ctx), id, in.Hash, in.Size)
	return sent(ctx, request.Stored(p), in.Hash != "", err)
}

// sent answers with a picture.
func sent(ctx context.Context, p request.Stored, forGood bool, err error) (*huma.StreamResponse, error) {
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(huma.Context) {
		x := exchangeOf(ctx)
		p.Hash = "" // its address is enough
		request.Picture(x.w, x.r, p, forGood)
	}}, nil
}
