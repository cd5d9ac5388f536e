package kit

import (
	"encoding/base64"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/look"
	"github.com/sallyport/sallyport/internal/request"
)

// LookView is what a page shows of its organisation besides the name.
type LookView struct {
	Sheet string    // address of the style sheet with its colours; "" for those of the product
	Logo  *LogoView // nil for the mark of the product
	Links []Anchor
}

// LogoView is a picture in the place of a name.
type LogoView struct {
	Path          template.URL // an address of ours, or the picture itself
	Width, Height int
	Plate         bool // parts of it are transparent: it needs a light ground in the dark
}

// ViewLook returns what pages show of an organisation.
func ViewLook(s Speaker, t sallyport.Tenant) LookView {
	v := LookView{Sheet: SheetPath(t.Look.Accent), Logo: viewLogo(t.Look.Logo)}
	for _, l := range []struct{ id, address string }{
		{"brand.help", t.Look.HelpURL}, {"brand.privacy", t.Look.PrivacyURL}, {"brand.imprint", t.Look.ImprintURL}, {"brand.securityContact", t.Look.SecurityContact},
	} {
		if l.address != "" {
			v.Links = append(v.Links, Anchor{Text: s.T(l.id, "Organisation", t.Name), Path: l.address})
		}
	}
	return v
}

// logoPrefix is where logos are served: the rest of the path is the hash of one.
const logoPrefix = "/logo/"

// LogoPattern is where the logo of an organisation is served.
const LogoPattern = logoPrefix + "{hash}"

// viewLogo returns a logo as pages show it, nil for none.
func viewLogo(text string) *LogoView {
	l, ok := sallyport.ParseLogo(text)
	if !ok {
		return nil
	}
	//nolint:gosec // the hash is escaped
	return &LogoView{Path: template.URL(logoPrefix + url.PathEscape(l.Hash)), Width: l.Width, Height: l.Height, Plate: l.Transparent}
}

// DataURL is a picture in the place of its address, for one that is stored nowhere. It must be one that
// was made here: what somebody sent could be anything.
func DataURL(contentType string, body []byte) template.URL {
	return template.URL("data:" + contentType + ";base64," + base64.StdEncoding.EncodeToString(body)) //nolint:gosec // base64 ends nothing
}

// Upload returns the file of a field, nil when none was chosen.
func Upload(v *Visit, field string) ([]byte, error) {
	if v.R.MultipartForm == nil || len(v.R.MultipartForm.File[field]) == 0 || v.R.MultipartForm.File[field][0].Size == 0 {
		return nil, nil
	}
	f, err := v.R.MultipartForm.File[field][0].Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// ServeLogo answers with a picture that stays the same at its address. Whatever it holds, it runs nothing.
func ServeLogo(v *Visit, contentType string, body []byte) {
	h := v.W.Header()
	v.forGood(contentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", request.Inert)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if v.R.Method != http.MethodHead {
		_, _ = v.W.Write(body) // the client left: nothing to do about it
	}
}

// The style sheet of a colour is at an address that holds the colour, and follows from it alone:
// whoever asks for it learns nothing, and a browser may keep it for good.
const (
	sheetPrefix = "/look/"
	// SheetPattern is where the style sheets of colours are served.
	SheetPattern = sheetPrefix + "{sheet}"
)

// SheetPath returns the address of the style sheet of a colour; "" for none.
func SheetPath(accent string) string {
	colour, ok := look.Parse(accent)
	if !ok {
		return ""
	}
	return sheetPrefix + strings.TrimPrefix(colour, "#") + ".css"
}

// ServeSheet answers with the style sheet of the colour in the address.
func ServeSheet(v *Visit) error {
	name := strings.TrimSuffix(v.R.PathValue("sheet"), ".css")
	if v.R.URL.Path != SheetPath("#"+name) { // another spelling of the same is another address
		http.Error(v.W, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return nil
	}
	v.forGood("text/css; charset=utf-8")
	_, _ = v.W.Write([]byte(look.Of("#" + name).Sheet())) //nolint:gosec // six digits of a colour, in a style sheet
	return nil
}

// forGood sets the headers of what never changes at its address.
func (v *Visit) forGood(contentType string) {
	h := v.W.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
}

// SecurityTxtPath is where people who found a weakness look for whom to tell.
const SecurityTxtPath = "/.well-known/security.txt"

// securityTxtFor is how long what stands there holds at most (RFC 9116 section 2.5.5: less than a year).
const securityTxtFor = 180 * 24 * time.Hour

// SecurityTxt says where to tell of a weakness (RFC 9116), if the organisation says it.
func SecurityTxt(v *Visit) error {
	contact := v.Tenant.Look.SecurityContact
	if contact == "" {
		return sallyport.ErrNotFound
	}
	if mailbox, is := strings.CutPrefix(contact, "mailto:"); is {
		contact = "mailto:" + url.PathEscape(mailbox)
	}
	v.W.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = v.W.Write([]byte("Contact: " + contact + "\nExpires: " + v.Now.UTC().Add(securityTxtFor).Format(time.RFC3339) + "\n")) //nolint:gosec // an address without a line break, as plain text
	return nil
}

// changedField is what a change of the policy or of the organisation is about.
func (s Speaker) changedField(e sallyport.Event) string {
	if audit.Kind(e.Kind) == audit.OrganisationChanged {
		return s.short("look.field.", e.Data["field"])
	}
	return s.PolicyName(e.Data["field"])
}

// changedValue is what it was changed from or to, in words. The hash of a picture says nothing.
func (s Speaker) changedValue(e sallyport.Event, text string) string {
	switch {
	case audit.Kind(e.Kind) != audit.OrganisationChanged:
		return s.policyValue(e, text)
	case text == "":
		return s.T("look.nothing")
	case e.Data["field"] == "logo":
		return s.T("look.aPicture")
	}
	return text
}
