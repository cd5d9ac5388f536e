package push

import (
	"crypto/ecdh"
	"encoding/base64"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/outbound"
)

// Input is what a browser says when it subscribes: PushSubscription.toJSON() of the Push API.
type Input struct {
	Endpoint string // where its push service takes messages for it
	P256dh   string // its public key, base64url
	Auth     string // its secret, base64url
}

const (
	maxEndpoint = 2048 // characters; those of today have less than 800
	authSize    = 16   // bytes, RFC 8291
)

// parse checks every field. CodeInvalid lists the wrong ones.
func (in Input) parse() (to notify.PushTarget, host string, err error) {
	var wrong []sallyport.FieldError
	host, code := endpointHost(in.Endpoint)
	if code != "" {
		wrong = append(wrong, sallyport.FieldError{Field: "endpoint", Code: code, Args: limit(code)})
	}
	if key, ok := decode(in.P256dh); !ok || !onCurve(key) {
		wrong = append(wrong, sallyport.FieldError{Field: "p256dh", Code: "invalid"})
	}
	if secret, ok := decode(in.Auth); !ok || len(secret) != authSize {
		wrong = append(wrong, sallyport.FieldError{Field: "auth", Code: "invalid"})
	}
	if wrong != nil {
		return to, "", sallyport.Invalid(wrong...)
	}
	return notify.PushTarget{Endpoint: in.Endpoint, P256dh: in.P256dh, Auth: in.Auth}, host, nil
}

func limit(code string) map[string]string {
	if code != "too_long" {
		return nil
	}
	return map[string]string{"max": strconv.Itoa(maxEndpoint)}
}

func tooMany() error {
	return sallyport.Invalid(sallyport.FieldError{Field: "endpoint", Code: "too_many", Args: map[string]string{"max": strconv.Itoa(MaxSubscriptions)}})
}

// decode reads base64url, with or without padding.
func decode(s string) ([]byte, bool) {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	return b, err == nil
}

// onCurve reports whether a key is a point of P-256, not compressed.
func onCurve(key []byte) bool {
	_, err := ecdh.P256().NewPublicKey(key)
	return err == nil
}

// endpointHost returns the host of an endpoint, with its port where it has one, or the code of what is wrong with it. A name may lead
// anywhere, and elsewhere tomorrow: the address is checked when the connection is made.
func endpointHost(endpoint string) (host, code string) {
	if len(endpoint) > maxEndpoint {
		return "", "too_long"
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" || u.User != nil || u.Fragment != "" || strings.ContainsFunc(endpoint, func(r rune) bool { return r <= ' ' || r > '~' || r == '\\' }) {
		return "", "invalid_address"
	}
	host = strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if !mayBePublic(host) {
		return "", "invalid_host"
	}
	if port := u.Port(); port != "" {
		return net.JoinHostPort(host, port), ""
	}
	return host, ""
}

// mayBePublic reports whether a host is an address of the public internet, or a name.
func mayBePublic(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return outbound.Public(a)
	}
	return hostName.MatchString(host) && !numberLike.MatchString(host)
}

var (
	hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?)*$`)
	// Some programs read names that end like this as addresses: 127.1, 0x7f.0.0.1, 2130706433.
	numberLike = regexp.MustCompile(`(^|\.)(0x[0-9a-f]*|[0-9]+)$`)
)
