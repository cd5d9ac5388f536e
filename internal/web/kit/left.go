package kit

import (
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
)

// LeftPath says how much time a session has left. To ask is no use of it; to post is one, as any request is.
const LeftPath = "/session/left"

// LeftView is how much time a session has left, in seconds: pages warn before it is over (WCAG 2.2.1).
type LeftView struct {
	Idle int64 `json:"idle"` // if nothing more happens
	All  int64 `json:"all"`  // whatever happens
}

// viewLeft says what a session has left that was used last at the given time.
func viewLeft(v sallyport.Session, used, now time.Time) *LeftView {
	return &LeftView{
		Idle: int64(used.Add(v.IdleTimeout).Sub(now) / time.Second),
		All:  int64(v.ExpiresAt.Sub(now) / time.Second),
	}
}

// Left answers the script that warns, without a use of the session.
func Left(v *Visit) error {
	return v.JSON(http.StatusOK, viewLeft(v.Checked.Session, v.Checked.Session.LastActivityAt, v.Now))
}

// Stay answers somebody who stays signed in: that they asked is a use of the session.
func Stay(v *Visit) error {
	return v.JSON(http.StatusOK, viewLeft(v.Checked.Session, v.Now, v.Now))
}
