package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/server"
	"github.com/sallyport/sallyport/internal/store"
)

// databaseFlags say where the data is. Every command has them.
type databaseFlags struct {
	Data        string `default:"data" env:"SALLYPORT_DATA" type:"path" help:"Folder for everything the service keeps. Created if missing."`
	Database    string `env:"SALLYPORT_DATABASE" placeholder:"ADDRESS" help:"postgres:// address, or path of an SQLite file. Default: sallyport.db in the data folder."`
	Connections int    `default:"10" env:"SALLYPORT_CONNECTIONS" help:"Most database connections for sign-ins and pages. The session check has 4 of its own."`
}

// databaseFile is the name of the database in the data folder.
const databaseFile = "sallyport.db"

// dsn returns the database to open, after making its folder. Only this account
// may read the folder.
func (f databaseFlags) dsn() (string, error) {
	if f.Connections < 2 || f.Connections > 500 {
		return "", errors.New("--connections must be from 2 to 500")
	}
	if store.IsPostgres(f.Database) {
		return f.Database, nil
	}
	if strings.Contains(f.Database, "://") {
		return "", errors.New("--database must be a postgres:// address or the path of a file")
	}
	if err := os.MkdirAll(f.Data, 0o700); err != nil {
		return "", fmt.Errorf("--data: %w", err)
	}
	path := f.Database
	if path == "" {
		path = filepath.Join(f.Data, databaseFile)
	}
	// Created here, so that nobody else can read it from the first byte on.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("--database: %w", err)
	}
	return path, file.Close()
}

// listenFlags say how the service is reached.
type listenFlags struct {
	Listen        string   `default:"127.0.0.1:8080" env:"SALLYPORT_LISTEN" help:"Address to serve on."`
	PublicURL     string   `env:"SALLYPORT_PUBLIC_URL" placeholder:"URL" help:"Address people use, such as https://accounts.example.com. Links in mails start with it. Default: http://localhost and the port of --listen."`
	TrustedProxy  []string `env:"SALLYPORT_TRUSTED_PROXY" placeholder:"NETWORK" help:"Address or network of a reverse proxy in front, such as 10.0.0.0/8. X-Forwarded-For counts from these only. Repeat, or separate with commas."`
	TLSCert       string   `env:"SALLYPORT_TLS_CERT" type:"path" placeholder:"FILE" help:"Certificate chain, PEM. Leave out behind a proxy that ends TLS."`
	TLSKey        string   `env:"SALLYPORT_TLS_KEY" type:"path" placeholder:"FILE" help:"Private key of the certificate, PEM."`
	MetricsListen string   `env:"SALLYPORT_METRICS_LISTEN" placeholder:"ADDRESS" help:"Serve Prometheus metrics on this address, such as 127.0.0.1:9464. Off by default."`
	CityFile      string   `env:"SALLYPORT_CITY_FILE" type:"path" placeholder:"FILE" help:"City database in MaxMind DB format. Without one, places are countries."`
}

// mailFlags say how mail leaves. With none of them mails become files.
type mailFlags struct {
	SMTP     string `env:"SALLYPORT_SMTP" placeholder:"ADDRESS" help:"Mail server: smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465. Without one mails go to files in the data folder and their links to the log."`
	MailFrom string `env:"SALLYPORT_MAIL_FROM" placeholder:"ADDRESS" help:"Sender of mails, such as Accounts <accounts@example.com>. Needed with --smtp."`
	Keys     string `env:"SALLYPORT_KEYS" placeholder:"JSON" help:"Contents of keys.json, where the data folder should not hold it. All nodes of one database need the same keys."`
}

type hashFlags struct {
	Argon2Memory     uint32 `default:"19456" env:"SALLYPORT_ARGON2_MEMORY" placeholder:"KIB" help:"Memory to hash one password with, in KiB. At least 19456."`
	Argon2Iterations int    `default:"2" env:"SALLYPORT_ARGON2_ITERATIONS" help:"Passes over that memory. At least 2."`
	BreachList       string `env:"SALLYPORT_BREACH_LIST" type:"path" placeholder:"PATH" help:"Passwords from data breaches that nobody may use: a file of SHA-1 hashes sorted by hash, or a folder of range files, as the Have I Been Pwned downloader makes them."`
	HashSlots        int    `default:"0" env:"SALLYPORT_HASH_SLOTS" help:"Passwords hashed at once. 0 leaves one processor free for everything else."`
}

type serveCommand struct {
	databaseFlags
	listenFlags
	mailFlags
	hashFlags
	LogFormat string `default:"text" enum:"text,json" env:"SALLYPORT_LOG_FORMAT" help:"How to log to standard error: text or json."`
	LogLevel  string `default:"info" enum:"debug,info,warn,error" env:"SALLYPORT_LOG_LEVEL" help:"The least that is logged: debug, info, warn or error."`
}

func (c serveCommand) Run(ctx context.Context) error {
	start := time.Now()
	config, err := c.config()
	if err != nil {
		return err
	}
	s, err := server.New(ctx, config)
	if err != nil {
		return err
	}
	defer s.Close()
	setUp, err := s.SetUpURL(ctx)
	if err != nil {
		return err
	}
	return s.Serve(ctx, func(addr net.Addr) {
		fmt.Printf("Sallyport %s is ready at %s (listening on %s, started in %d ms)\n",
			config.Version, config.PublicURL, addr, time.Since(start).Milliseconds())
		if notice := s.MailNotice(); notice != "" {
			fmt.Println(notice)
		}
		if setUp != "" {
			fmt.Printf("\nNobody owns this installation yet. Open this link to create the owner; it works once:\n\n    %s\n\n", setUp)
		}
	})
}

// config returns the settings with the database they name, created if missing.
func (c serveCommand) config() (server.Config, error) {
	config, err := c.settings()
	if err != nil {
		return config, err
	}
	// Keys and mails go there even when the database is elsewhere.
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return config, fmt.Errorf("--data: %w", err)
	}
	config.Database, err = c.dsn()
	return config, err
}

// settings returns what the flags say, and what is contradictory in them. It
// touches nothing.
func (c serveCommand) settings() (server.Config, error) {
	config := server.Config{
		Store:         store.Options{Connections: c.Connections},
		PublicURL:     strings.TrimSuffix(c.PublicURL, "/"),
		Listen:        c.Listen,
		MetricsListen: c.MetricsListen,
		TLSCert:       c.TLSCert,
		TLSKey:        c.TLSKey,
		CityFile:      c.CityFile,
		BreachList:    c.BreachList,
		Data:          c.Data,
		Keys:          c.Keys,
		SMTP:          c.SMTP,
		MailFrom:      c.MailFrom,
		Argon2:        factor.Argon2{MemoryKiB: c.Argon2Memory, Iterations: c.Argon2Iterations, Lanes: 1},
		HashSlots:     c.HashSlots,
		Version:       version(),
		Log:           newLog(c.LogFormat, c.LogLevel),
	}
	if config.PublicURL == "" {
		config.PublicURL = defaultURL(c.Listen)
	}
	var err error
	config.Proxies, err = parseProxies(c.TrustedProxy)
	return config, errors.Join(err, config.Check())
}

// defaultURL is right for a trial on one's own machine. Anywhere else
// --public-url is needed, and Check says so.
func defaultURL(listen string) string {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "http://localhost"
	}
	return "http://" + net.JoinHostPort("localhost", port)
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

// withStore opens and migrates the database for one command.
func (f databaseFlags) withStore(ctx context.Context, do func(*store.Store) error) error {
	dsn, err := f.dsn()
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, dsn, store.Options{Connections: f.Connections})
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	return do(db)
}
