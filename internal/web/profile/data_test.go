package profile_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apptest"
	"github.com/sallyport/sallyport/internal/audit"
	"github.com/sallyport/sallyport/internal/web/webtest"
)

// stepsUp proves the password where a page asks for it, and returns the page that comes then.
func stepsUp(v *webtest.Visitor, path, act string) webtest.Answer {
	v.Get(path)
	return v.Post("/step-up", "act", act, "next", path, "password", apptest.Password)
}

// Without scripts: a copy takes a step-up, is a file that runs nothing, and is not kept on the way.
func TestDataDownload(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		v := webtest.Serve(t, a)
		v.Enter(apptest.OwnerEmail)
		v.Has(v.Get("/profile/general/data"), "Download to read (HTML)", "Download for programs (JSON)", "does not let people in your role")
		if r := v.Post("/profile/general/data/json"); !strings.HasPrefix(r.Path(), "/step-up") {
			t.Fatalf("without a step-up: %s", r.Path())
		}
		v.Has(stepsUp(v, "/profile/general/data/json", "export_own_data"), "Download your data for programs?", "Download")
		for path, kind := range map[string]string{"/profile/general/data/json": "application/json", "/profile/general/data/html": "text/html; charset=utf-8"} {
			r := v.Post(path)
			for name, want := range map[string]string{
				"Content-Type": kind, "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
				"Content-Security-Policy": "sandbox", "Content-Disposition": `attachment; filename="sallyport-` + a.Clock.Now().Format("2006-01-02"),
			} {
				if got := r.Header.Get(name); !strings.Contains(got, want) {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			if kind == "application/json" && !json.Valid([]byte(r.Text)) || !strings.Contains(r.Text, apptest.OwnerEmail) {
				t.Errorf("%s: %.200s", path, r.Text)
			}
		}
		if n := a.Count(t)[audit.DataExported]; n != 2 {
			t.Errorf("%d events", n)
		}
	})
}

// Without scripts: somebody has their account deleted, is told on every page that they look at for
// it, and keeps it.
func TestDataDeletion(t *testing.T) {
	apptest.Each(t, func(t *testing.T, a *apptest.App) {
		owner := a.Owner(t)
		mia := a.AddUser(t, "mia@corp.test", sallyport.RoleMember)
		v := webtest.Serve(t, a)
		v.Enter(mia.Email)
		v.Has(v.Get("/profile/general/data"), "Delete my account", "14 days", "What stays")
		v.Has(stepsUp(v, "/profile/general/data/delete", "delete_account"), "Delete your account?", "your e-mail address is free again")
		done := v.Post("/profile/general/data/delete")
		v.At(done, http.StatusOK, "/profile/general/data")
		date := a.Clock.Now().Add(14 * 24 * time.Hour).Format("2 Jan 2006")
		v.Has(done, "Your account will be deleted on "+date, "Keep my account")
		v.Has(v.Get("/profile/security"), "Your account will be deleted on "+date, "Keep my account")
		v.At(v.Get("/profile/general/data/delete"), http.StatusOK, "/profile/general/data")

		admin := v.Another()
		admin.Enter(owner.Email)
		admin.Has(admin.Get("/settings/team/"+mia.ID), "On "+date+", at its owner’s wish", "Keep the account")

		kept := v.Post("/profile/general/data/keep")
		v.At(kept, http.StatusOK, "/profile/general/data")
		v.Has(kept, "Your account is kept", "Delete my account")

		v.Post("/profile/general/data/delete")
		admin.At(admin.Post("/settings/team/"+mia.ID+"/keep"), http.StatusOK, "/settings/team/"+mia.ID)
		v.Has(v.Get("/profile/general/data"), "Delete my account")
		if n := a.Count(t)[audit.DeletionCancelled]; n != 2 {
			t.Errorf("%d events", n)
		}
	})
}
