package webhook_test

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/webhook"
)

// The vector that Standard Webhooks publish.
func TestVector(t *testing.T) {
	const secret, id, want = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	if got := webhook.Sign(secret, id, time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`)); got != want {
		t.Errorf("%s", got)
	}
}

// judge verifies messages with a package that somebody else wrote, and returns "ok" or what is wrong for each.
func judge(t *testing.T, secret string, now time.Time, messages ...received) []string {
	t.Helper()
	const dir = "testdata/peer"
	if _, err := os.Stat(filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal("what verifies signatures is not installed: run npm ci in internal/webhook/testdata/peer, as make test does")
	}
	var in strings.Builder
	for _, m := range messages {
		headers := map[string]string{}
		for name, values := range m.Header {
			headers[name] = values[0]
		}
		line, err := json.Marshal(map[string]any{"secret": secret, "headers": headers, "body": m.Raw, "now": now.Unix()})
		apptest.Must(t, err)
		in.Write(append(line, '\n'))
	}
	cmd := exec.CommandContext(t.Context(), "node", "verify.js")
	cmd.Dir, cmd.Stdin, cmd.Stderr = dir, strings.NewReader(in.String()), os.Stderr
	out, err := cmd.Output()
	apptest.Must(t, err)
	var said []string
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		said = append(said, lines.Text())
	}
	if len(said) != len(messages) {
		t.Fatalf("%d verdicts on %d messages", len(said), len(messages))
	}
	return said
}

// A package that somebody else wrote takes what is sent, and nothing that was changed. While a secret is replaced both
// sign, and afterwards the new one alone.
func TestRotation(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		w := newWorld(t, a)
		m := w.add(t, w.to)
		first := m.Secret
		send := func() received {
			t.Helper()
			w.to.taken()
			w.happens(t, 1)
			w.work(t)
			got := w.to.taken()
			if len(got) == 0 {
				t.Fatal("nothing came")
			}
			return got[len(got)-1]
		}
		signatures := func(got received, n int, secrets map[string]string) {
			t.Helper()
			if all := strings.Fields(got.Header.Get("Webhook-Signature")); len(all) != n {
				t.Errorf("%d signatures, want %d", len(all), n)
			}
			for secret, want := range secrets {
				if said := judge(t, secret, a.Clock.Now(), got); said[0] != want {
					t.Errorf("%s, want %s", said[0], want)
				}
			}
		}
		const ok, no = "ok", "No matching signature found"
		got := send()
		signatures(got, 1, map[string]string{first: ok})
		changed := got
		changed.Raw = strings.Replace(got.Raw, `"position":`, `"position":1`, 1)
		other := got
		other.Header = got.Header.Clone()
		other.Header.Set("Webhook-Id", "other")
		if said := judge(t, first, a.Clock.Now(), changed, other); said[0] != no || said[1] != no {
			t.Errorf("what was changed is taken: %q", said)
		}
		if said := judge(t, first, a.Clock.Now().Add(10*time.Minute), got); said[0] != "Message timestamp too old" {
			t.Errorf("an old message: %q", said)
		}
		if got.Header.Get("Webhook-Timestamp") != strconv.FormatInt(a.Clock.Now().Unix(), 10) || got.Header.Get("Webhook-Id") != got.Data.ID || got.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%v", got.Header)
		}

		m, err := a.Webhooks.Rotate(t.Context(), w.me, m.ID, 24*time.Hour)
		apptest.Must(t, err)
		second := m.Secret
		if second == first || !m.FormerUntil.Equal(a.Clock.Now().Add(24*time.Hour)) {
			t.Errorf("%+v", m.Webhook)
		}
		signatures(send(), 2, map[string]string{first: ok, second: ok})
		a.Clock.Advance(24 * time.Hour)
		w.me = apptest.Actor(a.SignInAs(t, a.Laptop(t), apptest.OwnerEmail))
		signatures(send(), 1, map[string]string{first: no, second: ok})

		m, err = a.Webhooks.Rotate(t.Context(), w.me, m.ID, 0)
		apptest.Must(t, err)
		signatures(send(), 1, map[string]string{second: no, m.Secret: ok})
		_, err = a.Webhooks.Rotate(t.Context(), w.me, m.ID, time.Minute)
		apptest.Denied(t, "another overlap", err, sallyport.CodeInvalid)
	})
}
