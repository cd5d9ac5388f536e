package server

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"time"

	"github.com/sallyport/sallyport/internal/deposit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/otlp"
	"github.com/sallyport/sallyport/internal/store"
)

// Config has the settings of an installation. The command line fills it; its help
// explains each setting.
type Config struct {
	Database      string         // postgres:// URL, or the path of a SQLite file
	Store         store.Options  // sizes; the zero value means the defaults
	PublicURL     string         // address of the service for its users, for example https://accounts.example.com
	Listen        string         // address to serve on
	MetricsListen string         // address of the metrics listener; "" for none
	OTLPEndpoint  string         // address of the collector of traces; "" for none
	TLSCert       string         // file; "" to serve plain HTTP
	TLSKey        string         // file
	Proxies       []netip.Prefix // X-Forwarded-For of these proxies is trusted
	CityFile      string         // optional city database
	BreachList    string         // optional list of passwords from data breaches
	Data          string         // folder of keys.json; without SMTP and an SMS gateway, mails and texts are written here too
	Keys          string         // contents of keys.json, instead of the file
	SMTP          string         // address of the mail server; "files", or "" on localhost, writes files
	MailFrom      string         // sender of mails
	SMS           string         // address of the gateway for text messages; "" writes files, "off" sends none
	Argon2        factor.Argon2  // the zero value means factor.DefaultArgon2
	HashSlots     int            // concurrent password hashings; 0 means a default
	Version       string
	Now           func() time.Time // nil means time.Now
	Log           *slog.Logger     // nil means no log
	AccessLog     bool             // a line for each request but session checks
	Grace         time.Duration    // how long running requests may take when the server stops; 0 means 10 seconds
	Deposit       deposit.Settings // where checkpoints of audit logs are taken
}

// Check returns an error for settings that contradict each other. It says what to change.
func (c Config) Check() error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	u, err := url.Parse(c.PublicURL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		say("--public-url must be an address like https://accounts.example.com")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		say("--public-url must be a bare origin: remove everything after the host and port")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		say("--public-url is plain HTTP for %s, where browsers drop secure cookies and nobody could sign in: use an https:// address, or localhost for a trial", u.Hostname())
	case u.Scheme == "http" && c.TLSCert != "":
		say("--tls-cert is given but --public-url is http://: make it https://, or leave out the TLS files")
	case u.Scheme == "https" && c.TLSCert == "" && len(c.Proxies) == 0:
		say("--public-url is https:// but there is neither a certificate nor a proxy in front: give --tls-cert and --tls-key, or name the proxy that ends TLS with --trusted-proxy")
	}
	if err == nil && u.Host != "" && c.SMTP == "" && !c.Local() {
		say("--public-url is for other people than yourself but --smtp names no mail server: give --smtp and --mail-from, " +
			"or --smtp files to have mails written to files in the --data folder, for a trial")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		say("--tls-cert and --tls-key go together: give both or neither")
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		say("--listen must be host:port or :port")
	}
	if c.MetricsListen != "" {
		if _, _, err := net.SplitHostPort(c.MetricsListen); err != nil {
			say("--metrics-listen must be host:port or :port")
		}
		if c.MetricsListen == c.Listen {
			say("--metrics-listen and --listen are the same address: metrics are not for the public, give them another one")
		}
	}
	for _, err := range []error{c.Deposit.Check(), otlp.Check(c.OTLPEndpoint)} {
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	for _, p := range c.Proxies {
		if p.Bits() == 0 {
			say("--trusted-proxy %s trusts the whole internet, so anybody could claim any address: name your proxies only", p)
		}
	}
	if a := c.Argon2; a != (factor.Argon2{}) && (a.MemoryKiB < factor.DefaultArgon2.MemoryKiB || a.Iterations < factor.DefaultArgon2.Iterations || a.Lanes < 1) {
		say("the argon2 settings are weaker than %d KiB of memory, %d iterations and 1 lane: raise them",
			factor.DefaultArgon2.MemoryKiB, factor.DefaultArgon2.Iterations)
	}
	return errors.Join(wrong...)
}

// Local reports whether the public address is on this machine.
func (c Config) Local() bool {
	u, err := url.Parse(c.PublicURL)
	return err == nil && loopback(u.Hostname())
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
