package entry

import (
	"encoding/json"
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// passkeyAnswer is what passkey.js reads.
type passkeyAnswer struct {
	Options  json.RawMessage `json:"options,omitempty"`
	Problem  string          `json:"problem,omitempty"`
	Location string          `json:"location,omitempty"` // where to begin anew
}

// passkeyOptions answers a script that asked what a passkey is to sign.
func (p *Pages) passkeyOptions(v *kit.Visit, start string, result signin.Result, err error) error {
	if err == nil {
		deliver(v, result)
		return v.JSON(http.StatusOK, passkeyAnswer{Options: result.Asked.Options})
	}
	status := request.Status(err)
	if status >= http.StatusInternalServerError {
		p.Log.Error("passkey options", "status", status, "error", err)
	}
	said := passkeyAnswer{Problem: passkeyProblem(v.Speaker, err)}
	if code := sallyport.CodeOf(err); code == sallyport.CodeFlowExpired || code == sallyport.CodeFlowMismatch {
		v.Flash("flash.flowExpired", 0)
		said.Location = start
	}
	request.SetRetryAfter(v.W.Header(), err)
	return v.JSON(status, said)
}
