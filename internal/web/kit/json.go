package kit

import (
	"encoding/json"
	"net/http"
	"strings"
)

// WantsJSON reports whether a script asks and not somebody who looks at a page.
func WantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

// JSON answers a script.
func (v *Visit) JSON(status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	v.W.Header().Set("Content-Type", "application/json")
	v.W.WriteHeader(status)
	_, _ = v.W.Write(text) // the client left: nothing to do about it
	return nil
}
