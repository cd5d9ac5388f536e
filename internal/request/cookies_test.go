package request_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/token"
)

// A browser that forgets its devices holds none of any user, and may be given new ones.
func TestClearDevices(t *testing.T) {
	credential, _ := token.New(token.Device)
	set, r := cookies(t, func(w http.ResponseWriter) {
		request.ReplaceDevice(w, from("192.0.2.1:1"), "", credential, apptest.Start)
	})
	if got := strings.Join(request.Devices(r), " "); got != credential {
		t.Fatalf("%q", got)
	}
	cleared, r := cookies(t, request.ClearDevices)
	if len(cleared) != 1 || cleared[0].Name != set[0].Name || cleared[0].MaxAge >= 0 || cleared[0].Value != "" || !cleared[0].Secure || cleared[0].Path != "/" || cleared[0].SameSite != set[0].SameSite {
		t.Errorf("cleared by %s", cleared[0].Raw)
	}
	if request.Devices(r) != nil {
		t.Error("a device is left")
	}
}
