package message

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// families are the beginnings of ids whose last part is chosen at run time. An id of a
// family counts as used when its last part is a string in the code.
var families = []string{
	"checklist.", "dashboard.activity.", "dashboard.many.", "dashboard.need.", "dashboard.outcome.", "dashboard.range.", "dashboard.since.", "dashboard.",
	"sso.pitch.", "sso.note.", "sso.problem.", "sso.step.", "sso.piece.", "sso.auth.", "sso.use.", "sso.provision.", "sso.onText.", "sso.blocked.", "sso.",
	"alerts.by.", "alerts.format.", "alerts.formatHelp.", "alerts.help.", "alerts.outcome.", "alerts.topic.", "webhooks.outcome.",
	"attemptList.window.", "blocks.for.", "bulk.did.", "bulk.done.", "bulk.heading.", "bulk.left.", "bulk.why.", "bulk.", "deviceList.act.", "deviceList.ended.", "deviceList.level.", "deviceList.short.", "deviceList.why.", "filter.hint.", "sessionList.end.",
	"policy.field.", "policy.help.", "policy.section.", "policy.sectionLead.", "policy.preset.", "policy.presetLead.", "policy.count.", "policy.stricter.", "policy.switch.",
	"policy.choice.apiKeyActs.", "policy.choice.mfaEnforced.", "policy.choice.accountDeletion.", "copy.part.", "copy.field.", "policy.choice.deviceCompromise.", "policyReview.effect.", "policyReview.why.", "policyReview.dangerOwner.", "policyReview.dangerYou.",
	"look.field.", "look.part.", "look.partLead.", "look.change.light.", "look.change.dark.", "look.use.", "look.mode.", "look.pane.", "brand.", "mail.footer.",
	"person.act.", "person.checked.", "person.flagged.", "flash.person.", "mfa.audience.", "log.removed.", "log.restored.", "log.reason.", "log.limit.", "log.",
	"logPage.proves.", "logPage.", "activity.group.", "keyStatus.", "device.ended.", "device.flagged.", "device.reported.", "ended.", "ending.", "error.", "event.answered.", "event.flagged.", "event.removed.", "event.trusted.", "event.", "flash.", "mail.figure.", "mail.method.", "mail.task.", "method.", "month.", "nav.", "permission.", "reason.", "risk.short.", "risk.", "role.", "status.", "notifications.lead.", "notifications.topic.", "notifications.way.", "stepUp.to.", "strength.", "trust.short.", "trust.why.", "trust.",
}

// perhaps matches strings in code and templates that could be ids.
var perhaps = regexp.MustCompile(`"([a-z][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_.]+)?)"`)

// called matches the ids that code and templates ask for.
var called = regexp.MustCompile(`(?:\{\{-? ?t |\(t |\b(?:T|N|ago|Since|Moment)\(|\bt )"([^"]+)"`)

// sources returns the text of the project's code and templates, without tests and without
// the tables of this package.
func sources(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".git")) {
			return fs.SkipDir
		}
		code := strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go")
		if !d.IsDir() && (code || strings.HasSuffix(path, ".html")) {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			texts[path] = string(text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

func TestEveryIDThatIsUsedExists(t *testing.T) {
	found := 0
	for path, text := range sources(t) {
		if strings.HasSuffix(path, "message.go") { // its comments have example ids
			continue
		}
		for _, m := range called.FindAllStringSubmatch(text, -1) {
			found++
			if id := m[1]; !ids()[id] && !slices.Contains(families, id) && !strings.HasSuffix(id, ".") {
				t.Errorf("%s asks for message %q, which is not in en.json", path, id)
			}
		}
	}
	if found < 100 {
		t.Errorf("found %d places only", found)
	}
}

// ofMail matches the texts of mails. Their ids follow from the kind of mail, and a test of
// package notify compares them with its table.
var ofMail = regexp.MustCompile(`^mail\.\w+\.(subject|title|lead|byAdmin|advice|button|notMe)$`)

func TestEveryIDIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, text := range sources(t) {
		for _, m := range perhaps.FindAllStringSubmatch(text, -1) {
			used[m[1]] = true
		}
	}
	for _, id := range IDs() {
		if used[id] || ofMail.MatchString(id) || strings.HasPrefix(id, "rule.") { // another test checks the rules
			continue
		}
		family := slices.IndexFunc(families, func(f string) bool { return strings.HasPrefix(id, f) })
		if family < 0 {
			t.Errorf("message %q is in en.json and nothing uses it", id)
			continue
		}
		end := strings.TrimPrefix(id, families[family])
		for _, suffix := range []string{"Title", "Text", "Act", "Hint", "Yes", "Meaning", "_self", "_nobody", "_lifted", "_denied", "_factor"} {
			end = strings.TrimSuffix(end, suffix)
		}
		if families[family] != "month." && !used[end] && !used[families[family]+end] {
			t.Errorf("message %q is in en.json and no code has %q", id, end)
		}
	}
}
