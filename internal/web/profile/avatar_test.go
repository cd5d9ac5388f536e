package profile_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/picture"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

var shownPicture = regexp.MustCompile(`/avatars/[0-9a-f-]+/[0-9a-f]{32}/`)

// upload sends a file by the form as a browser without scripts does.
func upload(t *testing.T, v *webtest.Visitor, file []byte, headers ...string) webtest.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("picture", "<b>me</b>.html")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil || form.Close() != nil {
		t.Fatal(err)
	}
	return v.Send(http.MethodPost, avatarPath, &body, append(headers, "Content-Type", form.FormDataContentType())...)
}

func aPortrait(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewRGBA(image.Rect(0, 0, 200, 100))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Without scripts a picture is sent and removed by plain forms, and served as what it is.
func TestAvatarWithoutScripts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		page := upload(t, v, aPortrait(t))
		v.At(page, http.StatusOK, kit.GeneralPath)
		v.Has(page, "Picture changed.")
		path := shownPicture.FindString(page.Text)
		if path == "" {
			t.Fatalf("no picture is shown:\n%s", page.Text)
		}
		for size, want := range map[string]int{"48": 48, "96": 96, "192": 100, "512": 100} {
			got := v.Get(path + size)
			config, kind, err := image.DecodeConfig(strings.NewReader(got.Text))
			if err != nil || kind != "png" || config.Width != want {
				t.Errorf("size %s: %s of %d pixels, %v", size, kind, config.Width, err)
			}
			for name, header := range map[string]string{
				"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": request.Inert,
				"Cross-Origin-Resource-Policy": "same-origin", "Cache-Control": "private, max-age=31536000, immutable",
			} {
				if got.Header.Get(name) != header {
					t.Errorf("%s is %q, want %q", name, got.Header.Get(name), header)
				}
			}
			if again := v.Send(http.MethodGet, path+size, nil, "If-None-Match", got.Header.Get("ETag")); again.StatusCode != http.StatusNotModified || again.Text != "" {
				t.Errorf("asked again: %d", again.StatusCode)
			}
		}
		for _, wrong := range []string{path + "x", path + "-1x", strings.Replace(path, "/avatars/", "/avatars/%00", 1) + "48", path[:len(path)-3] + "00/48"} {
			if got := v.Get(wrong); got.StatusCode != http.StatusNotFound {
				t.Errorf("%s: %d", wrong, got.StatusCode)
			}
		}
		v.Has(v.Get(avatarPath+"/remove"), "Your initials are shown instead.")
		removed := v.Post(avatarPath + "/remove")
		v.Has(removed, "Picture removed.")
		if shownPicture.MatchString(removed.Text) || v.Get(path+"48").StatusCode != http.StatusNotFound {
			t.Error("the picture is still there")
		}
	})
}

// What cannot be used is said on the page, and to scripts in one text.
func TestAvatarRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		for text, file := range map[string]string{
			"Choose a picture": "", "This is not a PNG, JPEG, GIF or WebP picture": "<svg/>", "Something else follows the picture": string(aPortrait(t)) + "<!doctype html><script>alert(1)</script>",
			"damaged or incomplete": string(aPortrait(t)[:60]),
		} {
			page := upload(t, v, []byte(file))
			v.SentBack(page, http.StatusUnprocessableEntity, avatarPath)
			v.Has(page, text)
			said := upload(t, v, []byte(file), "Accept", "application/json")
			if said.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(said.Text, text) || said.Header.Get("Content-Type") != "application/json" {
				t.Errorf("a script is told: %d %s", said.StatusCode, said.Text)
			}
		}
		if got := upload(t, v, make([]byte, picture.MaxBytes+1<<20)); got.StatusCode != http.StatusRequestEntityTooLarge {
			t.Errorf("too large: %d", got.StatusCode)
		}
		for range 20 {
			upload(t, v, nil)
		}
		v.Has(upload(t, v, nil), "Too many pictures in a short time.")
		if said := upload(t, v, nil, "Accept", "application/json"); !strings.Contains(said.Text, "Too many pictures in a short time. ") {
			t.Errorf("a script is told: %s", said.Text)
		}
	})
}

// Another member does not see the picture, an admin does, and nobody without a session.
func TestWhoIsShownAnAvatar(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		a.AddUser(t, "bob@corp.test", sallyport.RoleMember)
		a.AddUser(t, "max@corp.test", sallyport.RoleAdmin)
		v.SignIn(apptest.OwnerEmail, apptest.Password)
		path := shownPicture.FindString(upload(t, v, aPortrait(t)).Text) + "48"
		for who, want := range map[string]int{"bob@corp.test": http.StatusNotFound, "max@corp.test": http.StatusOK} {
			other := v.Another()
			other.SignIn(who, apptest.Password)
			if got := other.Get(path); got.StatusCode != want {
				t.Errorf("%s: %d, want %d", who, got.StatusCode, want)
			}
			if want == http.StatusOK {
				other.Has(other.Get("/settings/team"), strings.TrimSuffix(path, "48")+"96")
			}
		}
		if got := v.Another().Stay().Get(path); got.StatusCode != http.StatusSeeOther {
			t.Errorf("nobody: %d", got.StatusCode)
		}
		if got := upload(t, v.Another().Stay(), aPortrait(t)); got.StatusCode != http.StatusSeeOther || !strings.HasPrefix(got.Header.Get("Location"), "/sign-in") {
			t.Errorf("a picture of nobody: %d to %s", got.StatusCode, got.Header.Get("Location"))
		}
	})
}
