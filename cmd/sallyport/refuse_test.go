package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Contradicting settings are refused before anything is created.
func TestRefusesSettings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  []string
		args []string
		want []string
	}{
		"unknown variable":       {[]string{"SALLYPORT_TRUSTED_PROXIES=10.0.0.0/8"}, nil, []string{"SALLYPORT_TRUSTED_PROXIES, which is not a setting"}},
		"unknown flag":           {nil, []string{"--trusted-proxies=10.0.0.0/8"}, []string{"unknown flag --trusted-proxies"}},
		"bad variable":           {[]string{"SALLYPORT_CONNECTIONS=many"}, nil, []string{"many"}},
		"plain HTTP":             {nil, []string{"--public-url=http://accounts.example.com"}, []string{"browsers drop secure cookies"}},
		"https without TLS":      {nil, []string{"--public-url=https://accounts.example.com"}, []string{"neither a certificate nor a proxy"}},
		"nobody's mail":          {nil, []string{"--public-url=https://accounts.example.com", "--trusted-proxy=10.0.0.2"}, []string{"--smtp names no mail server", "--smtp files"}},
		"nobody's mail nearby":   {nil, []string{"--public-url=https://192.168.1.4", "--trusted-proxy=10.0.0.2"}, []string{"--smtp names no mail server"}},
		"half of TLS":            {nil, []string{"--tls-cert=cert.pem"}, []string{"--tls-cert and --tls-key go together"}},
		"two contradictions":     {nil, []string{"--listen=nowhere", "--tls-key=key.pem"}, []string{"--listen must be", "go together"}},
		"whole internet trusted": {nil, []string{"--trusted-proxy=0.0.0.0/0"}, []string{"trusts the whole internet"}},
		"no network":             {[]string{"SALLYPORT_TRUSTED_PROXY=proxy.local"}, nil, []string{"neither an address nor a network"}},
		"weak hashing":           {nil, []string{"--argon2-memory=1024"}, []string{"weaker than 19456 KiB"}},
		"metrics in public":      {nil, []string{"--metrics-listen=127.0.0.1:8080"}, []string{"the same address"}},
		"metrics for everybody":  {nil, []string{"--metrics-listen=0.0.0.0:9464"}, []string{"by anybody: give --metrics-token"}},
		"metrics on any address": {[]string{"SALLYPORT_METRICS_LISTEN=:9464"}, nil, []string{"by anybody: give --metrics-token"}},
		"short metrics token":    {nil, []string{"--metrics-listen=:9464", "--metrics-token=secret"}, []string{"too short to be safe"}},
		"collector":              {nil, []string{"--otlp-endpoint=127.0.0.1:4318"}, []string{"--otlp-endpoint must be the address of a collector"}},
		"one connection":         {nil, []string{"--connections=1"}, []string{"from 2 to 500"}},
		"foreign database":       {nil, []string{"--database=mysql://localhost"}, []string{"must be a postgres:// address"}},
		"log level":              {nil, []string{"--log-level=loud"}, []string{"--log-level must be one of"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data := filepath.Join(t.TempDir(), "data")
			o := run(t, c.env, append([]string{"serve", "--data", data}, c.args...)...)
			if o.code == 0 || strings.Contains(o.errors, "panic") {
				t.Errorf("exit code %d: %s", o.code, o.errors)
			}
			for _, want := range c.want {
				if !strings.Contains(o.errors, want) {
					t.Errorf("%q is not in: %s", want, o.errors)
				}
			}
			if _, err := os.Stat(filepath.Join(data, databaseFile)); err == nil {
				t.Error("a database was made")
			}
		})
	}
}

// Settings that need the database to be checked are refused too, and the error has no secret.
func TestRefusesMailAndKeys(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  string
		want string
	}{
		"mail without sender": {"SALLYPORT_SMTP=smtp://robot:Sh0uldNotShow@mail.example.com", "--smtp is given without --mail-from"},
		"mail address":        {"SALLYPORT_SMTP=robot:Sh0uldNotShow@mail.example.com", "--smtp must be an address like"},
		"gateway address":     {"SALLYPORT_SMS=twilio:AC1:Sh0uldNotShow@api.twilio.com", "--sms must be off, or an address like"},
		"gateway sender":      {"SALLYPORT_SMS=twilio://AC1:Sh0uldNotShow@api.twilio.com", "--sms needs a sender"},
		"gateway in clear":    {"SALLYPORT_SMS=webhook+http://Sh0uldNotShow0123456789@sms.example.com", "could read the codes"},
		"keys":                {`SALLYPORT_KEYS={"Sh0uldNotShow":1}`, "the keys cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := run(t, []string{c.env}, "serve", "--listen", "127.0.0.1:0", "--data", t.TempDir())
			if o.code != 1 || !strings.Contains(o.errors, c.want) || strings.Contains(o.errors, "Sh0uldNotShow") {
				t.Errorf("exit code %d: %s", o.code, o.errors)
			}
		})
	}
}

func TestOtherCommandsRefuse(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	unclaimed(t, data)
	if o := run(t, nil, "policy", "show", "--data", data); o.code != 1 || !strings.Contains(o.errors, "this installation has no owner yet") {
		t.Errorf("without an owner: %+v", o)
	}
	claimed(t, data)
	for want, args := range map[string][]string{
		"lockoutFailures: This must be from 3 to 100":                            {"policy", "set", "lockoutFailures=2"},
		"sessionIdleWebMinutes: This cannot be more than sessionLifetimeMinutes": {"policy", "set", "sessionIdleWebMinutes=86400", "sessionLifetimeMinutes=43200"},
		"mfaEnforced: mfaMethods leaves":                                         {"policy", "set", "mfaEnforced=everyone", "mfaMethods=backup_codes"},
		"deviceSkipMfa: This needs deviceReverifyDays, which is 0":               {"policy", "set", "deviceSkipMfa=yes"},
		"retentionDays: This must be 0 or from 30 to 3650":                       {"policy", "set", "retentionDays=1"},
		"deviceCompromise: Possible are alert, flag.":                            {"policy", "set", "deviceCompromise=panic"},
		"passwordHistory: This must be a whole number":                           {"policy", "set", "passwordHistory=some"},
		"sessionMaskIp: This must be true or false":                              {"policy", "set", "sessionMaskIp=maybe"},
		"lockoutTries: There is no such field":                                   {"policy", "set", "lockoutTries=6"},
		"passwordHistory is given twice":                                         {"policy", "set", "passwordHistory=4", "passwordHistory=6"},
		`"passwordHistory" is not of the form FIELD=VALUE`:                       {"policy", "set", "passwordHistory"},
		"must be one of": {"policy", "preset", "lenient"},
		"there is no organisation with host name \"other.example\"": {"policy", "show", "--host", "other.example"},
		"there is no such user":                               {"user", "unlock", "nobody@example.com"},
		"email: Somebody has this address already":            {"user", "invite", ownerEmail},
		"email: This does not look like an e-mail address":    {"user", "invite", "nobody"},
		"--public-url is plain HTTP for accounts.example.com": {"user", "invite", "a@example.com", "--public-url", "http://accounts.example.com"},
		"--public-url must be an address like":                {"user", "invite", "a@example.com", "--public-url", "accounts.example.com"},
	} {
		if o := run(t, nil, append(args, "--data", data)...); o.code == 0 || !strings.Contains(o.errors, want) {
			t.Errorf("%v: exit code %d, %s", args, o.code, o.errors)
		}
	}
	if out := ok(t, "policy", "show", "--data", data); !strings.Contains(out, "the default, never changed") {
		t.Errorf("%s", out)
	}
}
