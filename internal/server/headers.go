package server

import (
	"net/http"
	"strings"

	"github.com/sallyport/sallyport/internal/request"
)

// headers sets the headers that an answer has unless its handler says otherwise: it runs nothing, shows
// nothing, is framed and embedded by nobody, and is kept nowhere. So an answer that nobody thought of,
// such as a redirect of a mux, is closed. Pages, static files and pictures set policies of their own.
func (s *Server) headers(next http.Handler) http.Handler {
	https := strings.HasPrefix(s.config.PublicURL, "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["X-Content-Type-Options"] = nosniff
		h["Referrer-Policy"] = noReferrer
		h["Content-Security-Policy"] = nothing
		h["Cross-Origin-Resource-Policy"] = sameOrigin
		h["Cache-Control"] = noStore
		if https {
			h["Strict-Transport-Security"] = hsts
		}
		next.ServeHTTP(w, r)
	})
}

// withoutHSTS leaves out what an answer says of the host that it comes from: proxies pass it on from the host of an app.
func withoutHSTS(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Del("Strict-Transport-Security")
		next.ServeHTTP(w, r)
	})
}

// Header values made once: the session check allocates nothing for them.
var (
	nosniff    = []string{"nosniff"}
	noReferrer = []string{"same-origin"}
	hsts       = []string{"max-age=31536000; includeSubDomains"}
	nothing    = []string{request.Inert}
	sameOrigin = []string{"same-origin"}
	noStore    = []string{"no-store"}
)
