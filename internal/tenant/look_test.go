package tenant_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/tenant"
)

// broken returns the fields that an error is about, with what is wrong.
func broken(err error) map[string]sallyport.FieldError {
	var e *sallyport.Error
	out := map[string]sallyport.FieldError{}
	if errors.As(err, &e) {
		for _, f := range e.Fields {
			out[f.Field] = f
		}
	}
	return out
}

// What can be typed into a field, and what becomes of it.
func TestLookFields(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		actor := sallyport.Operator(owner.TenantID)
		for _, c := range []struct{ field, typed, want, code string }{
			{"name", " Northwind\t", "Northwind", ""},
			{"name", " ", "", "required"},
			{"name", "two\nlines", "", "invalid_characters"},
			{"name", strings.Repeat("x", 101), "", "too_long"},
			{"name", "<script>alert(1)</script>", "<script>alert(1)</script>", ""},
			{"accent", "#FFEE00 ", "#ffee00", ""},
			{"accent", "yellow", "", "invalid_colour"},
			{"accent", "#fe0", "", "invalid_colour"},
			{"accent", "#000;}*{", "", "invalid_colour"},
			{"accent", "", "", ""},
			{"signInText", " One\r\nTwo\r\n\r\n\r\n\r\nThree ", "One\nTwo\n\nThree", ""},
			{"signInText", "a\x00b", "", "invalid_characters"},
			{"signInText", "a\u202eb", "", "invalid_characters"},
			{"signInText", strings.Repeat("ä", 500), strings.Repeat("ä", 500), ""},
			{"signInText", strings.Repeat("ä", 501), "", "too_long"},
			{"helpUrl", "https://help.example/a?b=c#d", "https://help.example/a?b=c#d", ""},
			{"helpUrl", "HTTPS://Bücher.Example:8443/ä", "https://xn--bcher-kva.example:8443/%C3%A4", ""},
			{"helpUrl", "https://a.example/\"><script>", "https://a.example/%22%3E%3Cscript%3E", ""},
			{"helpUrl", "https://a.example/?\"><script>", "", "invalid_address"},
			{"helpUrl", "http://help.example/", "", "invalid_address"},
			{"helpUrl", "javascript:alert(1)", "", "invalid_address"},
			{"helpUrl", "java\nscript:alert(1)", "", "invalid_address"},
			{"helpUrl", "data:text/html,<script>alert(1)</script>", "", "invalid_address"},
			{"helpUrl", "https://user:password@help.example/", "", "invalid_address"},
			{"helpUrl", "https://help.example@evil.example/", "", "invalid_address"},
			{"helpUrl", "https:help.example", "", "invalid_address"},
			{"helpUrl", "https://", "", "invalid_address"},
			{"helpUrl", "https://a b.example/", "", "invalid_address"},
			{"helpUrl", "https://a.example:0/", "", "invalid_address"},
			{"helpUrl", "https://help.example\\@evil.example/", "", "invalid_address"},
			{"helpUrl", "//help.example/", "", "invalid_address"},
			{"helpUrl", "mailto:a@b.example", "", "invalid_address"},
			{"helpUrl", "https://a.example/" + strings.Repeat("x", 500), "", "too_long"},
			{"securityContact", "mailto:security@corp.test", "mailto:security@corp.test", ""},
			{"securityContact", "https://corp.test/security", "https://corp.test/security", ""},
			{"securityContact", "mailto:a@b.test?bcc=c@d.test", "", "invalid_address"},
			{"securityContact", "mailto:a@b.test,c@d.test", "", "invalid_address"},
			{"securityContact", "mailto:", "", "invalid_address"},
			{"securityContact", "tel:+41791234567", "", "invalid_address"},
			{"colour", "#ffffff", "", "unknown_field"},
		} {
			saved, err := a.Tenants.SaveLook(t.Context(), actor, tenant.LookChange{Set: map[string]string{c.field: c.typed}})
			if got := broken(err)[c.field].Code; got != c.code {
				t.Errorf("%s %q: %q (%v), want %q", c.field, c.typed, got, err, c.code)
				continue
			}
			for _, f := range tenant.LookFields {
				if f.Name == c.field && c.code == "" && *f.Of(&saved) != c.want {
					t.Errorf("%s %q becomes %q, want %q", c.field, c.typed, *f.Of(&saved), c.want)
				}
			}
			if now, err := a.Tenants.Organisation(t.Context(), actor); err != nil || c.code == "" && now != saved {
				t.Errorf("%s: %+v is stored, not %+v (%v)", c.field, now, saved, err)
			}
		}
	})
}

// Each field that changes is told once, and nothing of what stays. What is refused changes nothing.
func TestLookIsTold(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		actor := sallyport.Operator(a.Owner(t).TenantID)
		for _, set := range []map[string]string{
			{"name": "Northwind", "accent": "#3d4fd1"}, {"name": "Northwind", "accent": "#3D4FD1"}, {"name": "Southwind", "helpUrl": "javascript:alert(1)"}, {},
		} {
			_, _ = a.Tenants.SaveLook(t.Context(), actor, tenant.LookChange{Set: set})
		}
		if n := a.Count(t)[audit.OrganisationChanged]; n != 2 {
			t.Errorf("%d events, want 2", n)
		}
		if now, err := a.Tenants.Organisation(t.Context(), actor); err != nil || now.Name != "Northwind" {
			t.Errorf("%+v %v", now, err)
		}
	})
}

// Of two admins who change different fields at once both are heard, and of two who change the same
// one the second hears of the first.
func TestLookOfTwoAdmins(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		actor := sallyport.Operator(a.Owner(t).TenantID)
		read, err := a.Tenants.Organisation(t.Context(), actor)
		if err != nil {
			t.Fatal(err)
		}
		was := map[string]string{"name": tenant.Mark(read.Name), "accent": tenant.Mark(""), "helpUrl": tenant.Mark("")}
		var both sync.WaitGroup
		errs := make([]error, 2)
		for i, set := range []map[string]string{{"name": "Northwind", "accent": "#111111"}, {"helpUrl": "https://help.example/", "accent": "#111111"}} {
			both.Go(func() { _, errs[i] = a.Tenants.SaveLook(t.Context(), actor, tenant.LookChange{Set: set, Was: was}) })
		}
		both.Wait()
		now, err := a.Tenants.Organisation(t.Context(), actor)
		if errors.Join(errs...) != nil || err != nil || now.Name != "Northwind" || now.Look.HelpURL != "https://help.example/" || now.Look.Accent != "#111111" {
			t.Fatalf("%+v %v %v", now, errs, err)
		}
		_, err = a.Tenants.SaveLook(t.Context(), actor, tenant.LookChange{Set: map[string]string{"accent": "#222222", "privacyUrl": "https://p.example/"}, Was: was})
		f := broken(err)["accent"]
		if f.Code != "changed_meanwhile" || f.Args["theirs"] != "#111111" || f.Args["yours"] != "#222222" {
			t.Errorf("%v: %+v", err, f)
		}
		if now, _ = a.Tenants.Organisation(t.Context(), actor); now.Look.PrivacyURL != "" {
			t.Error("a part of what was refused is saved")
		}
	})
}

// Who may not change the look may not try it out either.
func TestLookNeedsItsPermission(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		a.Owner(t)
		of := a.AddUser(t, "member@corp.test", sallyport.RoleMember)
		member := apptest.Actor(a.SignInAs(t, a.Laptop(t), of.Email))
		change := tenant.LookChange{Set: map[string]string{"accent": "#111111"}}
		_, planned := a.Tenants.PlanLook(t.Context(), member, change)
		_, saved := a.Tenants.SaveLook(t.Context(), member, change)
		if !errors.Is(planned, sallyport.ErrForbidden) || !errors.Is(saved, sallyport.ErrForbidden) {
			t.Errorf("%v, %v", planned, saved)
		}
	})
}
