package forward

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/gate"
	"github.com/sallyport/sallyport/internal/request"
)

// identityHeaders is THE table of what an app is told of who asks. All of them are in every answer, empty where
// nothing is known: of one that is missing, proxies have been seen to pass on what the client sent.
var identityHeaders = []struct {
	name string
	of   func(*sallyport.Checked) string
}{
	{"Remote-User", func(c *sallyport.Checked) string { return c.User.Email }},
	{"Remote-Email", func(c *sallyport.Checked) string { return c.User.Email }},
	{"Remote-Name", func(c *sallyport.Checked) string {
		return strings.TrimSpace(c.User.FirstName + " " + c.User.LastName)
	}},
	{"Remote-Groups", func(c *sallyport.Checked) string { return groups(c.Groups) }},
	{"X-Sallyport-User", func(c *sallyport.Checked) string { return c.User.ID }},
	{"X-Sallyport-Role", func(c *sallyport.Checked) string { return string(c.User.Role) }},
	{"X-Sallyport-Level", func(c *sallyport.Checked) string { return strconv.Itoa(int(c.Trust)) }},
}

// identityOf returns the values of the headers.
func identityOf(c *sallyport.Checked) []string {
	out := make([]string, len(identityHeaders))
	for i, h := range identityHeaders {
		out[i] = h.of(c)
	}
	return out
}

// setIdentity sets all of the headers; nil is nobody.
func setIdentity(h http.Header, values []string) {
	for i, row := range identityHeaders {
		if values == nil {
			h[row.name] = nobody
		} else {
			h[row.name] = values[i : i+1 : i+1]
		}
	}
}

var nobody = []string{""}

// groups writes names with commas between; a comma in a name is written %2C, and % is %25.
func groups(list []sallyport.GroupName) string {
	names := make([]string, len(list))
	for i, g := range list {
		names[i] = strings.NewReplacer("%", "%25", ",", "%2C").Replace(g.Name)
	}
	return strings.Join(names, ",")
}

// answerer writes what is no yes, as a kind of proxy understands it.
type answerer interface {
	deny(w http.ResponseWriter, r *http.Request, at *apps.Entry, q question, v gate.Verdict)
	fail(w http.ResponseWriter, r *http.Request, q question, err error)
}

// start is where a browser goes to sign in, or to prove more: to this service, by way of the app's own host, whose
// cookie says that it was this browser which asked.
func start(at *apps.Entry, q question) string {
	return at.Origin + apps.StartPath + "?" + url.Values{"to": {back(q)}}.Encode()
}

// status is that of a verdict, for whoever gets no redirect.
func status(v gate.Verdict) int {
	if v == gate.SignIn || v == gate.Factor {
		return http.StatusUnauthorized
	}
	return http.StatusForbidden
}

// leads reports whether a page here says more of a verdict, or lets its reader prove more.
func leads(v gate.Verdict) bool { return v != gate.Closed }

// direct answers as if to the client: Caddy, Traefik and Envoy pass on what is no yes.
type direct struct{}

func (direct) deny(w http.ResponseWriter, r *http.Request, at *apps.Entry, q question, v gate.Verdict) {
	if leads(v) && wantsPage(r) {
		w.Header().Set("Location", start(at, q))
		w.WriteHeader(redirect(q.method))
		return
	}
	refuseJSON(w, status(v), v.String())
}

func (direct) fail(w http.ResponseWriter, _ *http.Request, _ question, err error) {
	setIdentity(w.Header(), nil)
	refuseJSON(w, request.Status(err), string(sallyport.CodeOf(err)))
}

// redirect is the status that leads to a sign-in: whatever was sent is never sent again.
func redirect(method string) int {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return http.StatusFound
	}
	return http.StatusSeeOther
}

// byNginx answers as auth_request understands: yes, 401 or 403, and everything else is an error of nginx. Where a
// browser has to go stands in a header, which the configuration reads.
type byNginx struct{}

// locationHeader says to nginx where a browser has to go; "" for whoever gets no redirect.
const locationHeader = "X-Sallyport-Location"

func (byNginx) deny(w http.ResponseWriter, r *http.Request, at *apps.Entry, q question, v gate.Verdict) {
	if leads(v) && wantsPage(r) {
		w.Header().Set(locationHeader, start(at, q))
		refuseJSON(w, http.StatusUnauthorized, v.String())
		return
	}
	w.Header().Set(locationHeader, "")
	refuseJSON(w, status(v), v.String())
}

func (byNginx) fail(w http.ResponseWriter, _ *http.Request, _ question, err error) {
	setIdentity(w.Header(), nil)
	w.Header().Set(locationHeader, "")
	refuseJSON(w, request.Status(err), string(sallyport.CodeOf(err)))
}

// refuseJSON answers a script.
func refuseJSON(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(`{"status":` + strconv.Itoa(status) + `,"code":"` + code + `"}` + "\n")) // an error means that the client is gone
}
