package request_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/request"
)

// A download goes on after the server's times to read and to write are over, and what is written
// arrives at once.
func TestDownloadLasts(t *testing.T) {
	const limit = 100 * time.Millisecond
	var ended error
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		to := request.Download(w, `a "b".zip`, "application/zip")
		for range 5 {
			time.Sleep(limit)
			if _, ended = io.WriteString(to, "piece "); ended != nil {
				return
			}
		}
		ended = r.Context().Err()
	}))
	server.Config.ReadTimeout, server.Config.WriteTimeout = limit, limit
	server.Start()
	defer server.Close()
	r, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	first := make([]byte, 6)
	if _, err := io.ReadFull(r.Body, first); err != nil || string(first) != "piece " {
		t.Errorf("the first piece: %q, %v", first, err)
	}
	rest, err := io.ReadAll(r.Body)
	if err != nil || string(rest) != strings.Repeat("piece ", 4) || ended != nil {
		t.Errorf("the rest: %q, %v; on the server: %v", rest, err, ended)
	}
	if got := r.Header.Get("Content-Disposition"); got != `attachment; filename="a__b_.zip"` {
		t.Errorf("the file is %s", got)
	}
}
