package server

import (
	"fmt"
	"net"
	"net/url"

	"github.com/sallyport/sallyport/internal/factor"
)

// Contradiction is a row about settings that cannot be as they are, by themselves or together.
type Contradiction struct {
	Settings string // their names, for docs/rules.md
	Means    string // when they are refused, for docs/rules.md

	// wrong returns what to tell, and "" where nothing is wrong. The address is the public
	// one, and nil where it is none.
	wrong func(c Config, public *url.URL) string
}

// Contradictions is THE table of settings with which the service does not start. What the
// collector of traces and the places of checkpoints demand, their packages say.
var Contradictions = []Contradiction{
	{
		Settings: "`--public-url`", Means: "it is no http or https address with a host",
		wrong: func(_ Config, public *url.URL) string {
			return when(public == nil, "--public-url must be an address like https://accounts.example.com")
		},
	},
	{
		Settings: "`--public-url`", Means: "it has a path, a query, a fragment or a user",
		wrong: func(_ Config, public *url.URL) string {
			return when(public != nil && !bare(public), "--public-url must be a bare origin: remove everything after the host and port")
		},
	},
	{
		Settings: "`--public-url`", Means: "it is plain HTTP, and not this machine",
		wrong: func(_ Config, public *url.URL) string {
			return when(public != nil && plain(public) && !loopback(public.Hostname()),
				"--public-url is plain HTTP for %s, where browsers drop secure cookies and nobody could sign in: use an https:// address, or localhost for a trial", host(public))
		},
	},
	{
		Settings: "`--public-url`, `--tls-cert`", Means: "a certificate is given, and the address is http",
		wrong: func(c Config, public *url.URL) string {
			return when(public != nil && plain(public) && loopback(public.Hostname()) && c.TLSCert != "",
				"--tls-cert is given but --public-url is http://: make it https://, or leave out the TLS files")
		},
	},
	{
		Settings: "`--public-url`, `--tls-cert`, `--trusted-proxy`", Means: "the address is https, and nothing ends TLS",
		wrong: func(c Config, public *url.URL) string {
			return when(public != nil && !plain(public) && c.TLSCert == "" && len(c.Proxies) == 0,
				"--public-url is https:// but there is neither a certificate nor a proxy in front: give --tls-cert and --tls-key, or name the proxy that ends TLS with --trusted-proxy")
		},
	},
	{
		Settings: "`--public-url`, `--smtp`", Means: "the address is not this machine, and mails have nowhere to go",
		wrong: func(c Config, public *url.URL) string {
			return when(public != nil && c.SMTP == "" && !c.Local(),
				"--public-url is for other people than yourself but --smtp names no mail server: give --smtp and --mail-from, "+
					"or --smtp files to have mails written to files in the --data folder, for a trial")
		},
	},
	{
		Settings: "`--tls-cert`, `--tls-key`", Means: "one is given without the other",
		wrong: func(c Config, _ *url.URL) string {
			return when((c.TLSCert == "") != (c.TLSKey == ""), "--tls-cert and --tls-key go together: give both or neither")
		},
	},
	{
		Settings: "`--listen`", Means: "it is not host:port or :port",
		wrong: func(c Config, _ *url.URL) string {
			return when(!listens(c.Listen), "--listen must be host:port or :port")
		},
	},
	{
		Settings: "`--metrics-listen`", Means: "it is given, and not host:port or :port",
		wrong: func(c Config, _ *url.URL) string {
			return when(c.MetricsListen != "" && !listens(c.MetricsListen), "--metrics-listen must be host:port or :port")
		},
	},
	{
		Settings: "`--metrics-listen`, `--listen`", Means: "they are the same",
		wrong: func(c Config, _ *url.URL) string {
			return when(c.MetricsListen != "" && c.MetricsListen == c.Listen,
				"--metrics-listen and --listen are the same address: metrics are not for the public, give them another one")
		},
	},
	{
		Settings: "`--metrics-listen`, `--metrics-token`", Means: "other machines can ask for metrics, and need no token",
		wrong: func(c Config, _ *url.URL) string {
			host, _, err := net.SplitHostPort(c.MetricsListen)
			return when(err == nil && c.MetricsToken == "" && !loopback(host),
				"--metrics-listen %s can be asked from other machines, by anybody: give --metrics-token, or listen on 127.0.0.1", c.MetricsListen)
		},
	},
	{
		Settings: "`--metrics-token`", Means: "it can be guessed",
		wrong: func(c Config, _ *url.URL) string {
			return when(c.MetricsToken != "" && len(c.MetricsToken) < shortestMetricsToken,
				"--metrics-token is too short to be safe from guessing: give at least %d characters, such as those of \"openssl rand -hex 32\"", shortestMetricsToken)
		},
	},
	{
		Settings: "`--trusted-proxy`", Means: "it is the whole internet",
		wrong: func(c Config, _ *url.URL) string {
			for _, p := range c.Proxies {
				if p.Bits() == 0 {
					return fmt.Sprintf("--trusted-proxy %s trusts the whole internet, so anybody could claim any address: name your proxies only", p)
				}
			}
			return ""
		},
	},
	{
		Settings: "`--argon2-memory`, `--argon2-iterations`", Means: "passwords would be hashed with less than the least that is good enough",
		wrong: func(c Config, _ *url.URL) string {
			a, least := c.Argon2, factor.DefaultArgon2
			return when(a != (factor.Argon2{}) && (a.MemoryKiB < least.MemoryKiB || a.Iterations < least.Iterations || a.Lanes < 1),
				"the argon2 settings are weaker than %d KiB of memory, %d iterations and 1 lane: raise them", least.MemoryKiB, least.Iterations)
		},
	},
}

// shortestMetricsToken is the least length of --metrics-token, in characters.
const shortestMetricsToken = 24

// when returns a sentence where something is so.
func when(is bool, format string, args ...any) string {
	if !is {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

// publicURL returns the public address, or nil where it is none.
func (c Config) publicURL() *url.URL {
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil
	}
	return u
}

func bare(u *url.URL) bool {
	return (u.Path == "" || u.Path == "/") && u.RawQuery == "" && u.Fragment == "" && u.User == nil
}

func plain(u *url.URL) bool { return u.Scheme == "http" }

// host returns the name of the host, "" without an address.
func host(u *url.URL) string {
	if u == nil {
		return ""
	}
	return u.Hostname()
}

func listens(address string) bool {
	_, _, err := net.SplitHostPort(address)
	return err == nil
}
