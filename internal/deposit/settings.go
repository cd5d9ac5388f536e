package deposit

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"time"

	"github.com/sallyport/sallyport/internal/email"
	"github.com/sallyport/sallyport/internal/outbound"
)

// Settings say where checkpoints go, as the operator writes them.
type Settings struct {
	Folder string        // --checkpoint-folder; "" for none
	URL    string        // --checkpoint-url; "" for none
	To     string        // --checkpoint-mail; "" for none
	Every  time.Duration // --checkpoint-every; 0 means UsualEvery
}

// UsualEvery is the interval that is not given.
const UsualEvery = time.Hour

// Check returns an error with a sentence for each thing to change.
func (s Settings) Check() error {
	_, err := s.ways(Config{})
	const least, most = time.Minute, 24 * time.Hour
	if s.Every != 0 && (s.Every < least || s.Every > most) {
		err = errors.Join(err, errors.New("--checkpoint-every must be from 1m to 24h"))
	}
	return err
}

func (s Settings) ways(c Config) (ways []Way, err error) {
	var wrong []error
	if s.Folder != "" {
		if info, err := os.Stat(s.Folder); err != nil || !info.IsDir() {
			wrong = append(wrong, fmt.Errorf("--checkpoint-folder: %s is no folder: make it first", s.Folder))
		}
		ways = append(ways, folder{s.Folder})
	}
	if s.URL != "" {
		w, err := parseURL(s.URL)
		ways, wrong = append(ways, w), append(wrong, err)
	}
	if s.To != "" {
		to, err := email.Parse(s.To)
		if err != nil {
			wrong = append(wrong, errors.New("--checkpoint-mail must be an e-mail address such as audit@example.com"))
		}
		ways = append(ways, mailbox{c.Mail, to, c.Now})
	}
	return ways, errors.Join(wrong...)
}

// parseURL reads the address that checkpoints are posted to:
//
//	https://user:password@archive.example.com/checkpoints
//	https://archive.internal/checkpoints?private=yes&ca=FILE
//	http://localhost:8000/?private=yes    in the clear, on this machine alone
//
// Other parameters stay in the address. Errors do not show it: it may hold a secret.
func parseURL(address string) (web, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http" || u.Fragment != "" {
		return web{}, errors.New("--checkpoint-url must be an address like https://archive.example.com/checkpoints")
	}
	parameters, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return web{}, errors.New("--checkpoint-url has parameters after the ? that cannot be read")
	}
	var wrong []error
	private, ca := parameters.Get("private"), parameters.Get("ca")
	if private != "" && private != "yes" {
		wrong = append(wrong, errors.New("--checkpoint-url has a private option other than private=yes: leave it out, a server on the internet needs none"))
	}
	if u.Scheme == "http" && (private != "yes" || !loopback(u.Hostname())) {
		wrong = append(wrong, errors.New("--checkpoint-url has http://, where somebody on the way could keep checkpoints back: use https://, or a program on this machine with private=yes"))
	}
	roots, err := rootsOf(ca)
	if parameters.Has("private") || parameters.Has("ca") { // the address stays as it is written otherwise
		parameters.Del("private")
		parameters.Del("ca")
		u.RawQuery = parameters.Encode()
	}
	client := outbound.Client(outbound.Options{AllowPrivate: private == "yes", Timeout: takeTime / 2, Roots: roots})
	return web{u.String(), u.Host, client}, errors.Join(append(wrong, err)...)
}

func rootsOf(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--checkpoint-url has a ca file that cannot be read: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--checkpoint-url has the ca file %s, which holds no certificate in PEM", file)
	}
	return roots, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}
