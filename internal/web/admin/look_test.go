package admin_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/store"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// wears gives the organisation a look.
func wears(t *testing.T, a *apptest.App, set map[string]string) {
	t.Helper()
	_, err := a.Tenants.SaveLook(t.Context(), sallyport.Operator(a.TenantID(t)), tenant.LookChange{Set: set})
	apptest.Must(t, err)
}

// Whatever an admin typed is text on the pages of others, and their next request shows it: on every node.
func TestLookOnTheSignInPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		here, there := webtest.Serve(t, a), webtest.Serve(t, a.Node(t, store.Options{}))
		there.Get("/sign-in")
		wears(t, a, map[string]string{
			"name": "<script>alert(1)</script>", "accent": "#ffee00", "signInText": "</p><script>alert(2)</script>\nSecond line",
			"helpUrl": "https://help.example/\"><script>?a=1&b=2", "securityContact": "mailto:security@corp.test",
		})
		for _, v := range []*webtest.Visitor{here, there} {
			page := v.Get("/sign-in")
			for _, part := range []string{
				"&lt;script&gt;alert(1)", "&lt;/p&gt;&lt;script&gt;alert(2)", "Second line", `href="/look/ffee00.css"`,
				`href="mailto:security@corp.test" rel="noopener"`, `href="https://help.example/%22%3E%3Cscript%3E?a=1&amp;b=2"`,
			} {
				if !strings.Contains(page.Text, part) {
					t.Errorf("the page lacks %s", part)
				}
			}
			if strings.Contains(page.Text, "<script>") {
				t.Error("the page has a script of somebody else")
			}
		}
	})
}

// A style sheet is found at one address only, and may be kept for good.
func TestSheetOfAColour(t *testing.T) {
	v := webtest.Serve(t, webtest.SQLite(t))
	sheet := v.Get("/look/ffee00.css")
	v.Has(sheet, "--sp-accent: light-dark(#", "--tblr-primary: light-dark(#ffee00, #ffee00)")
	for name, want := range map[string]string{"Content-Type": "text/css; charset=utf-8", "Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": ""} {
		if got := sheet.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, path := range []string{"/look/FFEE00.css", "/look/ffee00", "/look/fe0.css", "/look/ffee00.css.css", "/look/ffee0g.css", "/look/%23ffee00.css", "/look/;}*{}.css"} {
		if a := v.Get(path); a.StatusCode != http.StatusNotFound || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", path, a.StatusCode, a.Header.Get("Cache-Control"))
		}
	}
}

func TestSecurityTxt(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	wears(t, a, map[string]string{"securityContact": "mailto:security@corp.test"})
	if got := v.Get("/.well-known/security.txt"); !regexp.MustCompile(`^Contact: mailto:security@corp\.test\nExpires: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$`).MatchString(got.Text) ||
		got.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%q %v", got.Text, got.Header)
	}
}

var lookMarks = regexp.MustCompile(`name="was" value="([^"]+)"`)

// Two admins have the form open. What only one of them changed is kept, and of what both changed the
// second is shown both values, with what they typed, and can decide.
func TestTwoAdminsChangeTheLook(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	page := v.Get("/settings/look")
	was := webtest.First(t, lookMarks, page)
	wears(t, a, map[string]string{"accent": "#111111", "imprintUrl": "https://imprint.example/"})
	refused := v.Post("/settings/look", "was", was, "name", "Northwind", "accent", "#222222", "imprintUrl", "", "signInText", "", "helpUrl", "", "privacyUrl", "", "securityContact", "")
	v.Has(refused, "Somebody changed this meanwhile. It is now: #111111. You wanted: #222222.", `value="#222222"`, `value="Northwind"`, `value="https://imprint.example/"`)
	saved := v.Post("/settings/look", "was", webtest.First(t, lookMarks, refused), "name", "Northwind", "accent", "#222222", "imprintUrl", "https://imprint.example/")
	v.Has(saved, "The look is saved.")
	now, err := a.Tenants.Organisation(t.Context(), sallyport.Operator(a.TenantID(t)))
	if err != nil || now.Name != "Northwind" || now.Look.Accent != "#222222" || now.Look.ImprintURL != "https://imprint.example/" {
		t.Errorf("%+v %v", now, err)
	}
}

// A preview shows what was typed, and saves nothing.
func TestPreviewOfTheLook(t *testing.T) {
	a := webtest.SQLite(t)
	v := webtest.Serve(t, a)
	v.Enter(apptest.OwnerEmail)
	was := webtest.First(t, lookMarks, v.Get("/settings/look"))
	page := v.Post("/settings/look/preview", "was", was, "name", "Northwind", "accent", "#ffee00", "signInText", "<b>Hello</b>", "helpUrl", "javascript:alert(1)")
	v.Has(page, "It is not saved yet", "/look/ffee00.css", "links use #7a7100", "&lt;b&gt;Hello", "must be a whole address that begins with https://", `value="javascript:alert(1)"`)
	if strings.Contains(page.Text, `href="javascript:`) {
		t.Error("the preview leads to a script")
	}
	now, err := a.Tenants.Organisation(t.Context(), sallyport.Operator(a.TenantID(t)))
	if err != nil || now.Look != (sallyport.Look{}) {
		t.Errorf("%+v %v", now, err)
	}
}

var shownLogo = regexp.MustCompile(`/logo/[0-9a-f]+`)

// A logo is sent by a plain form, shown to everybody, served as what it is, and taken away.
func TestLogoWithoutScripts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		send := func(file []byte, more ...string) webtest.Answer {
			t.Helper()
			var body bytes.Buffer
			form := multipart.NewWriter(&body)
			fields := append([]string{"was", webtest.First(t, lookMarks, v.Get("/settings/look"))}, more...)
			for i := 0; i < len(fields); i += 2 {
				apptest.Must(t, form.WriteField(fields[i], fields[i+1]))
			}
			part, err := form.CreateFormFile("logo", "logo.svg")
			apptest.Must(t, err)
			_, err = part.Write(file)
			apptest.Must(t, errors.Join(err, form.Close()))
			return v.Send(http.MethodPost, "/settings/look", &body, "Content-Type", form.FormDataContentType())
		}
		refused := send([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`))
		v.SentBack(refused, http.StatusUnprocessableEntity, "/settings/look")
		v.Has(refused, "not a PNG, JPEG, GIF or WebP picture")

		var drawn bytes.Buffer
		apptest.Must(t, png.Encode(&drawn, image.NewRGBA(image.Rect(0, 0, 300, 90))))
		v.Has(send(drawn.Bytes()), "The look is saved.")
		path := shownLogo.FindString(v.Another().Get("/sign-in").Text)
		if path == "" {
			t.Fatal("the sign-in page has no logo")
		}
		got := v.Another().Get(path)
		for name, want := range map[string]string{
			"Content-Type": "image/png", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": request.Inert, "Cache-Control": "public, max-age=31536000, immutable",
		} {
			if got.Header.Get(name) != want {
				t.Errorf("%s is %q, want %q", name, got.Header.Get(name), want)
			}
		}
		if config, kind, err := image.DecodeConfig(strings.NewReader(got.Text)); err != nil || kind != "png" || config.Width != 300 {
			t.Errorf("%+v %s %v", config, kind, err)
		}
		v.Has(send(nil, "removeLogo", "yes"), "The look is saved.")
		if page := v.Another().Get("/sign-in"); shownLogo.MatchString(page.Text) || v.Another().Get(path).StatusCode != http.StatusNotFound {
			t.Error("the logo is still there")
		}
	})
}
