package store

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/sallyport/sallyport/internal/handshake"
)

// verified is the sslmode that checks the certificate of the server and its name.
const verified = "verify-full"

// parsePostgres reads a PostgreSQL address. What TLS speaks is the same as everywhere.
func parsePostgres(dsn string) (*pgx.ConnConfig, error) {
	config, err := verifiedPostgres(dsn)
	if err != nil {
		return nil, err
	}
	if config.TLSConfig != nil {
		handshake.Strict(config.TLSConfig)
	}
	for _, f := range config.Fallbacks {
		if f.TLSConfig != nil {
			handshake.Strict(f.TLSConfig)
		}
	}
	return config, nil
}

// verifiedPostgres is parsePostgres as the driver reads it. Without sslmode a server on another machine
// must prove who it is: the driver's own default tries TLS, verifies nobody, and falls
// back to the clear.
func verifiedPostgres(dsn string) (*pgx.ConnConfig, error) {
	// The causes of the errors could repeat the password in the address.
	unreadable := errors.New("open database: the PostgreSQL address cannot be read")
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, unreadable
	}
	u, query, ok := splitPostgres(dsn)
	if !ok {
		return nil, unreadable
	}
	if query.Get("sslmode") != "" || !elsewhere(config) {
		return config, nil
	}
	query.Set("sslmode", verified)
	u.RawQuery = query.Encode()
	if config, err = pgx.ParseConfig(u.String()); err != nil {
		return nil, unreadable
	}
	return config, nil
}

func splitPostgres(dsn string) (*url.URL, url.Values, bool) {
	u, err := url.Parse(dsn)
	if err != nil {
		return nil, nil, false
	}
	query, err := url.ParseQuery(u.RawQuery)
	return u, query, err == nil
}

// elsewhere reports whether the database may be on another machine.
func elsewhere(config *pgx.ConnConfig) bool {
	hosts := []string{config.Host}
	for _, f := range config.Fallbacks {
		hosts = append(hosts, f.Host)
	}
	for _, h := range hosts {
		network, _ := pgconn.NetworkAddress(h, config.Port)
		ip, err := netip.ParseAddr(h)
		if network != "unix" && !strings.EqualFold(h, "localhost") && (err != nil || !ip.Unmap().IsLoopback()) {
			return true
		}
	}
	return false
}

// Unverified returns the sslmode in dsn that leaves a connection to another machine open to
// whoever is on the way, "" when there is none.
func Unverified(dsn string) string {
	if !IsPostgres(dsn) {
		return ""
	}
	config, err := pgx.ParseConfig(dsn)
	_, query, ok := splitPostgres(dsn)
	if err != nil || !ok || !elsewhere(config) || query.Get("sslmode") == verified {
		return ""
	}
	return query.Get("sslmode")
}
