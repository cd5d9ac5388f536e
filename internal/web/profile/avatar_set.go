package profile

import (
	"io"
	"net/http"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// avatarAnswer is what the script of the page is answered with: where to go on, or why not.
type avatarAnswer struct {
	Next    string `json:"next,omitempty"`
	Problem string `json:"problem,omitempty"`
}

// avatarSet takes the file that was sent, with the square that was chosen; without scripts it
// is the largest one in the middle.
func (p *Pages) avatarSet(v *kit.Visit) error {
	data, err := sentPicture(v.R)
	if err == nil {
		err = p.Accounts.SetAvatar(v.R.Context(), p.Actor(v), data, picture.Crop{X: number(v, "x"), Y: number(v, "y"), Size: number(v, "side")})
	}
	switch refused := kit.AsRefused(err); {
	case err == nil:
		v.Flash("flash.avatarSet", 0)
		if kit.WantsJSON(v.R) {
			return v.JSON(http.StatusOK, avatarAnswer{Next: kit.GeneralPath})
		}
		v.Redirect(kit.GeneralPath)
		return nil
	case refused == nil:
		return err
	case kit.WantsJSON(v.R):
		return v.JSON(request.Status(err), avatarAnswer{Problem: avatarProblem(v.Speaker, refused)})
	}
	return p.SendBack(v, avatarPath, err)
}

// avatarProblem is why a picture was not taken, in one text.
func avatarProblem(s kit.Speaker, err *sallyport.Error) string {
	if len(err.Fields) > 0 {
		return s.Rule(err.Fields[0])
	}
	return s.T("avatar.tooMany") + " " + s.WaitText(err)
}

// sentPicture reads the file of the form; nothing when there is none.
func sentPicture(r *http.Request) ([]byte, error) {
	if r.MultipartForm == nil || len(r.MultipartForm.File["picture"]) == 0 {
		return nil, nil
	}
	file, err := r.MultipartForm.File["picture"][0].Open()
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

// number returns a field of the form; 0 for none.
func number(v *kit.Visit, name string) int {
	n, _ := strconv.Atoi(v.Value(name))
	return n
}
