// Command headerapp is an app that takes its user from the header Remote-User, as many programs can. It listens on the
// machine itself alone: whoever reached it past the proxy could say who they are. Start it, and a proxy in front of it:
//
//	go run ./examples/headerapp
//	APP=127.0.0.1:9091 examples/nginx/run.sh
package main

import (
	"context"
	"flag"
	"fmt"
	"html/template"
	"log"
	"net"
	"net/http"
	"time"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9091", "where this app listens; only the proxy may reach it")
	flag.Parse()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("the app is at", l.Addr())
	s := &http.Server{Handler: http.HandlerFunc(greet), ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(s.Serve(l))
}

var page = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>An app</title>
<h1>Hello, {{or .Name .User}}</h1>
<p>{{.User}}{{with .Groups}}, in {{.}}{{end}}</p>
<p><a href="/.sallyport/leave">Leave</a></p>
</html>
`))

// greet shows who the proxy says that it is. Without a name it shows nothing: a proxy that asks nobody sends none.
func greet(w http.ResponseWriter, r *http.Request) {
	user := r.Header.Get("Remote-User")
	if user == "" || len(r.Header.Values("Remote-User")) > 1 {
		http.Error(w, "Nobody is signed in: is this app behind its proxy?", http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	err := page.Execute(w, struct{ User, Name, Groups string }{user, r.Header.Get("Remote-Name"), r.Header.Get("Remote-Groups")})
	if err != nil {
		log.Print(err)
	}
}
