package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"time"
)

// Webhook sends text messages to a program of the operator, which passes them to a
// provider. Requests are signed by Standard Webhooks: https://www.standardwebhooks.com
type Webhook struct {
	URL    string
	Secret []byte
	Client *http.Client
	Now    func() time.Time // nil for time.Now; the receiver refuses old requests
}

// Notice returns "": messages reach their readers.
func (*Webhook) Notice() string { return "" }

// webhookText is the request body. The code is only in the text, because the receiver does
// not need it otherwise.
type webhookText struct {
	ID        string    `json:"id"` // the same at every try
	To        string    `json:"to"`
	Text      string    `json:"text"`
	TenantID  string    `json:"tenantId"`
	Kind      Kind      `json:"kind"`
	CreatedAt time.Time `json:"createdAt"`
}

// Send sends one message.
func (s *Webhook) Send(ctx context.Context, t SentText) error {
	body, err := json.Marshal(webhookText{t.ID, t.To, t.Text, t.TenantID, t.Kind, t.Created.UTC()})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return &Failure{Why: "the gateway's address cannot be used"} // the address may hold a secret, so it is left out
	}
	now := time.Now
	if s.Now != nil {
		now = s.Now
	}
	at := strconv.FormatInt(now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Webhook-Id", t.ID)
	r.Header.Set("Webhook-Timestamp", at)
	r.Header.Set("Webhook-Signature", "v1,"+s.sign(t.ID+"."+at+".", body))
	answer, err := post(ctx, s.Client, r)
	if err != nil {
		return err
	}
	switch answer.status {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return nil
	case http.StatusUnprocessableEntity:
		return refusal(answer, true, "it will not take this message")
	}
	return refusal(answer, false, "")
}

func (s *Webhook) sign(head string, body []byte) string {
	mac := hmac.New(sha256.New, s.Secret)
	mac.Write([]byte(head))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
