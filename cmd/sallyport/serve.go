package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"

	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
)

type serveCommand struct {
	databaseFlags
	listenFlags
	mailFlags
	hashFlags
	depositFlags
	LogFormat   string `default:"text" enum:"text,json" env:"SALLYPORT_LOG_FORMAT" help:"How to log to standard error: text or json."`
	LogLevel    string `default:"info" enum:"debug,info,warn,error" env:"SALLYPORT_LOG_LEVEL" help:"The least that is logged: debug, info, warn or error."`
	CheckMemory int    `default:"256" env:"SALLYPORT_CHECK_MEMORY" placeholder:"MIB" help:"Memory for sessions and API keys that are checked without the database, in MiB, from 1 to 65536. One MiB has about 950."`
	AccessLog   bool   `env:"SALLYPORT_ACCESS_LOG" help:"Log each request but session checks: method, route, status, time and address, and no secret."`
}

func (c serveCommand) Run(ctx context.Context) (err error) {
	start := time.Now()
	config, err := c.config()
	if err != nil {
		return err
	}
	s, err := server.New(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	setUp, err := s.SetUpURL(ctx)
	if err != nil {
		return err
	}
	return s.Serve(ctx, func(addr net.Addr) {
		said := fmt.Sprintf("Sallyport %s is ready at %s (listening on %s, started in %d ms)\n",
			config.Version, config.PublicURL, addr, time.Since(start).Milliseconds())
		if notice := s.MailNotice(); notice != "" {
			said += notice + "\n"
		}
		if setUp != "" {
			said += fmt.Sprintf("\nNobody owns this installation yet. Open this link to create the owner; it works once:\n\n    %s\n\n", setUp)
		}
		fmt.Print(said) // in one write, for programs that read the first line and then continue
	})
}

// config returns the settings, and creates the database file if it is missing.
func (c serveCommand) config() (server.Config, error) {
	config, err := c.settings()
	if err != nil {
		return config, err
	}
	// Keys and mails are stored there even when the database is elsewhere.
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return config, fmt.Errorf("--data: %w", err)
	}
	config.Database, err = c.dsn()
	return config, err
}

// settings returns the settings in the flags and an error for contradictions. It
// creates nothing.
func (c serveCommand) settings() (server.Config, error) {
	if c.CheckMemory < 1 || c.CheckMemory > 65536 {
		return server.Config{}, errors.New("--check-memory must be from 1 to 65536 MiB")
	}
	config := server.Config{
		Store:         store.Options{Connections: c.Connections},
		PublicURL:     c.url(),
		Listen:        c.Listen,
		MetricsListen: c.MetricsListen,
		MetricsToken:  c.MetricsToken,
		CheckMemory:   int64(c.CheckMemory) << 20,
		OTLPEndpoint:  c.OTLPEndpoint,
		TLSCert:       c.TLSCert,
		TLSKey:        c.TLSKey,
		CityFile:      c.CityFile,
		BreachList:    c.BreachList,
		Data:          c.Data,
		Keys:          c.Keys,
		SMTP:          c.SMTP,
		MailFrom:      c.MailFrom,
		SMS:           c.SMS,
		Argon2:        factor.Argon2{MemoryKiB: c.Argon2Memory, Iterations: c.Argon2Iterations, Lanes: 1},
		HashSlots:     c.HashSlots,
		Version:       version(),
		Log:           newLog(c.LogFormat, c.LogLevel),
		AccessLog:     c.AccessLog,
		Deposit:       c.depositFlags.settings(),
	}
	var err error
	config.Proxies, err = parseProxies(c.TrustedProxy)
	return config, errors.Join(err, config.Check())
}

func parseProxies(list []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, errAddr := netip.ParseAddr(s)
			if errAddr != nil {
				return nil, fmt.Errorf("--trusted-proxy %q is neither an address nor a network such as 10.0.0.0/8", s)
			}
			p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		}
		out = append(out, p.Masked())
	}
	return out, nil
}

func newLog(format, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	o := &slog.HandlerOptions{Level: l}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}

type migrateCommand struct{ databaseFlags }

func (c migrateCommand) Run(ctx context.Context) error {
	return c.withStore(ctx, func(db *store.Store) error {
		applied, _, err := db.SchemaVersion(ctx)
		if err == nil {
			fmt.Printf("The database is up to date (schema %d).\n", applied)
		}
		return err
	})
}
