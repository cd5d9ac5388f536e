package doctor

import "testing"

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
