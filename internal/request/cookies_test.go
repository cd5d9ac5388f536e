package request_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/token"
)

// delivered returns a handler that ends a sign-in and replaces the device credential former.
func delivered(r *http.Request, former, credential string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		request.Deliver(w, r, request.Left{
			Done: true, SessionToken: "session", Session: sallyport.Session{CreatedAt: apptest.Start, ExpiresAt: apptest.Start.Add(time.Hour)},
			FormerDeviceToken: former, DeviceToken: credential,
		})
	}
}

// A step sets the token of the next step, or deletes it and sets the session. A device
// whose credential stays gets no cookie for it.
func TestDeliver(t *testing.T) {
	names := func(all []*http.Cookie) (out []string) {
		for _, c := range all {
			out = append(out, strings.TrimPrefix(c.Name, "__Host-sallyport"))
		}
		return out
	}
	set, r := cookies(t, func(w http.ResponseWriter) {
		request.Deliver(w, nil, request.Left{FlowToken: "step"})
	})
	if request.FlowToken(r) != "step" || len(set) != 1 {
		t.Errorf("in the middle: %v", names(set))
	}
	for credential, want := range map[string]string{"": "-flow ", "new": "-flow  -devices"} {
		set, r := cookies(t, delivered(from("192.0.2.1:1"), "", credential))
		if got := strings.Join(names(set), " "); got != want || request.FlowToken(r) != "" || request.SessionToken(r) != "session" {
			t.Errorf("at the end: %q", got)
		}
	}
}

// A browser that forgets its devices has no credential of any user, and can get new ones.
func TestClearDevices(t *testing.T) {
	credential, _ := token.New(token.Device)
	set, r := cookies(t, delivered(from("192.0.2.1:1"), "", credential))
	if got := strings.Join(request.Devices(r), " "); got != credential {
		t.Fatalf("%q", got)
	}
	cleared, r := cookies(t, request.ClearDevices)
	if len(cleared) != 1 || cleared[0].Name != set[2].Name || cleared[0].MaxAge >= 0 || cleared[0].Value != "" || !cleared[0].Secure || cleared[0].Path != "/" || cleared[0].SameSite != set[2].SameSite {
		t.Errorf("cleared by %s", cleared[0].Raw)
	}
	if request.Devices(r) != nil {
		t.Error("a device is left")
	}
}
