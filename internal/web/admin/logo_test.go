package admin_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// drawn is a picture of one colour, with a transparent half.
func drawn(t *testing.T, c color.Color) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, 200, 50))
	for x := range 100 {
		for y := range 50 {
			img.Set(x, y, c)
		}
	}
	var body bytes.Buffer
	apptest.Must(t, png.Encode(&body, img))
	return body.Bytes()
}

// upload sends the form with a file.
func upload(t *testing.T, v *webtest.Visitor, path, was string, file []byte) webtest.Answer {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	apptest.Must(t, form.WriteField("was", was))
	part, err := form.CreateFormFile("logo", "logo.svg") // what it says it is counts for nothing
	apptest.Must(t, err)
	_, err = part.Write(file)
	apptest.Must(t, err)
	apptest.Must(t, form.Close())
	return v.Send(http.MethodPost, path, &body, "Content-Type", form.FormDataContentType())
}

// logoMark is the mark of the logo alone: the other fields are not sent.
var logoMark = regexp.MustCompile(`name="was" value="[^"]*(logo:[^ "]+)`)

var logoPath = regexp.MustCompile(`src="(/logo/[^"]+)" width="200" height="50"`)

// A logo stands on the pages of everybody, on every node, until it is removed; it runs nothing, and is
// no one else's.
func TestLogo(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		elsewhere := a.AddTenant(t, "elsewhere.test").Host
		v := webtest.Serve(t, a)
		there := webtest.Start(t, a.Node(t, store.Options{}))
		v.Enter(apptest.OwnerEmail)
		was := webtest.First(t, logoMark, v.Get("/settings/look"))
		preview := upload(t, v, "/settings/look/preview", was, drawn(t, color.NRGBA{R: 200, A: 255}))
		v.Has(preview, `src="data:image/png;base64,`, "Choose the file of the logo again")
		if logoPath.MatchString(there.Get("/sign-in").Text) {
			t.Error("a preview is saved")
		}
		v.Has(upload(t, v, "/settings/look", was, drawn(t, color.NRGBA{R: 200, A: 255})), "The look is saved.")
		at := webtest.First(t, logoPath, there.Get("/sign-in"))
		logo := there.Get(at)
		for name, want := range map[string]string{
			"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": request.Inert,
			"Cache-Control": "public, max-age=31536000, immutable",
		} {
			if got := logo.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		if _, err := png.Decode(strings.NewReader(logo.Text)); err != nil {
			t.Error(err)
		}
		if got := there.Send(http.MethodGet, at, http.NoBody, "Host", elsewhere); got.StatusCode != http.StatusNotFound {
			t.Errorf("another organisation's page has the logo: %d", got.StatusCode)
		}
		was = webtest.First(t, logoMark, v.Get("/settings/look"))
		v.Has(v.Post("/settings/look", "was", was, "removeLogo", "yes"), "The look is saved.")
		if logoPath.MatchString(there.Get("/sign-in").Text) || there.Get(at).StatusCode != http.StatusNotFound {
			t.Error("the logo is still there")
		}
		if n := a.Count(t)[audit.OrganisationChanged]; n != 2 {
			t.Errorf("%d events, want 2", n)
		}
	})
}

// What is no picture is refused with a reason, and what is there stays.
func TestNoLogo(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	was := webtest.First(t, logoMark, v.Get("/settings/look"))
	for _, file := range []string{`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "<html><script>alert(1)</script>", "\x89PNG\r\n\x1a\n", "GIF89a"} {
		page := upload(t, v, "/settings/look", was, []byte(file))
		v.Has(page, `id="logo-errors"`)
	}
	now, err := a.Tenants.Organisation(t.Context(), sallyport.Operator(a.TenantID(t)))
	if err != nil || now.Look.Logo != "" {
		t.Errorf("%+v %v", now, err)
	}
}
