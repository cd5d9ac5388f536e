package profile

import (
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// avatarImage is somebody's picture as pages show it. Its address has the hash of its pixels,
// so a browser may keep it for good.
func (p *Pages) avatarImage(v *kit.Visit) error {
	size, err := strconv.Atoi(v.R.PathValue("size"))
	if err != nil {
		return sallyport.ErrNotFound
	}
	found, err := p.Accounts.Avatar(v.R.Context(), p.Actor(v), v.R.PathValue("user"), v.R.PathValue("hash"), size)
	if err != nil {
		return err
	}
	request.Picture(v.W, v.R, request.Stored(found), true)
	return nil
}
