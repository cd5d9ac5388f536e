package admin

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/tenant"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func lookFixtures() []kittest.Fixture {
	plain, brand := sallyport.Tenant{Name: "Northwind Logistics"}, kittest.Brand("#ffee00")
	planned := func(t sallyport.Tenant) tenant.Planned { return tenant.Planned{Tenant: t} }
	marked := kittest.Brand("#0b7a75")
	marked.Look.Logo = kittest.Logo.String()
	page := func(name string, e lookForm) kittest.Fixture {
		return inAdmin(name, "look_edit", lookPath, func(s kit.Speaker) any { return e.view(s) })
	}
	refused := lookForm{saved: brand, shown: planned(brand), unsaved: true, typed: map[string]string{"accent": "yellow", "helpUrl": "javascript:alert(1)", "name": "Northwind"}}
	refused.refused = sallyport.Invalid(
		sallyport.FieldError{Field: "accent", Code: "invalid_colour"}, sallyport.FieldError{Field: "helpUrl", Code: "invalid_address"},
		sallyport.FieldError{Field: "name", Code: "changed_meanwhile", Args: map[string]string{"theirs": "Northwind Logistics", "yours": "Northwind"}},
		sallyport.FieldError{Field: "imprintUrl", Code: "changed_meanwhile", Args: map[string]string{"theirs": "", "yours": "https://northwind.example/legal"}},
	)
	return append([]kittest.Fixture{
		page("look-plain", lookForm{saved: plain, shown: planned(plain)}),
		page("look-refused", refused),
		page("look-logo", lookForm{saved: marked, shown: planned(marked)}),
	}, kittest.InBrands(page("look-chosen", lookForm{saved: brand, shown: planned(brand), unsaved: true}))...)
}
