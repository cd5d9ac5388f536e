// Package server connects the parts: one database, the uses on it, the edges that serve
// requests, the jobs, and the listeners.
//
//	request ─ recover ─ limits ─ headers ─┬─ GET /api/v1/session   (the check, nothing else)
//	                                      ├─ cross-origin guard ─┬─ /api/…  JSON
//	                                      │                      └─ /…      pages
//	                                      ├─ /forward-auth/…       proxies ask before they let somebody to an app
//	                                      └─ /livez /readyz
//
// Everything below the guard is counted and traced; the check is counted only.
package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/mail"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/api"
	"github.com/sallyport/sallyport/internal/apps"
	"github.com/sallyport/sallyport/internal/deposit"
	"github.com/sallyport/sallyport/internal/factor"
	"github.com/sallyport/sallyport/internal/forward"
	"github.com/sallyport/sallyport/internal/geo"
	"github.com/sallyport/sallyport/internal/handshake"
	"github.com/sallyport/sallyport/internal/job"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/notify"
	"github.com/sallyport/sallyport/internal/otlp"
	"github.com/sallyport/sallyport/internal/position"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/seal"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/uses"
	"github.com/sallyport/sallyport/internal/web"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Server is one node.
type Server struct {
	uses.All
	DB      *store.Store
	Handler http.Handler

	// SMSAvailable reports whether codes can be sent by text message.
	SMSAvailable bool

	config    Config
	passwords *factor.Passwords
	breach    *factor.Breach
	places    *geo.DB
	keys      *seal.Keys
	outbox    *notify.Outbox
	sender    notify.Sender
	from      mail.Address
	texts     notify.TextSender
	push      *notify.PushSender // nil when there is no push
	alerts    *notify.Alerter
	deposits  *deposit.Depositor
	traces    *otlp.Sender // nil when traces are off
	metrics   *metrics
	refusals  *refusals
	position  *position.Keeper
	stopping  chan struct{} // closed when the server stops
}

// New opens and migrates the database and connects all parts to it. It does not
// listen yet.
func New(ctx context.Context, c Config) (_ *Server, err error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Log = slog.New(traceLog{c.Log.Handler()})
	if c.Argon2 == (factor.Argon2{}) {
		c.Argon2 = factor.DefaultArgon2
	}
	s := &Server{config: c, stopping: make(chan struct{})}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.outbox = notify.NewOutbox(s.keys, c.Now)
	if !s.SMSAvailable {
		s.outbox.WithoutTexts()
	}
	if err := s.openPush(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.alerts = notify.NewAlerter(notify.AlertConfig{DB: s.DB, Outbox: s.outbox, Now: c.Now, Done: func(format, outcome string) { s.metrics.alerted(format, outcome) }})
	s.All = uses.New(uses.Config{
		DB: s.DB, Now: c.Now, Keys: s.keys, Outbox: s.outbox, Base: link.Base(c.PublicURL), Hasher: s.passwords, Breach: s.breach, Alerts: s.alerts, Log: c.Log,
	})
	s.deposits, err = deposit.New(deposit.Config{DB: s.DB, Settings: c.Deposit, Mail: deposit.Mail{Sender: s.sender, From: s.from}, Log: c.Log, Now: c.Now,
		Done: func(way string, err error) { s.metrics.deposited(way, err) }})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.metrics = newMetrics(s)
	s.Acts.OnEvent(s.metrics.event)
	s.Handler = s.handler()
	return s, nil
}

func (s *Server) open(ctx context.Context) (err error) {
	if s.traces, err = otlp.Open(ctx, otlp.Config{Endpoint: s.config.OTLPEndpoint, Version: s.config.Version, Log: s.config.Log}); err != nil {
		return err
	}
	if s.passwords, err = factor.NewPasswords(s.config.Argon2, s.config.HashSlots); err != nil {
		return err
	}
	if s.config.BreachList == "" {
		s.config.Log.Info("there is no list of passwords from data breaches (--breach-list): new passwords are held against common ones only")
	} else {
		if s.breach, err = factor.OpenBreach(s.config.BreachList); err != nil {
			return err
		}
	}
	if s.places, err = geo.Open(s.config.CityFile); err != nil {
		return err
	}
	if mode := store.Unverified(s.config.Database); mode != "" {
		s.config.Log.Warn("the connection to the database is open to whoever is on the way: sslmode in --database should be verify-full", "sslmode", mode)
	}
	if err = s.openDatabase(ctx); err != nil {
		return err
	}
	if err = s.refuseDemo(ctx); err != nil {
		return err
	}
	return s.openMail(ctx)
}

// openDatabase opens and migrates the database, and refuses one that is damaged, empty beside the keys of
// an installation, or set back to a backup. It makes a file only where no installation was begun.
func (s *Server) openDatabase(ctx context.Context) (err error) {
	begun := position.Begun(s.config.Data) // before the database: another node may be making both
	o := s.config.Store
	o.Existing, o.Log, o.Now = o.Existing || begun, s.config.Log, s.config.Now
	s.DB, err = store.Open(ctx, s.config.Database, o)
	switch {
	case errors.Is(err, store.ErrMissing) && begun:
		return position.Missing(s.config.Data)
	case err != nil:
		return restorable(err)
	}
	if begun {
		if err = position.RefuseEmpty(ctx, s.DB, s.config.Data); err != nil {
			return err
		}
	}
	if s.DB.Unclean() {
		s.config.Log.Info("the database was not closed by the last program, or another one has it open: its pages are checked")
		if err = s.DB.CheckPages(ctx); err != nil {
			return restorable(err)
		}
	}
	if err = s.DB.Migrate(ctx); err != nil {
		return err
	}
	if err = s.DB.Remember(ctx, cmp.Or(s.config.CheckMemory, store.DefaultMemory)); err != nil {
		return err
	}
	s.position, err = position.NewKeeper(ctx, s.DB, s.config.Data)
	return err
}

// restorable says what to do about a damaged database.
func restorable(err error) error {
	if errors.Is(err, store.ErrDamaged) {
		return fmt.Errorf("%w: restore a backup with sallyport restore", err)
	}
	return err
}

// refuseDemo returns an error for a database of the demo under a public address: the
// passwords of its accounts were printed.
func (s *Server) refuseDemo(ctx context.Context) error {
	demo, err := s.DB.IsDemo(ctx)
	if err != nil || !demo || s.config.Local() {
		return err
	}
	return errors.New("--database is one that sallyport demo filled, with accounts whose passwords were printed, and --public-url is for other people: " +
		"give a database of your own, or an address on localhost")
}

// openMail opens the keys and prepares the sending of mails and text messages. It checks
// the keys against the database before anything is sealed.
func (s *Server) openMail(ctx context.Context) (err error) {
	c := s.config
	if s.keys, err = seal.OpenFor(ctx, s.DB, c.Keys, filepath.Join(c.Data, "keys.json")); err != nil {
		return err
	}
	if s.sender, s.from, err = (notify.Settings{SMTP: c.SMTP, From: c.MailFrom, Folder: filepath.Join(c.Data, "mail")}).Open(c.Log); err != nil {
		return err
	}
	texts := notify.TextSettings{SMS: c.SMS, Folder: filepath.Join(c.Data, "sms")}
	s.SMSAvailable = texts.Available()
	s.texts, err = texts.Open(c.Log)
	return err
}

// openPush lets browsers be subscribed, unless push services could reach nobody here: then they would
// refuse every message.
func (s *Server) openPush() (err error) {
	subject, ok := notify.PushSubject(s.from, s.config.PublicURL)
	if !ok {
		return nil
	}
	s.push, err = notify.NewPushSender(notify.PushOptions{Key: s.keys.PushKey(), Subject: subject, Done: func(outcome string) { s.metrics.pushed(outcome) }})
	if err != nil {
		return err
	}
	return s.outbox.EnablePush(s.keys.PushKey())
}

// MailNotice returns what the operator must know about how mails, text messages and push messages are
// sent, "" when there is nothing.
func (s *Server) MailNotice() string {
	push := ""
	if s.push == nil {
		push = "Browsers are not told by push: push services demand an address at which somebody can be reached, so give --mail-from one, or an https:// --public-url."
	}
	return strings.TrimSpace(strings.Join([]string{s.sender.Notice(), s.texts.Notice(), push}, "\n"))
}

// requestTimeout limits the work on one request, including the wait for a slot to hash
// a password.
const requestTimeout = 20 * time.Second

func (s *Server) handler() http.Handler {
	c := s.config
	read := request.NewReader(s.DB.ForCheck(), s.Sessions, s.places, c.Proxies, c.Now)
	read.Keys = s.APIKeys
	read.Remember(s.DB.Memory())
	s.refusals = newRefusals(s, read)
	pages := web.New(web.Deps{All: s.All, Deps: kit.Deps{Read: read, Keys: s.keys, Now: c.Now, PublicURL: c.PublicURL, Log: c.Log}})
	guarded := http.NewServeMux()
	deps := api.Deps{All: s.All, Read: read, Now: c.Now, Version: c.Version, Address: c.PublicURL, Contact: s.from.Address, Log: c.Log,
		Feed: api.Feed{Memory: s.DB.Memory(), Hears: s.DB.Hears, Settled: store.Settled}}
	edge := api.New(deps)
	for pattern, h := range api.OAuth(deps) {
		guarded.Handle(pattern, h)
	}
	guarded.Handle("/api", edge) // or the mux would redirect it
	guarded.Handle("/api/", edge)
	guarded.Handle("/", pages)

	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", s.ready)
	refuse := func(w http.ResponseWriter, r *http.Request, err error) {
		if underAPI(r.URL.Path) {
			api.Problem(w, err)
			return
		}
		pages.Refuse(w, r, err)
	}
	mux.Handle("/", s.traced(s.recovered(s.withTimeout(shared(read, crossOrigin(guarded, refuse))), refuse)))
	unclean := s.traced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { refuse(w, r, sallyport.ErrNotFound) }))
	check := s.metrics.countChecks(api.SessionCheck(read, c.Now, s.refusals.check))
	mux.Handle("GET "+checkPath, check) // HEAD, too
	proxied := forward.New(forward.Config{Apps: s.Apps, Read: read, Base: link.Base(c.PublicURL), Now: c.Now, Log: c.Log, Proxies: c.Proxies})
	mux.Handle(apps.OwnPath, s.traced(s.withTimeout(http.HandlerFunc(proxied.Own))))
	asked := s.metrics.countChecks(withoutHSTS(proxied))
	all := onlyClean(mux, unclean)
	return s.recovered(s.headers(s.behindProxy(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.URL.Path == checkPath {
			check.ServeHTTP(w, r) // past the mux, since other services ask it all the time
			return
		}
		if strings.HasPrefix(r.URL.Path, forward.Path) {
			asked.ServeHTTP(w, r) // with any method and any path behind
			return
		}
		all.ServeHTTP(w, r)
	}))), refuse)
}

// checkPath is where the session check is.
const checkPath = "/api/v1/session"

// live are the paths where what happens is sent as it happens. Such an answer ends when the server stops:
// it has no end of its own to wait for, and whoever reads asks another node to go on.
var live = []string{"/settings/audit-log/live", "/foundation/security/live", "/api/v1/session-changes"}

// lasting are the paths whose answers go on for as long as the client reads: downloads of any size,
// and what is sent as it happens. Each of them ends with its session.
var lasting = append([]string{"/settings/audit-log/export/*/file", "/api/v1/events/exports/*/file"}, live...)

// withTimeout ends the context of a request after requestTimeout. An answer that is
// being written is not cut off.
func (s *Server) withTimeout(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && slices.ContainsFunc(lasting, func(pattern string) bool {
			ok, _ := path.Match(pattern, r.URL.Path)
			return ok
		}) {
			ctx := r.Context()
			if slices.Contains(live, r.URL.Path) {
				until, cancel := context.WithCancel(ctx)
				defer cancel()
				go s.endAtStop(until, cancel)
				ctx = until
			}
			next.ServeHTTP(w, r.WithContext(ctx))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), requestTimeout)
		defer cancel()
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// shared lets the work on a request count towards the share that its organisation has of the
// connections to the database.
func shared(read *request.Reader, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if t, err := read.Tenant(r); err == nil {
			r = r.WithContext(store.For(r.Context(), t.ID))
		}
		next.ServeHTTP(w, r)
	})
}

// endAtStop cancels what is under way when the server stops, unless it ends before.
func (s *Server) endAtStop(ctx context.Context, cancel context.CancelFunc) {
	select {
	case <-s.stopping:
		cancel()
	case <-ctx.Done():
	}
}

// refuser answers a request that is refused before its handler. Each edge has its own.
type refuser func(http.ResponseWriter, *http.Request, error)

// crossOrigin refuses unsafe requests that come from a page of another site.
func crossOrigin(next http.Handler, refuse refuser) http.Handler {
	return web.Guard(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := sallyport.Refuse(sallyport.CodeCrossOrigin, "")
		request.NoteRefusal(r, err)
		refuse(w, r, err)
	})).Handler(next)
}

// underAPI reports whether a path is one of the API, also when it is written with dots or
// empty segments.
func underAPI(p string) bool {
	return strings.HasPrefix(p, "/api/") || strings.HasPrefix(path.Clean(p)+"/", "/api/")
}

// onlyClean passes paths with dots or empty segments to another handler: a mux would answer
// them with a redirect to another path.
func onlyClean(next, unclean http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := r.URL.Path
		if strings.Contains(p, "//") || strings.Contains(p, "/.") && strings.TrimSuffix(p, "/") != strings.TrimSuffix(path.Clean(p), "/") {
			unclean.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) recovered(next http.Handler, refuse refuser) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			s.config.Log.ErrorContext(r.Context(), "panic", "method", r.Method, "pattern", r.Pattern, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			refuse(w, r, sallyport.Refuse(sallyport.CodeInternal, ""))
		}()
		next.ServeHTTP(w, r)
	})
}

func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.DB.Ready(ctx); err != nil {
		s.config.Log.Warn("not ready", "cause", err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// SetUpURL returns the address of a new set-up link, "" when the installation has an owner.
func (s *Server) SetUpURL(ctx context.Context) (string, error) {
	secret, err := s.Accounts.OfferSetUp(ctx)
	if err != nil || secret == "" {
		return "", err
	}
	return strings.TrimSuffix(s.config.PublicURL, "/") + "/setup/" + secret, nil
}

// grace is how long running requests may take when the server stops, flushTime how long writing
// pending activity may take then.
const (
	grace     = 10 * time.Second
	flushTime = 5 * time.Second
)

// Serve listens and works until ctx ends. Then it lets running requests finish within a grace,
// cuts off those that do not, and writes pending activity. It calls ready once it listens.
func (s *Server) Serve(ctx context.Context, ready func(net.Addr)) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", s.config.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	listener = withDeadlines(listener)
	failed := newHandshakes(s.config.Log, s.config.Now, s.metrics.handshakeFailed)
	main := newHTTP(s.Handler, failed.logger())
	main.RegisterOnShutdown(func() { close(s.stopping) })
	if main.TLSConfig, err = s.certificate(); err != nil {
		return errors.Join(err, listener.Close())
	}
	ended := make(chan error, 2)
	go func() {
		if main.TLSConfig != nil {
			ended <- main.ServeTLS(listener, "", "")
			return
		}
		ended <- main.Serve(listener)
	}()
	extra := newHTTP(s.headers(withToken(s.config.MetricsToken, s.metrics.handler())), failed.logger())
	if s.config.MetricsListen != "" {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", s.config.MetricsListen)
		if err != nil {
			return errors.Join(fmt.Errorf("--metrics-listen: %w", err), main.Close())
		}
		go func() { ended <- s.serveMetrics(extra, l, main.TLSConfig) }()
	}
	s.DB.OnRefusal(func(why error) { s.config.Log.Error("nothing is served any more", "error", why) })
	working, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.work(working)
	}()
	ready(listener.Addr())
	select {
	case <-ctx.Done():
		err = nil
	case err = <-ended:
	}
	stop()
	err = errors.Join(err, s.end(ctx, main), s.end(ctx, extra))
	<-done
	flushing, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
	defer cancel()
	return errors.Join(err, s.Sessions.Flush(flushing), s.APIKeys.Flush(flushing), s.position.Keep(flushing))
}

// serveMetrics serves them over TLS where the service has a certificate and others than this machine ask.
func (s *Server) serveMetrics(extra *http.Server, l net.Listener, settings *tls.Config) error {
	host, _, _ := net.SplitHostPort(s.config.MetricsListen) // which was listened on
	if settings == nil || loopback(host) {
		return extra.Serve(l)
	}
	extra.TLSConfig = settings.Clone()
	return extra.ServeTLS(l, "", "")
}

// end lets running requests finish within the grace. Then it cuts off those of clients who are slow to
// send or to read, which is no fault of the server.
func (s *Server) end(ctx context.Context, h *http.Server) error {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.grace())
	defer cancel()
	err := h.Shutdown(ending)
	if errors.Is(err, context.DeadlineExceeded) {
		s.config.Log.Warn("requests were cut off that took too long to end")
		return h.Close()
	}
	return err
}

func (s *Server) grace() time.Duration { return cmp.Or(s.config.Grace, grace) }

// certificate returns the settings of TLS, nil without a certificate, and lets the metrics tell when
// that ends. The files are read once: a new certificate needs a restart.
func (s *Server) certificate() (*tls.Config, error) {
	if s.config.TLSCert == "" {
		return nil, nil // nil is how net/http says no TLS
	}
	pair, err := tls.LoadX509KeyPair(s.config.TLSCert, s.config.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	s.metrics.certificate(pair.Leaf.NotAfter)
	s.Dashboard.WatchCertificate(func() time.Time { return pair.Leaf.NotAfter })
	return handshake.Server(pair), nil
}

// pushWorkers is how many push messages are sent at the same time. They go to many services, of which
// one may be slow.
const pushWorkers = 8

// alertWorkers is how many alerts are sent at the same time.
const alertWorkers = 4

// work runs the jobs and delivers mails, text messages, push messages and alerts until ctx ends.
func (s *Server) work(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() {
		job.Run(ctx, s.config.Log, append(job.All(s.DB, s.All), job.Job{Name: "deposit", Every: time.Minute, Run: s.deposits.Run},
			job.Job{Name: "refusals", Every: time.Minute, Run: s.refusals.tend}, job.Job{Name: "position", Every: 3 * time.Second, Run: s.position.Keep}))
	})
	channels := []notify.Config{{Sender: s.sender, From: s.from}, {Texts: s.texts}, {Alerts: s.alerts, Workers: alertWorkers, Timeout: notify.AlertTimeout}}
	if s.push != nil {
		channels = append(channels, notify.Config{Push: s.push, Workers: pushWorkers, Timeout: notify.PushTimeout})
	}
	for _, c := range channels {
		c.DB, c.Outbox, c.Log, c.Now, c.Tracer = s.DB, s.outbox, s.config.Log, s.config.Now, s.traces.Tracer()
		wg.Go(func() { notify.NewWorker(c).Run(ctx) })
	}
	wg.Wait()
}

func newHTTP(h http.Handler, errorLog *log.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second, // longer than requestTimeout, which must end the request first
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          errorLog,
	}
}

// Close sends the last traces and closes the database. Call it after Serve has returned.
func (s *Server) Close() error {
	s.traces.Close()
	var errs []error
	if s.DB != nil {
		errs = append(errs, s.DB.Close())
	}
	if s.places != nil {
		errs = append(errs, s.places.Close())
	}
	errs = append(errs, s.breach.Close())
	return errors.Join(errs...)
}
