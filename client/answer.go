package client

import (
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
)

// Codes of refusals.
const (
	CodeNotSignedIn = "not_signed_in"    // 401
	CodeForbidden   = "forbidden"        // 403: the session lacks a permission, a role or a group
	CodeStepUp      = "step_up_required" // 403: something has to be proven
	CodeUnavailable = "unavailable"      // 503: Sallyport cannot be asked
	CodeEnterFailed = "enter_failed"     // 400: coming back from Sallyport did not work
	CodeCrossOrigin = "cross_origin"     // 403: a page of another site wants to sign somebody out
)

// Refusal says why somebody is not let in. As JSON it is a problem document (RFC 9457).
type Refusal struct {
	Type   string  `json:"type"` // about:blank
	Title  string  `json:"title"`
	Status int     `json:"status"`
	Code   string  `json:"code"`
	Detail string  `json:"detail,omitempty"`
	StepUp *StepUp `json:"stepUp,omitempty"` // with CodeStepUp

	// Again is the path of the app at which a browser can try again, "" for none.
	Again string `json:"-"`
}

// StepUp is what has to be proven.
type StepUp struct {
	Level        int `json:"level,omitempty"`        // that the device needs
	FreshMinutes int `json:"freshMinutes,omitempty"` // since when a second factor was proven at most
}

func refusal(status int, code, detail string) Refusal {
	return Refusal{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

var (
	notSignedIn = refusal(http.StatusUnauthorized, CodeNotSignedIn, "There is no session.")
	unavailable = refusal(http.StatusServiceUnavailable, CodeUnavailable, "Nobody can be let in right now. Try again in some seconds.")
)

// page is what people read. Config.Refused replaces it.
var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title>
<h1>{{.Title}}</h1><p>{{.Detail}}</p>{{if .Again}}<p><a href="{{.Again}}">Try again</a></p>{{end}}
`))

// refuse answers who is not let in.
func (c *Client) refuse(w http.ResponseWriter, r *http.Request, v Refusal) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	switch v.Status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", "Bearer")
	case http.StatusServiceUnavailable:
		h.Set("Retry-After", "2")
	}
	if c.config.Refused != nil {
		c.config.Refused(w, r, v)
		return
	}
	if navigates(r) {
		h.Set("Content-Type", "text/html; charset=utf-8")
		h.Set("Content-Security-Policy", "default-src 'none'")
		w.WriteHeader(v.Status)
		_ = page.Execute(w, v) // nobody may be there to read it
		return
	}
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(v.Status)
	_ = json.NewEncoder(w).Encode(v)
}

// navigates reports whether a request is somebody who goes to a page, and no program or script: whoever follows a
// redirect to a page then sees it.
func navigates(r *http.Request) bool {
	if r.Header.Get("Upgrade") != "" || r.Header.Get("X-Requested-With") != "" || bearer(r) != "" {
		return false
	}
	if mode := r.Header.Get("Sec-Fetch-Mode"); mode != "" && mode != "navigate" {
		return false
	}
	return r.Method != http.MethodOptions && strings.Contains(strings.ToLower(strings.Join(r.Header.Values("Accept"), ",")), "text/html")
}

// bearer returns the token that a program sent, "" for none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}
