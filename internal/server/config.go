package server

import (
	"errors"
	"log/slog"
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
	MetricsToken  string         // what has to be sent there; "" for nothing
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
	Deposit       deposit.Settings // where checkpoints of audit logs are taken
}

// Check returns an error for settings that contradict each other, by the table
// [Contradictions]. It says what to change.
func (c Config) Check() error {
	var wrong []error
	public := c.publicURL()
	for _, r := range Contradictions {
		if said := r.wrong(c, public); said != "" {
			wrong = append(wrong, errors.New(said))
		}
	}
	return errors.Join(append(wrong, c.Deposit.Check(), otlp.Check(c.OTLPEndpoint))...)
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
