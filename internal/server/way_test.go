package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/server"
)

// A node says so at its start when its connection to the database is open to others.
func TestOpenWayToTheDatabaseIsWarnedOf(t *testing.T) {
	t.Parallel()
	for mode, want := range map[string]bool{"disable": true, "prefer": true, "require": true, "verify-ca": true, "verify-full": false, "": false} {
		var log bytes.Buffer
		ended, cancel := context.WithCancel(t.Context())
		cancel() // there is no such database
		s, err := server.New(ended, server.Config{
			Database: "postgres://sallyport:secret@db.example.com/sallyport" + map[bool]string{true: "?sslmode=" + mode}[mode != ""],
			Data:     t.TempDir(), PublicURL: "http://localhost:8080", Log: slog.New(slog.NewTextHandler(&log, nil)),
		})
		if err == nil {
			s.Close()
			t.Fatal("the database was opened")
		}
		if got := strings.Contains(log.String(), "level=WARN") && strings.Contains(log.String(), "sslmode="+mode); got != want {
			t.Errorf("sslmode %q: %q", mode, log.String())
		}
		if strings.Contains(log.String()+err.Error(), "secret") {
			t.Errorf("sslmode %q: the password is told", mode)
		}
	}
}
