package api

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/request"
)

// portrait is a file with a picture of 300 by 200 pixels.
var portrait = func() string {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 300, 200))); err != nil {
		panic(err)
	}
	return b.String()
}()

func TestAvatar(t *testing.T) {
	onBoth(t, func(t *testing.T, a *app) {
		me := a.person(place{a.owner.TenantID, ""}, sallyport.RoleMember, fresh)
		admin := a.person(place{a.owner.TenantID, ""}, sallyport.RoleAdmin, fresh)
		send := func(query, body string) answer {
			return me.client.saying("image/png", "PUT", prefix+"/me/avatar"+query, body)
		}
		if got := into[map[string]any](me.client.get("/me")); got["avatar"] != nil {
			t.Errorf("an avatar already: %v", got["avatar"])
		}
		me.client.get("/me/avatar").refused(404, sallyport.CodeNotFound)
		send("?x=10&y=0&side=90", portrait).is(204)
		path := into[map[string]any](me.client.get("/me"))["avatar"].(string)
		theirs := into[map[string]any](admin.client.get("/users/" + me.user.ID))["avatar"].(string)
		if !strings.HasPrefix(path, prefix+"/me/avatar?hash=") || !strings.HasPrefix(theirs, prefix+"/users/"+me.user.ID+"/avatar?hash=") {
			t.Fatalf("%q and %q", path, theirs)
		}
		for who, shown := range map[string]answer{"me": me.client.do("GET", path, ""), "an admin": admin.client.do("GET", theirs+"&size=48", "")} {
			m, kind, err := image.Decode(strings.NewReader(shown.body))
			if err != nil || kind != "png" || m.Bounds().Dx() != map[string]int{"me": 90, "an admin": 48}[who] {
				t.Fatalf("%s sees %s: %v", who, kind, err)
			}
			for name, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": request.Inert, "Cache-Control": "private, max-age=31536000, immutable"} {
				if got := shown.header.Get(name); got != want {
					t.Errorf("%s: %s is %q, want %q", who, name, got, want)
				}
			}
		}
		if got := me.client.get("/me/avatar").header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("without a hash: %q", got)
		}
		for what, refused := range map[string]answer{"SVG": send("", "<svg/>"), "nothing": send("", "")} {
			if refused.status != http.StatusUnprocessableEntity && refused.status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", what, refused.status, refused.body)
			}
		}
		send("", strings.Repeat("x", picture.MaxBytes+1)).refused(413, sallyport.CodeTooLarge)
		me.client.saying("text/html", "PUT", prefix+"/me/avatar", portrait).refused(415, codeMediaType)
		me.client.do("DELETE", prefix+"/me/avatar", "").is(204)
		me.client.do("GET", path, "").refused(404, sallyport.CodeNotFound)
	})
}
