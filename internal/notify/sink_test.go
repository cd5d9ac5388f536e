package notify_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// sink is a mail server that stores what it receives.
type sink struct {
	Addr string
	CA   string // file of the certificate to trust

	certificate tls.Certificate
	server      *smtp.Server
	arrived     chan received

	mu     sync.Mutex
	mails  []received
	refuse func(stage, arg string) error // nil accepts everything
	hold   chan struct{}                 // when not nil, DATA waits for it to be closed
}

type received struct {
	From, To, User string
	TLS            bool
	Mail           *mail.Message
	Body           []byte
}

func (r received) id() string { return r.Mail.Header.Get("Message-Id") }

// newSink returns a server that is not started yet; it keeps its address when restarted.
func newSink(t *testing.T) *sink {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{Addr: l.Addr().String(), arrived: make(chan received, 1000)}
	l.Close()
	s.CA, s.certificate = authority(t)
	t.Cleanup(func() { s.stop() })
	return s
}

// start serves: with STARTTLS, or TLS from the start, or neither.
func (s *sink) start(t *testing.T, kind string) {
	t.Helper()
	s.server = smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s, conn: c}, nil }))
	s.server.Domain = "sink.example"
	s.server.EnableSMTPUTF8 = true
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	settings := &tls.Config{Certificates: []tls.Certificate{s.certificate}}
	l, err := net.Listen("tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	switch kind {
	case "starttls":
		s.server.TLSConfig = settings
	case "tls":
		l = tls.NewListener(l, settings)
	case "none":
		s.server.AllowInsecureAuth = true
	}
	server := s.server
	go server.Serve(l)
}

func (s *sink) stop() {
	if s.server != nil {
		s.server.Close()
	}
}

func (s *sink) set(refuse func(stage, arg string) error, hold chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refuse, s.hold = refuse, hold
}

func (s *sink) got() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received{}, s.mails...)
}

// wait returns the next n mails that arrive.
func (s *sink) wait(t *testing.T, n int) []received {
	t.Helper()
	var all []received
	late := time.After(time.Minute)
	for range n {
		select {
		case r := <-s.arrived:
			all = append(all, r)
		case <-late:
			t.Fatalf("%d of %d mails arrived", len(all), n)
		}
	}
	return all
}

type sinkSession struct {
	sink *sink
	conn *smtp.Conn
	now  received
	user string
}

func (s *sinkSession) ask(stage, arg string) error {
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	if s.sink.refuse == nil {
		return nil
	}
	return s.sink.refuse(stage, arg)
}

func (s *sinkSession) Reset()        {}
func (s *sinkSession) Logout() error { return nil }

func (s *sinkSession) Mail(from string, _ *smtp.MailOptions) error {
	_, secured := s.conn.TLSConnectionState()
	s.now = received{From: from, TLS: secured, User: s.user}
	return s.ask("mail", from)
}

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.now.To = to
	return s.ask("rcpt", to)
}

func (s *sinkSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.sink.mu.Lock()
	hold := s.sink.hold
	s.sink.mu.Unlock()
	if hold != nil {
		s.sink.arrived <- received{} // tells the test that it waits
		<-hold
	}
	if err := s.ask("data", ""); err != nil {
		return err
	}
	if s.now.Mail, err = mail.ReadMessage(bytes.NewReader(body)); err != nil {
		return err
	}
	s.now.Body = body
	s.sink.mu.Lock()
	s.sink.mails = append(s.sink.mails, s.now)
	s.sink.mu.Unlock()
	s.sink.arrived <- s.now
	return nil
}

func (s *sinkSession) AuthMechanisms() []string { return []string{sasl.Plain, sasl.Login} }

func (s *sinkSession) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if err := s.ask("auth", mechanism); err != nil {
			return err
		}
		if user != "sally" || password != "p@ss/word" {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}
	if mechanism == sasl.Login {
		return &loginServer{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// loginServer is the server side of LOGIN; the library has only the client side.
type loginServer struct {
	check func(user, password string) error
	step  int
	user  string
}

func (l *loginServer) Next(response []byte) ([]byte, bool, error) {
	l.step++
	switch l.step {
	case 1:
		return []byte("Username:"), false, nil
	case 2:
		l.user = string(response)
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}

// authority makes a certificate for 127.0.0.1 that is trusted only through its file.
func authority(t *testing.T) (file string, pair tls.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
