package gate

import (
	"net"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"github.com/sallyport/sallyport"
)

// ParseOrigin reads the address of an app: scheme, host and port, and nothing behind. https is needed, but for
// what runs on the machine itself. The host comes out in lower case and in ASCII. What is wrong is nil for a good one.
func ParseOrigin(text string) (origin string, wrong *sallyport.FieldError) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Opaque != "" {
		return "", address("origin")
	}
	host := strings.TrimSuffix(u.Hostname(), ".")
	if net.ParseIP(host) == nil {
		if host, err = idna.Lookup.ToASCII(host); err != nil {
			return "", address("origin")
		}
	}
	port := u.Port()
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535) {
		return "", address("origin")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http", u.User != nil, strings.Trim(u.Path, "/") != "", u.RawQuery != "", u.Fragment != "", host == "":
		return "", address("origin")
	case u.Scheme == "http" && !local(host):
		return "", address("needs_https")
	}
	if u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		port = ""
	}
	host = strings.ToLower(host)
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port != "" {
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}

// address is an error of the address of an app.
func address(code string) *sallyport.FieldError {
	return &sallyport.FieldError{Field: "address", Code: code}
}

// local reports whether a host is the machine itself, as browsers take it.
func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// Origin returns the origin of an address as a proxy tells of it: scheme and host, with a port only where it is
// not the scheme's own. ok is false for what is no plain host.
func Origin(scheme, host string) (origin string, ok bool) {
	if scheme != "https" && scheme != "http" {
		return "", false
	}
	for i := range len(host) {
		c := host[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-.:[]_", c) >= 0) {
			return "", false
		}
	}
	host = strings.ToLower(host)
	if port := map[string]string{"https": ":443", "http": ":80"}[scheme]; strings.HasSuffix(host, port) {
		host = host[:len(host)-len(port)]
	}
	return scheme + "://" + strings.TrimSuffix(host, "."), host != ""
}
