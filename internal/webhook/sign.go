package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The signatures of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 of id, time and body.

const (
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// newSecret returns a secret for the signatures of one webhook.
func newSecret() string {
	raw := make([]byte, secretBytes)
	rand.Read(raw) //nolint:errcheck // never fails since Go 1.24: the program would end
	return secretPrefix + base64.StdEncoding.EncodeToString(raw)
}

// sign returns the signature of a message by one secret; "" for a secret that is none.
func sign(secret, id string, at time.Time, body []byte) string {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
	if err != nil {
		return ""
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// setHeaders signs a message with each of some secrets.
func setHeaders(h http.Header, m message, at time.Time, secrets []string) {
	signatures := make([]string, len(secrets))
	for i, s := range secrets {
		signatures[i] = sign(s, m.id, at, m.body)
	}
	h.Set("Webhook-Id", m.id)
	h.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	h.Set("Webhook-Signature", strings.Join(signatures, " "))
}
