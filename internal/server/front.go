package server

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/sallyport/sallyport/internal/request"
)

// probes are the paths that say only whether the node works. Whoever looks after the node asks past the proxy.
var probes = map[string]bool{"/livez": true, "/readyz": true}

// misdirectedEvery is the time between two warnings of clients that came past the proxy.
const misdirectedEvery = time.Minute

// behindProxy answers the named proxies alone where one of them ends TLS: anybody else comes in the clear, past
// whatever the proxy refuses and logs. ASVS 5.0 12.2.1.
func (s *Server) behindProxy(next http.Handler) http.Handler {
	if s.config.TLSCert != "" || len(s.config.Proxies) == 0 || !strings.HasPrefix(s.config.PublicURL, "https://") {
		return next
	}
	warn := occasional{every: misdirectedEvery}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if probes[r.URL.Path] || request.FromProxy(r, s.config.Proxies) {
			next.ServeHTTP(w, r)
			return
		}
		if n := warn.count(s.config.Now()); n > 0 {
			host, _, _ := net.SplitHostPort(r.RemoteAddr)
			s.config.Log.WarnContext(r.Context(), "clients came past the proxy, in the clear, and were answered 421: name it with --trusted-proxy if it is one", "requests", n, "last", host)
		}
		http.Error(w, "This service is reached through its proxy only.", http.StatusMisdirectedRequest)
	})
}

// occasional lets something be said once in a while, with how often it happened.
type occasional struct {
	every time.Duration

	mu   sync.Mutex
	said time.Time
	n    int
}

// count counts, and returns how many are to be told now: 0 for none.
func (o *occasional) count(now time.Time) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.n++
	if !o.said.IsZero() && now.Sub(o.said) < o.every {
		return 0
	}
	n := o.n
	o.said, o.n = now, 0
	return n
}

// withToken lets pass whoever sends a token, if there is one.
func withToken(token string, next http.Handler) http.Handler {
	if token == "" {
		return next
	}
	want := sha256.Sum256([]byte(token))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		scheme, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		got := sha256.Sum256([]byte(sent))
		if subtle.ConstantTimeCompare(got[:], want[:]) != 1 || !strings.EqualFold(scheme, "bearer") {
			w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
			http.Error(w, http.StatusText(http.StatusUnauthorized), http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
