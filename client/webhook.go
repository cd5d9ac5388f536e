package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// tolerance is how far the time of a webhook may be from now, which bounds how long a stolen one can be sent again.
const tolerance = 5 * time.Minute

// Errors of [VerifyWebhook].
var (
	ErrWebhookSecret    = errors.New("sallyport: a secret of a webhook is whsec_ and base64")
	ErrWebhookHeader    = errors.New("sallyport: a header of the webhook is missing or cannot be read")
	ErrWebhookTime      = errors.New("sallyport: the webhook is too old, or from the future")
	ErrWebhookSignature = errors.New("sallyport: no signature of the webhook is right")
)

// VerifyWebhook returns nil for a webhook that whoever has one of the secrets sent within five minutes of now (Standard
// Webhooks 1.0.0). body is as it was received. A webhook is sent again when it was not answered: webhook-id tells that
// it was there already. While a secret is replaced there are two: give both.
func VerifyWebhook(secrets []string, header http.Header, body []byte, now time.Time) error {
	id, at := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" || header.Get("Webhook-Signature") == "" {
		return ErrWebhookHeader
	}
	if age := now.Unix() - seconds; age > int64(tolerance.Seconds()) || age < -int64(tolerance.Seconds()) {
		return ErrWebhookTime
	}
	right := false
	for _, secret := range secrets {
		text, ok := strings.CutPrefix(secret, "whsec_")
		key, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil || len(key) == 0 {
			return ErrWebhookSecret
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + at + "."))
		mac.Write(body)
		want := mac.Sum(nil)
		for signature := range strings.FieldsSeq(header.Get("Webhook-Signature")) {
			version, encoded, _ := strings.Cut(signature, ",")
			got, err := base64.StdEncoding.DecodeString(encoded)
			right = version == "v1" && err == nil && hmac.Equal(got, want) || right
		}
	}
	if !right {
		return ErrWebhookSignature
	}
	return nil
}
