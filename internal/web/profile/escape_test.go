package profile

import (
	"strings"
	"testing"

	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func TestPagesEscapeWhatPeopleTyped(t *testing.T) {
	s := kittest.Speaker()
	evil := `"><script>alert(1)</script>`
	u := kittest.Amara
	u.FirstName, u.Email = evil, evil
	sessions := kittest.Sessions()
	sessions[1].DeviceInfo.Browser, sessions[1].DeviceInfo.Model, sessions[1].Location.City = evil, evil, evil
	p := fixtureSecurity(s, u, sessions)
	p.Organisation = evil
	body, err := kit.LoadTemplates()["en"].Render("security_show", p)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(body), "<script>alert") {
		t.Error("markup came through")
	}
}
