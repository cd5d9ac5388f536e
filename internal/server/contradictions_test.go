package server

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/factor"
)

// Each row of the table refuses what its case has, and none refuses settings that are right.
func TestContradictions(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.2/32")}
	right := Config{PublicURL: "https://accounts.example.com", Listen: ":8080", Proxies: proxies, SMTP: "smtp://mail.example.com"}
	if err := right.Check(); err != nil {
		t.Fatal(err)
	}
	cases := []func(*Config){
		func(c *Config) { c.PublicURL = "accounts.example.com" },
		func(c *Config) { c.PublicURL += "/accounts" },
		func(c *Config) { c.PublicURL = "http://accounts.example.com" },
		func(c *Config) { c.PublicURL, c.TLSCert, c.TLSKey = "http://localhost", "cert.pem", "key.pem" },
		func(c *Config) { c.Proxies = nil },
		func(c *Config) { c.SMTP = "" },
		func(c *Config) { c.TLSCert = "cert.pem" },
		func(c *Config) { c.Listen = "nowhere" },
		func(c *Config) { c.MetricsListen = "nowhere" },
		func(c *Config) { c.MetricsListen = c.Listen },
		func(c *Config) { c.MetricsListen = ":9464" },
		func(c *Config) { c.MetricsListen, c.MetricsToken = "127.0.0.1:9464", "short" },
		func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("0.0.0.0/0")} },
		func(c *Config) { c.Argon2 = factor.Argon2{MemoryKiB: 1024, Iterations: 2, Lanes: 1} },
	}
	if len(cases) != len(Contradictions) {
		t.Fatalf("%d cases of %d rows", len(cases), len(Contradictions))
	}
	for i, harm := range cases {
		c := right
		harm(&c)
		row := Contradictions[i]
		said := row.wrong(c, c.publicURL())
		if err := c.Check(); said == "" || err == nil || !strings.Contains(err.Error(), said) {
			t.Errorf("%s, %s: %q, %v", row.Settings, row.Means, said, err)
		}
	}
}
