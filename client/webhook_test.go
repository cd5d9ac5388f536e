package client

import (
	"errors"
	"net/http"
	"testing"
	"time"
)

// The vector that Standard Webhooks publishes, and what differs from it.
func TestVerifyWebhook(t *testing.T) {
	const (
		secret  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
		another = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
		right   = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
		wrong   = "v1,AAAA9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
		body    = `{"test": 2432232314}`
	)
	sent := time.Unix(1614265330, 0)
	for name, c := range map[string]struct {
		secrets             []string
		id, signature, body string
		now                 time.Time
		want                error
	}{
		"the vector":       {[]string{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", right, body, sent, nil},
		"several":          {[]string{another, secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "v1a,xyz " + wrong + " " + right + " v1,%", body, sent, nil},
		"late":             {[]string{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", right, body, sent.Add(5 * time.Minute), nil},
		"too late":         {[]string{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", right, body, sent.Add(5*time.Minute + time.Second), ErrWebhookTime},
		"too early":        {[]string{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", right, body, sent.Add(-5*time.Minute - time.Second), ErrWebhookTime},
		"another body":     {[]string{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", right, body + " ", sent, ErrWebhookSignature},
		"another id":       {[]string{secret}, "msg_other", right, body, sent, ErrWebhookSignature},
		"another secret":   {[]string{another}, "msg_p5jXN8AQM9LWM0D4loKWxJek", right, body, sent, ErrWebhookSignature},
		"another version":  {[]string{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "v2" + right[2:], body, sent, ErrWebhookSignature},
		"no secret":        {nil, "msg_p5jXN8AQM9LWM0D4loKWxJek", right, body, sent, ErrWebhookSignature},
		"an empty secret":  {[]string{"whsec_"}, "msg_p5jXN8AQM9LWM0D4loKWxJek", right, body, sent, ErrWebhookSecret},
		"no such secret":   {[]string{"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "msg_p5jXN8AQM9LWM0D4loKWxJek", right, body, sent, ErrWebhookSecret},
		"no id":            {[]string{secret}, "", right, body, sent, ErrWebhookHeader},
		"without a word":   {[]string{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "", body, sent, ErrWebhookHeader},
		"only other kinds": {[]string{secret}, "msg_p5jXN8AQM9LWM0D4loKWxJek", "v1a,xyz", body, sent, ErrWebhookSignature},
	} {
		h := http.Header{"Webhook-Id": {c.id}, "Webhook-Timestamp": {"1614265330"}, "Webhook-Signature": {c.signature}}
		if err := VerifyWebhook(c.secrets, h, []byte(c.body), c.now); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	for _, at := range []string{"", "x", "1e9", "-9223372036854775808", "9223372036854775807"} {
		h := http.Header{"Webhook-Id": {"m"}, "Webhook-Timestamp": {at}, "Webhook-Signature": {right}}
		if err := VerifyWebhook([]string{secret}, h, nil, sent); !errors.Is(err, ErrWebhookHeader) && !errors.Is(err, ErrWebhookTime) {
			t.Errorf("at %q: %v", at, err)
		}
	}
}
