package notify

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/message"
)

var update = flag.Bool("update", false, "write the golden files of mails")

// missing matches a text id that was not replaced, and a value that was not given.
var missing = regexp.MustCompile(`mail\.[a-z]|no value`)

// sample returns a mail of a kind with everything that it can have.
func sample(k Kind) content {
	at := time.Date(2026, 11, 21, 13, 2, 5, 0, time.UTC)
	full := Data{
		At:     at,
		Place:  sallyport.Location{Country: "DE", City: "Berlin"},
		Device: sallyport.DeviceInfo{Type: sallyport.DeviceDesktop, Browser: "Chrome", OS: "macOS"}, IPAddress: "203.0.113.7",
		Attempts: 5, Until: at.Add(30 * time.Minute),
		InvitedBy: "Bo Lindqvist",
		Link:      "https://accounts.example.com/link/spl_0123456789abcdefghijklmnopqrstuvwxyzABCDEFG", LinkUntil: at.Add(30 * time.Minute),
		NotMe: "https://accounts.example.com/not-me/spl_GFEDCBAzyxwvutsrqponmlkjihgfedcba9876543210",
	}
	d := Data{Organisation: "Acme", Name: "Ann Lee"}
	row := known[k]
	for _, f := range append(append([]Field{}, row.Needs...), row.May...) {
		switch f {
		case Origin:
			d.At, d.Place, d.Device, d.IPAddress = full.At, full.Place, full.Device, full.IPAddress
		case Attempts:
			d.Attempts = full.Attempts
		case Until:
			d.Until = full.Until
		case InvitedBy:
			d.InvitedBy = full.InvitedBy
		case Link:
			d.Link, d.LinkUntil = full.Link, full.LinkUntil
		case NotMe:
			d.NotMe = full.NotMe
		case Mine:
			d.Mine = "https://accounts.example.com/mine/spl_abcdefghijklmnopqrstuvwxyzABCDEFG0123456789"
		case Code:
			d.Code, d.CodeUntil = "048151", at.Add(10*time.Minute)
		case Address:
			d.Address = "new@corp.test"
		case Method:
			d.Method = sallyport.MethodWebAuthn
		case FactorName:
			d.FactorName = "Work laptop"
		case ChannelName:
			d.ChannelName = "#security"
		case WebhookName:
			d.WebhookName = "Payroll"
		case ProviderName:
			d.ProviderName = "Corp sign-in"
		case KeyName:
			d.KeyName = "Nightly backup"
		case Remaining:
			d.Remaining = new(0) // 0 is shown too
		case DeviceName:
			d.DeviceName = "Firefox on Linux"
		case Reasons:
			d.Why = Why{Words: "Lost on the train", Findings: []sallyport.Finding{
				{Signal: "impossible_travel", Args: map[string]string{"km": "1900", "minutes": "40", "from": "Lisbon", "fromCountry": "PT"}},
				{Signal: "fingerprint_jump", Args: map[string]string{"changed": "system,screen"}},
			}}
		case Person:
			d.Person = "bo@example.com"
		case Role:
			d.Role = string(sallyport.RoleMember)
		case Page:
			d.Page = "https://accounts.example.com/profile/security/two-factor/add"
		case Figures:
			d.Figures = []Figure{
				{Name: "sessions", Count: 1284, People: new(int64(911)), Before: new(int64(1250))}, {Name: "secondFactor", Count: 83, Share: true, Before: new(int64(80))},
				{Name: "failed", Count: 96, Before: new(int64(241))}, {Name: "locked", Count: 10000, More: true}, {Name: "trusted", Count: 640, Before: new(int64(640))}, {Name: "compromised"},
			}
		case Tasks:
			for _, kind := range []string{"attack", "flagged", "unanswered", "locked", "certificate", "dead_mails", "not_enrolled", "review"} {
				d.Tasks = append(d.Tasks, Task{Kind: kind, Count: 1000, More: kind == "dead_mails", Until: full.Until})
			}
		case ByAdmin: // another text, with its own test
		}
	}
	if row.OnlyTime(d) {
		d.Place, d.Device, d.IPAddress = sallyport.Location{}, sallyport.DeviceInfo{}, ""
	}
	return content{To: "ann@example.com", Kind: k, Lang: "en", Zone: "Europe/Berlin", Data: d}
}

// golden compares got with a file, and prints none of it when they are equal.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s differs (run with -update and look at what changed):\n%s", name, diff)
	}
}

func goldenMail(t *testing.T, name string, c content) (text, html string) {
	t.Helper()
	l, err := write(c)
	if err != nil {
		t.Fatal(err)
	}
	text, html, err = l.render()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, name+".txt", "Subject: "+l.Subject+"\n\n"+text)
	golden(t, name+".html", html)
	return text, html
}

func TestMails(t *testing.T) {
	for _, row := range Kinds {
		t.Run(string(row.Kind), func(t *testing.T) {
			c := sample(row.Kind)
			text, html := goldenMail(t, string(row.Kind), c)
			for _, form := range []string{text, html} {
				for _, part := range append(c.Data.links(), c.Data.Why.Words, c.Data.Code) {
					if !strings.Contains(form, part) {
						t.Errorf("a form lacks %s", part)
					}
				}
				if missing.MatchString(form) {
					t.Error("a sentence is missing")
				}
			}
			for _, remote := range []string{"src=", "url(", "<img", "<link", "<script", "@import", "http://"} {
				if strings.Contains(html, remote) {
					t.Errorf("the mail loads or runs something: %s", remote)
				}
			}
		})
	}
}

// Names that people and browsers may have.
func TestMailsWithStrangeNames(t *testing.T) {
	c := sample(AccountLocked)
	c.Zone = "Asia/Riyadh"
	c.Data.Organisation = "شركة النور"
	c.Data.Name = "محمد بن عبد الله"
	c.Data.Place = sallyport.Location{Country: "SA", City: "الرياض"}
	goldenMail(t, "names_arabic", c)

	c = sample(Invitation)
	c.Data.Organisation = "Zażółć & 🦊 <Gęślą> \"Jaźń\"\r\nBcc: all@example.com"
	c.Data.Name = "👩🏽‍🚒 O'Neil"
	c.Data.InvitedBy = strings.Repeat("Rhoshandiatellyneshiaunneveshenk ", 6)
	c.Data.Link = "https://accounts.example.com/" + strings.Repeat("long", 60)
	text, _ := goldenMail(t, "names_emoji_long", c)
	if strings.Contains(text, "\nBcc") {
		t.Error("a name begins a line of its own")
	}

	c = sample(NewSignIn)
	c.Zone, c.Lang = "Nowhere/Land", "xx-!!"
	c.Data.Mine, c.Data.Why = "", Why{}
	c.Data.Name, c.Data.Place, c.Data.Device, c.Data.IPAddress = "www.evil.example", sallyport.Location{}, sallyport.DeviceInfo{}, ""
	text, _ = goldenMail(t, "names_unknown", c)
	if strings.Contains(text, "evil") {
		t.Error("a name that reads like a link is shown")
	}
}

// A mail in the colours of an organisation, with its links. Nothing that an admin typed becomes markup.
func TestMailInBrand(t *testing.T) {
	for name, accent := range map[string]string{"yellow": "#ffee00", "black": "#000000"} {
		c := sample(NewSignIn)
		c.brand = brand{look: sallyport.Look{
			Accent: accent, HelpURL: "https://help.example/?a=1&b=2", PrivacyURL: "https://www.example/privacy%22%3E%3Cscript%3E",
			ImprintURL: "https://www.example/imprint", SecurityContact: "mailto:security@corp.example",
		}}
		if name == "black" {
			c.brand.logo = &logo{Width: 120, Height: 30, Plate: true, kind: "image/png", body: []byte("\x89PNG")}
		}
		text, html := goldenMail(t, "brand_"+name, c)
		for _, part := range []string{"Help: https://help.example/?a=1&b=2\n", "Security contact: mailto:security@corp.example\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("the text lacks %q", part)
			}
		}
		for _, part := range []string{`href="mailto:security@corp.example"`, accent, `href="https://help.example/?a=1&amp;b=2"`} {
			if !strings.Contains(html, part) {
				t.Errorf("the HTML lacks %q", part)
			}
		}
		if strings.Contains(html, "<script") || strings.Contains(html, "ZgotmplZ") {
			t.Error("the mail is broken")
		}
	}
}

// A mail about an admin's act says when, and nothing else about the admin.
func TestByAdmin(t *testing.T) {
	m := enqueued(FactorRemoved)
	m.Data.ByAdmin, m.Data.FactorName = true, "www.evil.example"
	if _, _, err := m.check(); err == nil {
		t.Error("a mail that says where an admin was is sent")
	}
	// The mail's text hides it too, whatever the data has.
	text, _ := goldenMail(t, "factor_removed_by_admin", content{To: m.To, Kind: m.Kind, Lang: m.Lang, Zone: m.Zone, Data: m.Data})
	for _, of := range []string{m.Data.IPAddress, "Berlin", "Chrome", "evil"} {
		if strings.Contains(text, of) {
			t.Errorf("the mail says %q", of)
		}
	}
}

// A mail names another person by e-mail address, or by a name that is no link.
func TestPerson(t *testing.T) {
	for in, want := range map[string]string{"bo@example.com": "bo@example.com", "Bo Lindqvist": "Bo Lindqvist", "win at evil.example": ""} {
		if got := (writer{d: Data{Person: in}}).person(); got != want {
			t.Errorf("%q is shown as %q", in, got)
		}
	}
}

func TestNames(t *testing.T) {
	for in, want := range map[string]string{
		"Ann Lee":               "Ann Lee",
		" Ann \t\n Lee ":        "Ann Lee",
		"J. R. Smith":           "J. R. Smith",
		"J.R. Smith":            "J.R. Smith",
		"O'Neil 🦊":              "O'Neil 🦊",
		"win at evil.example":   "",
		"https://evil":          "",
		"Call 1-900-555-0199":   "",
		"call (900) 555 01 99":  "",
		"19005550199":           "",
		"Pixel 8 of 2024":       "Pixel 8 of 2024",
		"Ann\u202eeeL":          "AnneeL",
		"bad \xff bytes":        "bad bytes",
		strings.Repeat("x", 99): strings.Repeat("x", 79) + "…",
	} {
		if got := personal(in); got != want {
			t.Errorf("personal(%q) = %q, want %q", in, got, want)
		}
	}
}

// A mail in another language has the same parts, and not a sentence of English.
func TestMailsInEveryLanguage(t *testing.T) {
	for _, p := range message.All()[1:] {
		for _, row := range Kinds {
			c := sample(row.Kind)
			en, err := write(c)
			if err != nil {
				t.Fatal(err)
			}
			c.Lang = p.Lang()
			l, err := write(c)
			if err != nil {
				t.Fatal(err)
			}
			text, html, err := l.render()
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range append(c.Data.links(), c.Data.Why.Words, c.Data.Code, "ann@example.com") {
				if !strings.Contains(text, part) || !strings.Contains(html, part) {
					t.Errorf("%s in %s lacks %s", row.Kind, p.Lang(), part)
				}
			}
			said := append([]string{en.Title, en.Lead, en.Advice, en.Greeting}, en.Footer...)
			for _, f := range en.Facts {
				said = append(said, f.Label+"\n")
			}
			for _, sentence := range said {
				if strings.TrimSpace(sentence) != "" && strings.Contains(text, sentence) {
					t.Errorf("%s in %s says %q", row.Kind, p.Lang(), sentence)
				}
			}
			if !strings.Contains(html, `lang="`+p.Lang()+`" dir="`+p.Dir()+`"`) || missing.MatchString(text) {
				t.Errorf("%s in %s: language, direction or a sentence is missing", row.Kind, p.Lang())
			}
		}
	}
}

// ofKind matches the ids of texts of one kind of mail; its group is the kind.
var ofKind = regexp.MustCompile(`^mail\.(\w+)\.(subject|title|lead|byAdmin|advice|button|notMe)$`)

// Every row has its texts in every language, and every text has a row.
func TestKinds(t *testing.T) {
	used := map[string]bool{"mail.notMe.button": true, "mail.mine.button": true} // of every mail that has them
	for _, p := range message.All() {
		for _, row := range Kinds {
			w := row.Words()
			for _, id := range []string{w.Subject, w.Title, w.Lead, w.ByAdmin, w.Advice, w.Button, w.NotMe, row.Text} {
				used[id] = true
				if id != "" && !p.Has(id) {
					t.Errorf("%s in %s: no message %q", row.Kind, p.Lang(), id)
				}
			}
		}
	}
	for _, id := range message.IDs() {
		if ofKind.MatchString(id) && !used[id] {
			t.Errorf("message %q is of no kind of mail", id)
		}
	}
	for _, row := range Kinds {
		has := map[Field]bool{}
		for _, f := range append(append([]Field{}, row.Needs...), row.May...) {
			if has[f] {
				t.Errorf("%s names %q twice", row.Kind, f)
			}
			has[f] = true
		}
		if row.Text != "" && !has[Code] || row.Security && row.Always {
			t.Errorf("the row of %s contradicts itself", row.Kind)
		}
		if row.Security != has[NotMe] {
			t.Errorf("%s is about security and has no way to say that it was somebody else, or the other way round", row.Kind)
		}
		if _, ok := audit.Of(audit.Kind(row.Event)); !ok || row.Means == "" {
			t.Errorf("%s goes with an event that does not exist: %q", row.Kind, row.Event)
		}
	}
	if len(known) != len(Kinds) {
		t.Error("a kind has two rows")
	}
}

// A device that nobody named, and that said nothing of itself, is reported too.
func TestUnknownDevice(t *testing.T) {
	m := enqueued(DeviceFlagged)
	m.Data.DeviceName, m.Data.DeviceInfo = "", &sallyport.DeviceInfo{}
	if _, _, err := m.check(); err != nil {
		t.Fatal(err)
	}
	l, err := write(content{To: m.To, Kind: m.Kind, Lang: "de", Data: m.Data})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(l.Facts, fact{"Gerät", "Unbekanntes Gerät"}) {
		t.Errorf("%+v", l.Facts)
	}
}
