package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// wantsJSON reports whether a script asks and not somebody who looks at a page.
func wantsJSON(r *http.Request) bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

// passkeyAnswer is what passkey.js reads.
type passkeyAnswer struct {
	Options  json.RawMessage `json:"options,omitempty"`
	Problem  string          `json:"problem,omitempty"`
	Location string          `json:"location,omitempty"` // where to begin anew
}

// passkeyOptions answers a script that asked what a passkey is to sign.
func (p *Pages) passkeyOptions(v *visit, start string, result signin.Result, err error) error {
	if err == nil {
		request.Deliver(v.w, v.r, result)
		return writeJSON(v, http.StatusOK, passkeyAnswer{Options: result.Asked.Options})
	}
	status := request.Status(err)
	if status >= http.StatusInternalServerError {
		p.Log.Error("passkey options", "status", status, "error", err)
	}
	said := passkeyAnswer{Problem: passkeyProblem(v.speaker, err)}
	if code := sallyport.CodeOf(err); code == sallyport.CodeFlowExpired || code == sallyport.CodeFlowMismatch {
		flash(v, "flash.flowExpired", 0)
		said.Location = start
	}
	request.SetRetryAfter(v.w.Header(), err)
	return writeJSON(v, status, said)
}

func writeJSON(v *visit, status int, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	v.w.Header().Set("Content-Type", "application/json")
	v.w.WriteHeader(status)
	_, _ = v.w.Write(text) // the client left: nothing to do about it
	return nil
}
