package follow_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/follow"
)

// authority makes a certificate for 127.0.0.1 that is trusted only through its file.
func authority(t *testing.T) (file string, settings *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	apptest.Must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	apptest.Must(t, err)
	file = filepath.Join(t.TempDir(), "ca.pem")
	apptest.Must(t, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	return file, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

// sent follows a log to a receiver until it has everything, with events that are written meanwhile,
// and returns what was warned of.
func sent(t *testing.T, a *apptest.App, s follow.Settings) (warned []string) {
	t.Helper()
	s.TenantID = a.TenantID(t)
	var mu sync.Mutex
	s.Warn = func(said string) {
		mu.Lock()
		defer mu.Unlock()
		warned = append(warned, said)
	}
	write(t, a, s.TenantID, 300)
	writers := writing(t, a, s.TenantID, 80)
	target, err := s.Open(nil)
	apptest.Must(t, err)
	f := follower(t, a, s.TenantID, target)
	apptest.Must(t, f.Run(t.Context()))
	writers.Wait()
	a.Sequence(t)
	apptest.Must(t, target.Close())
	target, err = s.Open(nil) // again, with what its state says
	apptest.Must(t, err)
	f.Target = target
	apptest.Must(t, f.Run(t.Context()))
	apptest.Must(t, target.Close())
	return warned
}

// check compares what a receiver got with the log. Where it may have got events twice, the copies are
// the same.
func (r *receiver) check(t *testing.T, a *apptest.App, twice bool) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for _, m := range r.got {
		if m.tenant != a.TenantID(t) || m.id == "" || !strings.Contains(m.line, `"id":"`+m.id+`"`) || !strings.Contains(m.line, `"kind":"`+m.kind) {
			t.Fatalf("%+v", m)
		}
		row, _ := audit.Of(audit.Kind(m.kind))
		if want := map[string]int{"bad": 4, "warn": 5}[row.Look.Tone]; m.severity != max(want, 6*(1-min(want, 1))) {
			t.Fatalf("severity %d of %s", m.severity, m.kind)
		}
		if next := int64(len(lines)); m.position != next {
			if !twice || m.position > next || lines[m.position] != m.line {
				t.Fatalf("position %d after %d", m.position, next-1)
			}
			continue
		}
		lines = append(lines, m.line)
	}
	equal(t, lines, want(t, a, a.TenantID(t)))
}

// Receivers fail in every way, and then have everything.
func TestSyslog(t *testing.T) {
	ca, settings := authority(t)
	for name, how := range map[string]func(int) manner{
		"reads":  func(int) manner { return reads },
		"dies":   func(n int) manner { return []manner{early, resets, ends, reads}[min(n, 1+n%3)] },
		"forgot": func(n int) manner { return []manner{forgot, reads, reads}[n%3] },
		"holds":  func(n int) manner { return []manner{holds, reads}[min(n, 1)] },
		"slow":   func(int) manner { return slow },
	} {
		t.Run(name, func(t *testing.T) {
			for _, secured := range []bool{false, true} {
				if secured && name == "slow" {
					continue // it would be as slow
				}
				t.Run(map[bool]string{false: "tcp", true: "tls"}[secured], func(t *testing.T) {
					apptest.Each(t, func(t *testing.T, a *apptest.App) {
						s := follow.Settings{State: filepath.Join(t.TempDir(), "state")}
						serving := settings
						scheme := "syslog+tls"
						if s.CA = ca; !secured {
							serving, scheme, s.CA = nil, "syslog", ""
						}
						r := listen(t, serving, how)
						s.To = scheme + "://" + r.listener.Addr().String()
						warned := sent(t, a, s)
						r.check(t, a, name == "forgot" || name == "slow")
						if (name == "reads") != (len(warned) == 0) {
							t.Errorf("warned: %q", warned)
						}
					})
				})
			}
		})
	}
}

// A receiver that is not there is tried until it is; --once ends with an error, and ctx ends it.
func TestSyslogRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.TenantID(t)
		a.Sequence(t)
		r := listen(t, nil, func(int) manner { return reads })
		address := r.listener.Addr().String()
		r.listener.Close()
		warned := make(chan string, 1000)
		s := follow.Settings{To: "syslog://" + address, State: filepath.Join(t.TempDir(), "state"), TenantID: a.TenantID(t), Once: true}
		s.Warn = func(said string) { warned <- said }
		target, err := s.Open(nil)
		apptest.Must(t, err)
		f := follower(t, a, s.TenantID, target)
		if err := f.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "--to: the receiver "+address) {
			t.Errorf("--once: %v", err)
		}
		if _, err := s.Open(nil); err == nil || !strings.Contains(err.Error(), "another sallyport audit follow") {
			t.Errorf("two followers: %v", err)
		}
		apptest.Must(t, target.Close())
		if _, err := os.Stat(s.State); err == nil {
			t.Error("a state is kept of nothing")
		}
		s.Once = false
		target, err = s.Open(nil)
		apptest.Must(t, err)
		f.Target, f.Once = target, false
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- f.Run(ctx) }()
		for range 3 {
			if said := <-warned; !strings.Contains(said, "trying again in") {
				t.Error(said)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Errorf("interrupted: %v", err)
		}
		apptest.Must(t, target.Close())
	})
}

// A certificate that nobody vouches for gets nothing.
func TestSyslogUnknownCertificate(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		_, settings := authority(t)
		other, _ := authority(t)
		a.TenantID(t)
		a.Sequence(t)
		for _, ca := range []string{"", other} {
			r := listen(t, settings, func(int) manner { return reads })
			s := follow.Settings{
				To: "syslog+tls://" + r.listener.Addr().String(), State: filepath.Join(t.TempDir(), "state"),
				CA: ca, TenantID: a.TenantID(t), Once: true,
			}
			target, err := s.Open(nil)
			apptest.Must(t, err)
			if err := follower(t, a, s.TenantID, target).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "certificate") {
				t.Errorf("ca %q: %v", ca, err)
			}
			apptest.Must(t, target.Close())
		}
	})
}

func TestStateRefused(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "state")
	s := follow.Settings{To: "syslog://127.0.0.1:601", State: path, TenantID: "t"}
	for text, says := range map[string]string{
		"":                                "was not written by",
		"hello":                           "was not written by",
		`{"tenantId":"t","position":-1}`:  "was not written by",
		`{"tenantId":"u","position":1}`:   "another organisation",
		`{"tenantId":"t","position":120}`: "",
	} {
		apptest.Must(t, os.WriteFile(path, []byte(text), 0o600))
		target, err := s.Open(nil)
		if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %v", text, err)
		}
		if err == nil {
			if at := target.Position(7); at != 120 {
				t.Errorf("position %d", at)
			}
			apptest.Must(t, target.Close())
		}
	}
	s.To, s.CA = "syslog+tls://127.0.0.1:601", path
	if _, err := s.Open(nil); err == nil || !strings.Contains(err.Error(), "no certificate") {
		t.Errorf("--ca: %v", err)
	}
}

// What the fields of a message cannot hold is escaped, cut or left out.
func TestFormat(t *testing.T) {
	e := follow.Entry{
		Position: 7, ID: `a"b\c]d`, TenantID: "Zoë]", Kind: "a.kind with blanks and ümlauts, and longer than fits",
		At: time.Date(2026, 3, 4, 5, 6, 7, 890, time.FixedZone("", 3600)), Line: []byte("{}\n"),
	}
	m, err := parseMessage(string(follow.Format(e, "host")))
	if err != nil || m.id != e.ID || m.tenant != e.TenantID || m.position != 7 || m.line != "{}" || m.kind != "a.kindwithblanksandmlauts,andlon" || m.severity != 6 {
		t.Errorf("%+v, %v", m, err)
	}
	if m, err := parseMessage(string(follow.Format(follow.Entry{Line: []byte("{}\n")}, "-"))); err != nil || m.severity != 4 || m.kind != "-" || m.id != "" {
		t.Errorf("a missing event: %+v, %v", m, err)
	}
}
