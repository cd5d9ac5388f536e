package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func keyFixtures() []kittest.Fixture {
	own := func(name, template string, view func(s kit.Speaker) any) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: template, Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, kit.APIKeysPath, "API keys", &kittest.Amara, view(s))
		}}
	}
	return []kittest.Fixture{
		own("keys-many", "key_list", func(s kit.Speaker) any { return viewKeys(s, kittest.Keys()) }),
		own("keys-none", "key_list", func(s kit.Speaker) any { return viewKeys(s, nil) }),
		own("keys-full", "key_list", func(s kit.Speaker) any { return viewKeys(s, kittest.ManyKeys(apikey.MaxKeys)) }),
		own("key-new", "act_form", func(s kit.Speaker) any { return viewNewKey(s, access.Every.Names()) }),
		own("key-new-member", "act_form", func(s kit.Speaker) any { return viewNewKey(s, nil) }),
		own("key-new-refused", "act_form", func(s kit.Speaker) any {
			f := viewNewKey(s, []string{"users.view", "audit.view"})
			f.Refill(s, &kit.Again{
				Err: sallyport.Invalid(
					sallyport.FieldError{Field: "name", Code: "taken"}, sallyport.FieldError{Field: "permissions", Code: "not_yours"},
					sallyport.FieldError{Field: "expiresAt", Code: "in_past"}, sallyport.FieldError{Field: "networks", Code: "invalid_network"},
				),
				Typed: map[string]string{"name": "Nightly export", "permissions": "audit.view", "expiresAt": "365", "networks": "192.0.2.0/24\nour office"},
			})
			return f
		}),
		own("key-rotate", "act_form", func(s kit.Speaker) any { return viewRotateKey(s, kittest.Keys()[1]) }),
		own("key-revoke", "act_confirm", func(s kit.Speaker) any { return askRevokeKey(s, kittest.Keys()[0]) }),
		own("security-keys", "security_show", func(s kit.Speaker) any {
			v := viewSecurity(s, kittest.Amara, kittest.Policy, liveSessions{current: "s1"})
			v.Keys = viewKeysCard(s, 4)
			return v
		}),
	}
}
