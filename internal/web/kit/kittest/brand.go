package kittest

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Brand is an organisation that has chosen everything that can be chosen of its look.
func Brand(accent string) sallyport.Tenant {
	return sallyport.Tenant{ID: "northwind", Name: "Northwind Logistics", Look: sallyport.Look{
		Accent: accent, HelpURL: "https://help.northwind.example/", PrivacyURL: "https://northwind.example/privacy", ImprintURL: "https://northwind.example/imprint",
		SecurityContact: "mailto:security@northwind.example", SignInText: "Only for people of Northwind & its <partners>.\nCall 1234 when you have lost your phone.",
	}}
}

// Logo is one with dark letters on nothing, which are read on a light ground only.
var Logo = sallyport.Logo{Hash: "northwind", Width: 240, Height: 60, Transparent: true}

// serveLogo answers with it.
func serveLogo(w http.ResponseWriter, r *http.Request) {
	img := image.NewNRGBA(image.Rect(0, 0, Logo.Width, Logo.Height))
	for x := range Logo.Width {
		for y := range Logo.Height {
			if (x/20+y/20)%3 == 0 {
				img.Set(x, y, color.NRGBA{R: 0x10, G: 0x20, B: 0x40, A: 0xff})
			}
		}
	}
	var body bytes.Buffer
	if err := png.Encode(&body, img); err != nil {
		panic(err)
	}
	kit.ServeLogo(&kit.Visit{W: w, R: r}, "image/png", body.Bytes())
}

// accents are those that are hard to read: too light, too dark, and no colour at all.
var accents = []string{"#ffee00", "#000000", "#ffffff"}

// InBrands are pages in the looks that are hard to read.
func InBrands(f Fixture) (out []Fixture) {
	for _, accent := range accents {
		out = append(out, Fixture{Name: f.Name + "-in-" + strings.TrimPrefix(accent, "#"), Template: f.Template, Page: func(s kit.Speaker) kit.Page {
			p := f.Page(s)
			brand := Brand(accent)
			if accent != accents[0] {
				brand.Look.Logo = Logo.String()
			}
			p.Look = kit.ViewLook(s, brand)
			return p
		}})
	}
	return out
}
