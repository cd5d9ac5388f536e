package doctor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/store"
)

func TestClock(t *testing.T) {
	at := time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)
	for _, c := range []struct {
		theirs time.Duration
		want   Status
	}{
		{0, OK}, {50 * time.Millisecond, OK}, {900 * time.Millisecond, OK}, {-time.Second, OK},
		{-time.Second - time.Millisecond, Fail}, {1200 * time.Millisecond, Fail}, {time.Hour, Fail},
	} {
		if got := judgeClock(at.Add(c.theirs), at, at.Add(100*time.Millisecond)); got.Status != c.want {
			t.Errorf("%v apart: %+v, want %s", c.theirs, got, c.want)
		}
	}
}

func TestSpace(t *testing.T) {
	for _, c := range []struct {
		free uint64
		err  error
		want Status
		says string
	}{
		{40 << 30, nil, OK, "40.0 GiB"},
		{300 << 20, nil, Warn, "300.0 MiB"},
		{99 << 20, nil, Fail, "99.0 MiB"},
		{12, nil, Fail, "12 bytes"},
		{0, errors.New("no such file"), Warn, "no such file"},
		{0, errors.ErrUnsupported, "", ""},
	} {
		if got := judgeSpace(c.free, c.err); got.Status != c.want || !strings.Contains(got.Sentence, c.says) {
			t.Errorf("%d free: %+v, want %s", c.free, got, c.want)
		}
	}
}

func TestDurability(t *testing.T) {
	pg := func(fsync, commit, pages string) map[string]string {
		return map[string]string{"fsync": fsync, "synchronous_commit": commit, "full_page_writes": pages}
	}
	for _, c := range []struct {
		engine   store.Engine
		settings map[string]string
		want     Status
		says     string
	}{
		{store.SQLite, map[string]string{"journal_mode": "wal", "synchronous": "full"}, OK, "survives"},
		{store.SQLite, map[string]string{"journal_mode": "delete", "synchronous": "full"}, Fail, "journal_mode=delete"},
		{store.SQLite, map[string]string{"journal_mode": "wal", "synchronous": "normal"}, Fail, "synchronous=normal"},
		{store.Postgres, pg("on", "on", "on"), OK, "survives"},
		{store.Postgres, pg("on", "remote_apply", "on"), OK, "survives"},
		{store.Postgres, pg("off", "on", "on"), Fail, "fsync=off"},
		{store.Postgres, pg("on", "off", "on"), Fail, "synchronous_commit=off"},
		{store.Postgres, pg("on", "on", "off"), Warn, "full_page_writes=off"},
	} {
		p := &patient{db: &store.Store{Engine: c.engine}, health: store.Health{Settings: c.settings}}
		if got := p.durability(t.Context()); got.Status != c.want || !strings.Contains(got.Sentence, c.says) {
			t.Errorf("%s %v: %+v, want %s", c.engine, c.settings, got, c.want)
		}
	}
}

func TestEngine(t *testing.T) {
	for _, c := range []struct {
		health store.Health
		want   Status
	}{
		{store.Health{Version: "13.22", Number: 130022}, Fail},
		{store.Health{Version: "14.0", Number: 140000}, OK},
		{store.Health{Version: "18.1", Number: 180001}, OK},
	} {
		p := &patient{db: &store.Store{Engine: store.Postgres}, health: c.health}
		if got := p.engine(t.Context()); got.Status != c.want {
			t.Errorf("%s: %+v, want %s", c.health.Version, got, c.want)
		}
	}
}

func TestCertificate(t *testing.T) {
	now := time.Now()
	for _, c := range []struct {
		name        string
		from, until time.Duration
		host        string
		want        Status
		says        string
	}{
		{"good", -time.Hour, 90 * 24 * time.Hour, "accounts.example.com", OK, "good until"},
		{"any host", -time.Hour, 90 * 24 * time.Hour, "", OK, "good until"},
		{"nearly over", -time.Hour, 9 * 24 * time.Hour, "accounts.example.com", Warn, "only"},
		{"over", -9 * 24 * time.Hour, -time.Hour, "accounts.example.com", Fail, "was good until"},
		{"not yet", time.Hour, 9 * 24 * time.Hour, "accounts.example.com", Fail, "good from"},
		{"another host", -time.Hour, 90 * 24 * time.Hour, "other.example.com", Fail, "not for other.example.com"},
	} {
		cert, key := newCertificate(t, now.Add(c.from), now.Add(c.until))
		p := &patient{Config: Config{TLSCert: cert, TLSKey: key, PublicHost: c.host, Now: time.Now}}
		if got := p.certificate(t.Context()); got.Status != c.want || !strings.Contains(got.Sentence, c.says) {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
		p.TLSKey = cert
		if got := p.certificate(t.Context()); got.Status != Fail {
			t.Errorf("%s without its key: %+v", c.name, got)
		}
	}
}

func newCertificate(t *testing.T, from, until time.Time) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: until, DNSNames: []string{"accounts.example.com"}}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile
}

func TestAlive(t *testing.T) {
	for _, withTLS := range []bool{false, true} {
		p := &patient{Config: Config{Listen: service(t, withTLS)}}
		if withTLS {
			p.TLSCert = "some file"
		}
		if !p.alive(t.Context()) {
			t.Errorf("TLS %v: does not live", withTLS)
		}
		p.Listen = occupied(t)
		if p.alive(t.Context()) {
			t.Errorf("TLS %v: something else passes for the service", withTLS)
		}
	}
}

func TestSize(t *testing.T) {
	for bytes, want := range map[uint64]string{0: "0 bytes", 1023: "1023 bytes", 1024: "1.0 KiB", 1 << 40: "1.0 TiB", 1 << 63: "8.0 EiB"} {
		if got := size(bytes); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
}
