package kittest

import (
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

// accents are those that are hard to read: too light, too dark, and no colour at all.
var accents = []string{"#ffee00", "#000000", "#ffffff"}

// InBrands are pages in the looks that are hard to read.
func InBrands(f Fixture) (out []Fixture) {
	for _, accent := range accents {
		out = append(out, Fixture{Name: f.Name + "-in-" + strings.TrimPrefix(accent, "#"), Template: f.Template, Page: func(s kit.Speaker) kit.Page {
			p := f.Page(s)
			p.Look = kit.ViewLook(s, Brand(accent))
			return p
		}})
	}
	return out
}
