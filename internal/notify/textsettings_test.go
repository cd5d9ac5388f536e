package notify

import (
	"bytes"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const webhookKey = "0123456789abcdef01234567"

func TestParseSMS(t *testing.T) {
	for in, want := range map[string]Twilio{
		"twilio://AC1:token@api.twilio.com?from=%2B15005550006":                              {Base: "https://api.twilio.com", SID: "AC1", Token: "token", From: "+15005550006"},
		"twilio://AC1:t%40%2F@gateway.example:8443/?from=Quayside":                           {Base: "https://gateway.example:8443", SID: "AC1", Token: "t@/", From: "Quayside"},
		"twilio://AC1:token@10.0.0.5?private=yes&service=MG0123456789abcdef0123456789abcdef": {Base: "https://10.0.0.5", SID: "AC1", Token: "token", Service: "MG0123456789abcdef0123456789abcdef"},
		"twilio://AC1:token@[2001:db8::1]:443?from=%2B15005550006&private=yes":               {Base: "https://[2001:db8::1]:443", SID: "AC1", Token: "token", From: "+15005550006"},
	} {
		got, err := ParseSMS(in)
		s, ok := got.(*Twilio)
		if err != nil || !ok || s.Client == nil {
			t.Errorf("ParseSMS(%q): %v", in, err)
			continue
		}
		bare := *s
		if bare.Client = nil; bare != want {
			t.Errorf("ParseSMS(%q) = %+v", in, bare)
		}
	}
	for in, want := range map[string]struct{ url, secret string }{
		"webhook+https://" + webhookKey + "@sms.example.com/send?private=yes":    {"https://sms.example.com/send", webhookKey},
		"webhook+https://whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3@sms.example.com": {"https://sms.example.com", webhookKey},
		"webhook+https://" + webhookKey + "%2F%40@sms.example.com:8443/a%2Fb":    {"https://sms.example.com:8443/a%2Fb", webhookKey + "/@"},
		"webhook+http://" + webhookKey + "@localhost:8000/send?private=yes":      {"http://localhost:8000/send", webhookKey},
	} {
		got, err := ParseSMS(in)
		s, ok := got.(*Webhook)
		if err != nil || !ok || s.URL != want.url || string(s.Secret) != want.secret {
			t.Errorf("ParseSMS(%q) = %+v, %v", in, got, err)
		}
	}
}

func TestParseSMSRefuses(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none.pem")
	if err := os.WriteFile(none, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	const twilio, webhook = "twilio://ACx:Sh0uldNotShow@api.twilio.com?", "webhook+https://Sh0uldNotShow0123456789abcdef@sms.example.com"
	for in, says := range map[string]string{
		"on":                             "--sms must be off, or an address",
		"Off":                            "--sms must be",
		"api.twilio.com":                 "--sms must be",
		"twilio://api.twilio.com?from=A": "--sms must be",
		"twilio://Sh0uldNotShow@api.twilio.com?from=A":                       "--sms must be",
		"twilio://:Sh0uldNotShow@api.twilio.com?from=A":                      "--sms must be",
		"twilio://ACx:Sh0uld%NotShow@api.twilio.com?from=A":                  "--sms must be",
		"twilio://ACx:Sh0uldNotShow@api.twilio.com/x?from=A":                 "--sms must be",
		"twilio://ACx:Sh0uldNotShow@api.twilio.com:99999?from=A":             "port",
		"https://Sh0uldNotShow@sms.example.com":                              "--sms must be",
		"webhook+ftp://Sh0uldNotShow@sms.example.com":                        "--sms must be",
		"webhook+https://sms.example.com":                                    "--sms must be",
		"webhook+https://u:Sh0uldNotShow@sms.example.com":                    "--sms must be",
		webhook + "#Sh0uldNotShow":                                           "--sms must be",
		"webhook+https://Sh0uldNotShow@sms.example.com":                      "less than 24",
		"webhook+https://whsec_Sh0uldNotShow@sms.example.com":                "base64",
		"webhook+https://whsec_U2gwdWxk@sms.example.com":                     "less than 24",
		"webhook+http://Sh0uldNotShow0123456789@localhost":                   "in the way could read",
		"webhook+http://Sh0uldNotShow0123456789@sms.example.com?private=yes": "on the way could read",
		strings.TrimSuffix(twilio, "?"):                                      "needs a sender",
		twilio + "from=A&service=MG0123456789abcdef0123456789abcdef":         "needs a sender",
		twilio + "from=+15005550006":                                         "no sender",
		twilio + "from=Name+of+twelve+":                                      "no sender",
		twilio + "service=MG1":                                               "no messaging service",
		twilio + "from=A&from=B":                                             "more than once",
		twilio + "from=A&private=no":                                         "private=yes",
		twilio + "from=A&Sh0uldNotShow=1":                                    "not known",
		twilio + "from=A&ca=/no/such/file":                                   "cannot be read",
		twilio + "from=A&ca=" + url.QueryEscape(none):                        "no certificate",
		twilio + "%zz":      "cannot be read",
		webhook + "?from=A": "not known",
	} {
		says = strings.Replace(says, "in the way", "on the way", 1)
		_, err := ParseSMS(in)
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "Sh0uld") {
			t.Errorf("ParseSMS(%q): %v; want a sentence with %q and no secret", in, err, says)
		}
	}
}

func TestTextSettings(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sms")
	var said bytes.Buffer
	for _, c := range []struct {
		sms       string
		available bool
		notice    string
	}{
		{"", true, "written to " + dir},
		{"off", false, ""},
		{"twilio://AC1:token@api.twilio.com?from=Quayside", true, ""},
	} {
		s := TextSettings{SMS: c.sms, Folder: dir}
		sender, err := s.Open(slog.New(slog.NewTextHandler(&said, nil)))
		if err != nil || s.Available() != c.available || (sender.Notice() == "") != (c.notice == "") || !strings.Contains(sender.Notice(), c.notice) {
			t.Errorf("%q: %v, %v, %q", c.sms, err, s.Available(), sender.Notice())
		}
	}
	if _, err := (TextSettings{SMS: "on"}).Open(nil); err == nil {
		t.Error("a setting that means nothing is taken")
	}
}

// Files are closed to others, one for each message, and the log has no code.
func TestTextFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sms")
	var said bytes.Buffer
	f := TextFolder{dir, slog.New(slog.NewTextHandler(&said, nil))}
	x := sampleText()
	message := SentText{ID: "row", Kind: x.Kind, To: x.To, Text: x.write(known[x.Kind]), Code: x.Data.Code, Created: x.Data.CodeUntil}
	for range 2 {
		if err := f.Send(t.Context(), message); err != nil {
			t.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 || !strings.HasSuffix(info.Name(), ".txt") {
		t.Errorf("%v, %v", info, err)
	}
	text, err := os.ReadFile(filepath.Join(dir, info.Name()))
	if err != nil || string(text) != "To: +41791234567\n\n"+message.Text+"\n" {
		t.Errorf("%q, %v", text, err)
	}
	if log := said.String(); !strings.Contains(log, info.Name()) || strings.Contains(log, x.Data.Code) || strings.Contains(log, x.To) {
		t.Errorf("the log says %s", log)
	}
}

func FuzzParseSMS(f *testing.F) {
	f.Add("twilio://AC1:token@api.twilio.com?from=%2B15005550006&private=yes")
	f.Add("webhook+https://" + webhookKey + "@sms.example.com/a%2Fb?private=yes")
	f.Add("webhook+http://whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3@[::1]:8000/?private=yes")
	f.Fuzz(func(t *testing.T, in string) {
		got, err := ParseSMS(in)
		if err != nil {
			return
		}
		switch s := got.(type) {
		case *Twilio:
			u, err := url.Parse(s.Base)
			if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || s.SID == "" || s.Token == "" || (s.From == "") == (s.Service == "") {
				t.Errorf("ParseSMS(%q) = %+v", in, s)
			}
		case *Webhook:
			u, err := url.Parse(s.URL)
			if err != nil || u.User != nil || len(s.Secret) < 24 || u.Scheme != "https" && !(u.Scheme == "http" && loopback(u.Hostname())) {
				t.Errorf("ParseSMS(%q) = %+v", in, s)
			}
		default:
			t.Errorf("ParseSMS(%q) = %T", in, got)
		}
	})
}
