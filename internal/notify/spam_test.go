package notify

import (
	"bytes"
	"net/mail"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/store"
)

// scored is what SpamAssassin adds to a message: its score, and the rules that matched.
var scored = regexp.MustCompile(`(?s)X-Spam-Status: \w+, score=(-?[0-9.]+) .*?tests=(.*?)\n\S`)

// messageID is that of a message of the test, which has its kind.
var messageID = regexp.MustCompile(`Message-ID: <0193-([a-z0-9-]+)@`)

// No kind of mail looks like spam to SpamAssassin's rules, without those that ask the network.
func TestSpamAssassin(t *testing.T) {
	t.Parallel()
	var box bytes.Buffer
	for _, row := range Kinds {
		m, err := compose(store.OutboxRow{ID: "0193-" + strings.ReplaceAll(string(row.Kind), "_", "-"), CreatedAt: time.Now()}, sample(row.Kind),
			mail.Address{Name: "Acme", Address: "accounts@example.com"}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		var one bytes.Buffer
		if _, err := m.mime.WriteTo(&one); err != nil {
			t.Fatal(err)
		}
		// As the server of its reader gets it.
		box.WriteString("From accounts@example.com Sat Nov 21 14:02:00 2026\nReceived: from mail.example.com (mail.example.com [9.9.9.9]) by mx.example.com; " +
			time.Now().Format(time.RFC1123Z) + "\n")
		box.WriteString(strings.ReplaceAll(one.String(), "\r\n", "\n") + "\n\n")
	}
	path, err := exec.LookPath("spamassassin")
	if err != nil {
		t.Fatal("spamassassin is not installed: scripts/setup.sh does that")
	}
	cmd := exec.CommandContext(t.Context(), path, "--local", "--mbox", "--cf", "required_score 5", "--cf", "use_bayes 0", "--cf", "use_auto_welcomelist 0")
	cmd.Env = []string{"HOME=" + t.TempDir(), "PATH=/usr/bin:/bin"}
	cmd.Stdin = &box
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	scores := map[string][]string{}
	for _, one := range strings.Split("\n"+string(out), "\nFrom ") {
		if id, score := messageID.FindStringSubmatch(one), scored.FindStringSubmatch(one); id != nil && score != nil {
			scores[id[1]] = score
		}
	}
	for _, row := range Kinds {
		m := scores[strings.ReplaceAll(string(row.Kind), "_", "-")]
		if m == nil {
			t.Errorf("%s has no score", row.Kind)
		} else if strings.TrimPrefix(m[1], "-") != "0.0" {
			t.Errorf("%s: %s for %s", row.Kind, m[1], strings.Join(strings.Fields(m[2]), " "))
		}
	}
}
