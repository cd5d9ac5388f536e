package follow

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport/internal/handshake"
)

// Settings say where a log goes, as the operator writes them.
type Settings struct {
	To       string // --to: - or file:PATH or syslog://host:port or syslog+tls://host:port
	State    string // --state: the file that remembers how far a syslog receiver got
	CA       string // --ca: PEM file of root certificates, instead of the system's
	Once     bool
	TenantID string
	Warn     func(sentence string)
}

// Open returns the target, and locks it. The error has a sentence for each thing to change.
func (s Settings) Open(out io.Writer) (Target, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if s.To == "-" {
		return Writer{out}, nil
	}
	if path, ok := strings.CutPrefix(s.To, "file:"); ok {
		return OpenFile(path, s.TenantID)
	}
	return s.openSyslog()
}

// Check returns an error for settings that contradict each other.
func (s Settings) Check() error {
	var wrong []error
	say := func(sentence string) { wrong = append(wrong, errors.New(sentence)) }
	_, secured, syslog := s.receiver()
	path, file := strings.CutPrefix(s.To, "file:")
	if s.To != "-" && (!file || path == "") && !syslog {
		say("--to must be - for standard output, file:PATH, syslog://host:port or syslog+tls://host:port")
	}
	if syslog && s.State == "" {
		say("--to names a syslog receiver, which does not remember how far it got: give --state FILE")
	}
	if !syslog && s.State != "" {
		say("--state is for syslog receivers: leave it out, a file remembers itself how far it got")
	}
	if !secured && s.CA != "" {
		say("--ca is for syslog+tls://: leave it out")
	}
	return errors.Join(wrong...)
}

// receiver reads the address of a syslog receiver.
func (s Settings) receiver() (address string, secured, ok bool) {
	scheme, address, _ := strings.Cut(s.To, "://")
	host, port, err := net.SplitHostPort(strings.TrimSuffix(address, "/"))
	if n, errPort := strconv.Atoi(port); err != nil || errPort != nil || n < 1 || n > 65535 || host == "" || strings.ContainsAny(host, "@/?# ") {
		return "", false, false
	}
	return net.JoinHostPort(host, port), scheme == "syslog+tls", scheme == "syslog" || scheme == "syslog+tls"
}

func (s Settings) openSyslog() (*Syslog, error) {
	address, secured, _ := s.receiver()
	to := &Syslog{Address: address, Once: s.Once, Warn: s.Warn, most: batch, host: hostname()}
	if secured {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		roots, err := s.roots()
		if err != nil {
			return nil, err
		}
		to.TLS = handshake.Client(roots)
		to.TLS.ServerName = host
	}
	var err error
	to.state, err = openState(s.State, s.TenantID)
	return to, err
}

func (s Settings) roots() (*x509.CertPool, error) {
	if s.CA == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(s.CA)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca: %s holds no certificate in PEM", s.CA)
	}
	return roots, nil
}
