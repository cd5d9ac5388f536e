// Command goapp is a small app behind Sallyport. Add it at Sallyport under Settings, Apps, with the address
// http://goapp.localhost:9090, and start it with its id there:
//
//	go run ./examples/goapp -sallyport http://localhost:8080 -app ID
//
// With an API key of a service account that has sessions.view in the environment variable SALLYPORT_KEY it answers from
// memory, and follows what is revoked.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"html/template"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/sallyport/sallyport/client"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Getenv("SALLYPORT_KEY")); err != nil {
		log.Fatal(err)
	}
}

// run serves the app until ctx ends.
func run(ctx context.Context, args []string, key string) error {
	flags := flag.NewFlagSet("goapp", flag.ContinueOnError)
	accounts := flags.String("sallyport", "http://localhost:8080", "where Sallyport is")
	id := flags.String("app", "", "the id of this app there")
	listen := flags.String("listen", "127.0.0.1:9090", "where this app listens")
	address := flags.String("address", "", "where browsers find this app, never the host of Sallyport; http://goapp.localhost and the port by default")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *address == "" {
		_, port, err := net.SplitHostPort(*listen)
		if err != nil {
			return err
		}
		*address = "http://goapp.localhost:" + port
	}
	sp, err := client.New(client.Config{Sallyport: *accounts, App: *id, Address: *address, Key: key, Log: slog.Default()})
	if err != nil {
		return err
	}
	defer sp.Close()
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", *listen)
	if err != nil {
		return err
	}
	fmt.Println("the app is at", *address)
	return serve(ctx, l, handler(sp))
}

func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() {
		ending, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = s.Shutdown(ending) // what takes longer is cut off
	})
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// handler is the app: a page for everybody who is signed in, one for admins, and one that takes a second factor that was
// proven a moment ago.
func handler(sp *client.Client) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", show("Home"))
	mux.Handle("GET /admin", sp.Require(client.Role("owner", "admin"))(show("For admins")))
	mux.Handle("GET /payments", sp.Require(client.Fresh(10*time.Minute))(show("Payments")))
	return http.NewCrossOriginProtection().Handler(sp.Middleware(mux))
}

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{{.Title}}</title>
<h1>{{.Title}}</h1><p>You are {{.Session.User.FirstName}} {{.Session.User.LastName}} ({{.Session.User.Email}}) of {{.Session.Tenant.Name}}.</p>
<p><a href="/">Home</a> <a href="/admin">For admins</a> <a href="/payments">Payments</a></p>
<form method="post" action="/.sallyport/leave"><button>Sign out</button></form>
`))

func show(title string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, map[string]any{"Title": title, "Session": client.From(r.Context())}) // nobody may be there to read it
	})
}
