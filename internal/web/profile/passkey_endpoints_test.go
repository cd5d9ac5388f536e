package profile_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/sallyport/sallyport/internal/web/webtest"
)

func TestPasskeyEndpoints(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	r := v.Stay().Get("/.well-known/passkey-endpoints")
	var said map[string]string
	if err := json.Unmarshal([]byte(r.Text), &said); err != nil || r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s %s", r.StatusCode, r.Header.Get("Content-Type"), r.Text)
	}
	if len(said) != 2 || said["enroll"] != "https://accounts.test/profile/security/two-factor/add" || said["manage"] != "https://accounts.test/profile/security" {
		t.Errorf("%v", said)
	}
	for _, path := range []string{"/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200", "/.well-known/", "/.well-known/passkey-endpoints/x"} {
		if r := v.Stay().Get(path); r.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	other := a.AddTenant(t, "other.test")
	a.Clock.Advance(6 * time.Second) // the list of organisations is read again
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, v.Base+"/.well-known/passkey-endpoints", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Host = other.Host
	response, err := v.Client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil || said["manage"] != "https://other.test/profile/security" {
		t.Errorf("another organisation: %v, %v", said, err)
	}
}
