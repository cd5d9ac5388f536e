package kit

import "net/http"

// AlivePath is asked by pages that come to the front.
const AlivePath = "/session/alive"

// Alive says whether the session that a page was made for is the one in use: no content when it is, the
// sign-in when there is none any more, a conflict when it is another one.
func Alive(v *Visit) error {
	status := http.StatusNoContent
	if v.R.URL.Query().Get("of") != v.Checked.Session.ID {
		status = http.StatusConflict
	}
	v.W.WriteHeader(status)
	return nil
}
