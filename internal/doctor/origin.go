package doctor

import (
	"context"
	"crypto/rand"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/handshake"
)

// neighbours are the paths at which other services are put behind the host name of one. None is a page of Sallyport.
// Others cannot be known; a path that nobody could have guessed finds a service that takes all that is left.
var neighbours = []string{"wiki/", "blog/", "git/", "grafana/", "app/", "mail/", "cloud/", "shop/", "docs/", "chat/"}

// signature are headers that each answer of Sallyport has, and with the same values, whatever a proxy makes of them.
var signature = []string{"X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Resource-Policy"}

// origin looks whether another service answers at the public address, or at its host name on the usual port: pages of
// the first share the origin of the account pages, and both are sent the cookie of the session. ASVS 5.0 3.5.4.
func (p *patient) origin(ctx context.Context) Check {
	u, err := url.Parse(p.PublicURL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "localhost" {
		return Check{}
	}
	ours, err := ask(ctx, "https://"+u.Host+"/livez")
	if err != nil || ours.said != "ok" {
		return p.unseen(u.Host, err)
	}
	for _, address := range besides(u) {
		got, err := ask(ctx, address)
		switch {
		case err != nil && strings.HasPrefix(address, "https://"+u.Host+"/"):
			return p.unseen(u.Host, err)
		case err == nil && got.foreign(ours, u.Hostname()):
			return warn("Give the other service a host name of its own, or let the proxy send every path here: a hole in a neighbour is one in every account.",
				"Not Sallyport answers at %s: whatever does is sent the cookies of sessions.", address)
		}
	}
	return good("At %s no other service answers, as far as the paths tell that are usual for one.", u.Host)
}

// besides are the addresses at which another service would be found. At the usual port nobody need answer.
func besides(u *url.URL) []string {
	base := "https://" + u.Host + "/"
	all := []string{base + rand.Text()}
	for _, path := range neighbours {
		all = append(all, base+path)
	}
	if port := u.Port(); port != "" && port != "443" {
		all = append(all, "https://"+strings.TrimSuffix(u.Host, ":"+port)+"/")
	}
	return all
}

// unseen says that the public address does not lead here. That is told only while the service runs.
func (p *patient) unseen(host string, err error) Check {
	if !p.running {
		return Check{}
	}
	why := "something else answers"
	if err != nil {
		why = err.Error()
	}
	return warn("Run doctor where people's browsers are, or look yourself: no other service may answer at this host name.",
		"Whether another service answers at %s could not be seen from here: %s.", host, why)
}

// answer is what an address says.
type answer struct {
	status int
	header http.Header
	said   string // the first of it
}

// foreign reports whether it is the answer of another service than ours. One that leads to another host name is no
// neighbour's.
func (a answer) foreign(ours answer, host string) bool {
	if to, err := url.Parse(a.header.Get("Location")); err == nil && a.status/100 == 3 && to.Hostname() != "" && to.Hostname() != host {
		return false
	}
	return a.header.Get("X-Request-Id") == "" || slices.ContainsFunc(signature, func(name string) bool { return a.header.Get(name) != ours.header.Get(name) })
}

// ask asks without a cookie, and follows nothing.
func ask(ctx context.Context, address string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return answer{}, err
	}
	transport := &http.Transport{DisableKeepAlives: true, TLSClientConfig: handshake.Client(nil)}
	transport.TLSClientConfig.InsecureSkipVerify = true //nolint:gosec // another check judges the certificate; nothing secret is sent
	got, err := transport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(io.LimitReader(got.Body, 16))
	return answer{got.StatusCode, got.Header, strings.TrimSpace(string(text))}, err
}
