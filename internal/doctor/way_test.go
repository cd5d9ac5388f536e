package doctor

import (
	"net/url"
	"strings"
	"testing"
)

// An address that leaves the way to another machine open fails; one that says nothing is
// verified, and this machine needs nothing.
func TestWayToDatabase(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]Status{
		"sallyport.db":                                  "",
		"postgres://u@db.example/x":                     OK,
		"postgres://u@db.example/x?sslmode=require":     Fail,
		"postgres://u@db.example/x?sslmode=disable":     Fail,
		"postgres://u@127.0.0.1/x?sslmode=disable":      OK,
		"postgres:///x?host=/run/pg&sslmode=disable":    OK,
		"postgres://u@db.example/x?sslmode=verify-full": OK,
	} {
		if got := (&patient{Config: Config{Database: dsn}}).way(t.Context()); got.Status != want {
			t.Errorf("%s: %+v", dsn, got)
		}
	}
}

// A host name has one cookie for all its ports, so the usual one is asked, too.
func TestBesides(t *testing.T) {
	for address, want := range map[string]string{
		"https://accounts.example.com":      "",
		"https://accounts.example.com:443":  "",
		"https://accounts.example.com:8443": "https://accounts.example.com/",
		"https://[2001:db8::1]:8443":        "https://[2001:db8::1]/",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		all := besides(u)
		if last := all[len(all)-1]; want != "" && last != want || want == "" && !strings.HasPrefix(last, address+"/") {
			t.Errorf("%s: %s", address, last)
		}
	}
}
