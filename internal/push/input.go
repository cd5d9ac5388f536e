package push

import (
	"crypto/ecdh"
	"encoding/base64"
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

// authSize is how long the secret of a browser is, in bytes (RFC 8291).
const authSize = 16

// parse checks every field. CodeInvalid lists the wrong ones.
func (in Input) parse() (to notify.PushTarget, host string, err error) {
	var wrong []sallyport.FieldError
	host, code := outbound.HostOf(in.Endpoint)
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
	return map[string]string{"max": strconv.Itoa(outbound.MaxAddress)}
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
