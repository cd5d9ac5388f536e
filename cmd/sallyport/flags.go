package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/deposit"
	"github.com/sallyport/sallyport/internal/position"
	"github.com/sallyport/sallyport/internal/store"
)

// databaseFlags say where the data is. Every command on the database has them.
type databaseFlags struct {
	Data        string `default:"data" env:"SALLYPORT_DATA" type:"path" help:"Folder for everything the service keeps. Created if missing."`
	Database    string `env:"SALLYPORT_DATABASE" placeholder:"ADDRESS" help:"postgres:// address, or path of an SQLite file. Default: sallyport.db in the data folder."`
	Connections int    `default:"10" env:"SALLYPORT_CONNECTIONS" help:"Most database connections for sign-ins and pages. The session check has 4 of its own."`
}

// databaseFile is the name of the database in the data folder.
const databaseFile = "sallyport.db"

// dsn returns the database to open, and makes the data folder if needed. Only the account of
// this process may read the folder.
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
	return path, nil
}

// publicFlags say how links in mails begin.
type publicFlags struct {
	Listen    string `default:"127.0.0.1:8080" env:"SALLYPORT_LISTEN" help:"Address to serve on."`
	PublicURL string `env:"SALLYPORT_PUBLIC_URL" placeholder:"URL" help:"Address people use, such as https://accounts.example.com. Links in mails start with it. Default: http://localhost and the port of --listen."`
}

// url returns the public address. Without --public-url it is an address on localhost for a
// trial; server.Config.Check says when --public-url is needed.
func (f publicFlags) url() string {
	if f.PublicURL != "" {
		return strings.TrimSuffix(f.PublicURL, "/")
	}
	_, port, err := net.SplitHostPort(f.Listen)
	if err != nil {
		return "http://localhost"
	}
	return "http://" + net.JoinHostPort("localhost", port)
}

// listenFlags say on which addresses the service listens and who its proxies are.
type listenFlags struct {
	publicFlags
	TrustedProxy  []string `env:"SALLYPORT_TRUSTED_PROXY" placeholder:"NETWORK" help:"Address or network of a reverse proxy in front, such as 10.0.0.0/8. X-Forwarded-For counts from these only. Repeat, or separate with commas."`
	TLSCert       string   `env:"SALLYPORT_TLS_CERT" type:"path" placeholder:"FILE" help:"Certificate chain, PEM. Leave out behind a proxy that ends TLS."`
	TLSKey        string   `env:"SALLYPORT_TLS_KEY" type:"path" placeholder:"FILE" help:"Private key of the certificate, PEM."`
	MetricsListen string   `env:"SALLYPORT_METRICS_LISTEN" placeholder:"ADDRESS" help:"Serve Prometheus metrics on this address, such as 127.0.0.1:9464. Off by default. An address that other machines reach needs --metrics-token."`
	MetricsToken  string   `env:"SALLYPORT_METRICS_TOKEN" placeholder:"TOKEN" help:"Bearer token that whoever asks for metrics has to send, at least 24 characters."`
	OTLPEndpoint  string   `name:"otlp-endpoint" env:"SALLYPORT_OTLP_ENDPOINT" placeholder:"URL" help:"Send traces of requests and deliveries to this OpenTelemetry collector (OTLP over HTTP), such as http://127.0.0.1:4318. Off by default. The variables OTEL_EXPORTER_OTLP_HEADERS and OTEL_TRACES_SAMPLER count."`
	CityFile      string   `env:"SALLYPORT_CITY_FILE" type:"path" placeholder:"FILE" help:"City database in MaxMind DB format. Without one, places are countries."`
}

// keyFlags give the keys that seal secrets.
type keyFlags struct {
	Keys string `env:"SALLYPORT_KEYS" placeholder:"JSON" help:"Contents of keys.json, where the data folder should not hold it. All nodes of one database need the same keys."`
}

// mailFlags say how mails and text messages are sent. Without them they are written to files;
// see server.Config.Check for where that must be asked for by name.
type mailFlags struct {
	SMTP     string `env:"SALLYPORT_SMTP" placeholder:"ADDRESS" help:"Mail server: smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465. Or files, for files in the data folder, as is the default on localhost; any other --public-url needs one of these."`
	MailFrom string `env:"SALLYPORT_MAIL_FROM" placeholder:"ADDRESS" help:"Sender of mails, such as Accounts <accounts@example.com>. Needed with --smtp."`
	SMS      string `name:"sms" env:"SALLYPORT_SMS" placeholder:"ADDRESS" help:"Gateway for text messages: twilio://SID:TOKEN@api.twilio.com?from=NUMBER (or service=ID), webhook+https://SECRET@host/path, or off for none. Add private=yes after the ? for a gateway in your own network. Without it they go to files in the data folder."`
	keyFlags
}

// depositFlags say where signed checkpoints of the audit log are taken.
type depositFlags struct {
	CheckpointFolder string        `env:"SALLYPORT_CHECKPOINT_FOLDER" type:"path" placeholder:"DIR" help:"Write signed checkpoints of the audit log to this folder, one file each, such as one of another machine. It has to exist."`
	CheckpointURL    string        `name:"checkpoint-url" env:"SALLYPORT_CHECKPOINT_URL" placeholder:"URL" help:"Post them to this https:// address. Add private=yes after the ? for a server in your own network, ca=FILE for roots of your own."`
	CheckpointMail   string        `env:"SALLYPORT_CHECKPOINT_MAIL" placeholder:"ADDRESS" help:"Mail them to this address."`
	CheckpointEvery  time.Duration `default:"1h" env:"SALLYPORT_CHECKPOINT_EVERY" help:"How often, at most, and only when the log has grown: 1m to 24h."`
}

func (f depositFlags) settings() deposit.Settings {
	return deposit.Settings{Folder: f.CheckpointFolder, URL: f.CheckpointURL, To: f.CheckpointMail, Every: f.CheckpointEvery}
}

// hashFlags say how expensive a password hash is and which passwords are refused.
type hashFlags struct {
	Argon2Memory     uint32 `name:"argon2-memory" default:"19456" env:"SALLYPORT_ARGON2_MEMORY" placeholder:"KIB" help:"Memory to hash one password with, in KiB. At least 19456."`
	Argon2Iterations int    `name:"argon2-iterations" default:"2" env:"SALLYPORT_ARGON2_ITERATIONS" help:"Passes over that memory. At least 2."`
	BreachList       string `env:"SALLYPORT_BREACH_LIST" type:"path" placeholder:"PATH" help:"Passwords from data breaches that nobody may use: a file of SHA-1 hashes sorted by hash, or a folder of range files, as the Have I Been Pwned downloader makes them."`
	HashSlots        int    `default:"0" env:"SALLYPORT_HASH_SLOTS" help:"Passwords hashed at once. 0 leaves one processor free for everything else."`
}

// withStore opens and migrates the database for one command.
func (f databaseFlags) withStore(ctx context.Context, do func(*store.Store) error) error {
	return f.withStoreAs(ctx, store.Options{Connections: f.Connections, Existing: true}, do)
}

// withStoreAs is withStore for a command that opens the database in a way of its own.
func (f databaseFlags) withStoreAs(ctx context.Context, o store.Options, do func(*store.Store) error) (err error) {
	dsn, err := f.dsn()
	if err != nil {
		return err
	}
	begun := position.Begun(f.Data)
	db, err := store.Open(ctx, dsn, o)
	switch {
	case errors.Is(err, store.ErrMissing) && begun:
		return position.Missing(f.Data)
	case errors.Is(err, store.ErrMissing):
		return fmt.Errorf("%w: start serve, which makes it, or correct --data", err)
	case err != nil:
		return explainFile(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if begun {
		if err := position.RefuseEmpty(ctx, db, f.Data); err != nil {
			return err
		}
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	// Where no node runs, nobody else gives the command's events their places in the log. A damaged log
	// does not make an act fail that is done: audit verify and doctor tell.
	defer func() { _ = audit.NewSequencer(db, time.Now).Run(context.WithoutCancel(ctx)) }()
	return do(db)
}
