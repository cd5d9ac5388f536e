package kit_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/federate"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/sso"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func room() kittest.Room {
	app := func(name, template string, u sallyport.User, body func(s kit.Speaker) any) kittest.Fixture {
		return kittest.Fixture{Name: name, Template: template, Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, "/pieces", "Pieces", &u, body(s))
		}}
	}
	all := []kittest.Fixture{
		app("pieces", "pieces", kittest.Amara, func(s kit.Speaker) any { return viewPieces(s) }),
		app("pieces-refused", "pieces", kittest.LongName, func(s kit.Speaker) any {
			v := viewPieces(s)
			refuse(s, v.Form)
			return v
		}),
		app("piece-confirm", "act_confirm", kittest.Amara, func(kit.Speaker) any { return pieceConfirm() }),
		app("piece-ask", "act_confirm", kittest.Amara, func(kit.Speaker) any {
			v := pieceConfirm()
			v.Calm, v.Other = true, &kit.Anchor{Text: "Another way", Path: "/"}
			return v
		}),
		app("piece-ask-refused", "act_confirm", kittest.RightToLeft, func(kit.Speaker) any {
			v := pieceConfirm()
			v.Calm, v.Instead = true, &kit.Anchor{Text: "Do this first", Path: "/"}
			v.ErrorSummary = &kit.ErrorSummary{Title: "There are as many as there may be", Text: "Remove one first.", Act: v.Instead}
			v.Notice = &kit.Notice{Tone: "warning", Icon: "info-circle", Title: "This proves nothing", Text: "Use another way."}
			return v
		}),
		app("piece-done", "act_done", kittest.Amara, func(s kit.Speaker) any {
			v := &kit.DoneView{
				Title: "It is done", Lead: "Keep this.", Done: []string{"One thing ended."}, Next: []string{"Do another."}, Contacts: []string{kittest.Amara.Email},
				Report: kit.ReportOf(s, "Taken back", kittest.Taken),
			}
			v.KeepText()
			return v
		}),
		app("piece-form", "act_form", kittest.Amara, func(s kit.Speaker) any { return pieceForm(s) }),
		app("away", "away", kittest.Amara, func(s kit.Speaker) any {
			v := kit.ViewAway(s, sso.Out{URL: "https://idp.northwind.example/authorize?client_id=sallyport&state=1"})
			v.URL = "#main" // its script goes on at once
			return v
		}),
		app("sso-report", "sso_report", kittest.Amara, func(s kit.Speaker) any {
			r := &sso.Report{Problem: &federate.Problem{Code: "token_refused", Detail: "invalid_client"}}
			r.Add(federate.Step{Name: "token", Sent: "POST https://idp.northwind.example/token", Got: "401", Took: 90 * time.Millisecond, Problem: r.Problem})
			return kit.ViewReport(s, sso.Returned{Provider: sso.Provider{ID: "idp0", Name: "Northwind"}, Test: r})
		}),
		app("key-made", "key_secret", kittest.Amara, func(s kit.Speaker) any {
			return kit.ViewSecret(s, apikey.Made{APIKey: kittest.Keys()[0], Secret: kittest.KeySecret}, "https://accounts.northwind.example", kit.APIKeysPath)
		}),
		app("key-replaced", "key_secret", kittest.LongName, func(s kit.Speaker) any {
			return kit.ViewSecret(s, apikey.Made{APIKey: kittest.Keys()[1], Secret: kittest.KeySecret}, "https://accounts.northwind.example", kit.APIKeysPath)
		}),
		app("key-replaced-at-once", "key_secret", kittest.RightToLeft, func(s kit.Speaker) any {
			k := kittest.Keys()[1]
			k.FormerEndsAt = time.Time{}
			return kit.ViewSecret(s, apikey.Made{APIKey: k, Secret: kittest.KeySecret}, "https://accounts.northwind.example", kit.APIKeysPath)
		}),
		app("piece-form-refused", "act_form", kittest.EmojiName, func(s kit.Speaker) any {
			v := pieceForm(s)
			refuse(s, v)
			return v
		}),
	}
	for status, code := range map[int]sallyport.Code{
		403: sallyport.CodeForbidden, 404: sallyport.CodeNotFound, 429: sallyport.CodeRateLimited,
		500: sallyport.CodeInternal, 503: sallyport.CodeUnavailable,
	} {
		all = append(all, kittest.Fixture{Name: "error-" + string(code), Template: "error_show", Page: func(s kit.Speaker) kit.Page {
			v := kit.ViewError(s, status, code, "/profile/security")
			if status == http.StatusTooManyRequests {
				v.Wait = s.WaitFor(&sallyport.Error{Code: code, RetryAfter: 90 * time.Second})
			}
			return kittest.Page(s, "/nowhere", v.Title, nil, v)
		}})
	}
	all = append(all, kittest.Fixture{Name: "error-permission", Template: "error_show", Page: func(s kit.Speaker) kit.Page {
		v := kit.ViewError(s, http.StatusForbidden, sallyport.CodeForbidden, "/settings/team")
		v.Lacks(s, "users.view", []string{kittest.Amara.Email, kittest.LongName.Email})
		return kittest.Page(s, "/nowhere", v.Title, nil, v)
	}})
	return kittest.Room{Name: "templates", Fixtures: append(all, chartPages()...)}
}

func TestPages(t *testing.T) { room().Test(t) }

func TestLook(t *testing.T) { room().Look(t) }

func TestPreview(t *testing.T) { room().Preview(t) }

// piecesView shows the parts that pages share, side by side: what is asked about first, lists
// with and without something in them, and a form.
type piecesView struct {
	Notices  []*kit.Notice
	Pills    []kit.Pill
	Trust    []kit.TrustBadge
	Confirms []*kit.ConfirmView
	Lists    []pieceList
	Form     *kit.FormView
}

type pieceList struct {
	Title   string
	Filters kit.FilterBar
	Rows    []string
	Empty   kit.EmptyView
	Pages   kit.PagesView
}

func viewPieces(s kit.Speaker) piecesView {
	v := piecesView{Confirms: []*kit.ConfirmView{pieceConfirm()}, Form: pieceForm(s)}
	for status := range kit.StatusPills {
		v.Pills = append(v.Pills, s.StatusPill(status))
	}
	for level := sallyport.TrustNone; level <= sallyport.TrustHigh; level++ {
		v.Trust = append(v.Trust, s.TrustBadge("d"+string(rune('0'+level)), level, "Added 3 months ago on this device."))
	}
	for _, tone := range []string{"info", "success", "warning"} {
		v.Notices = append(v.Notices, &kit.Notice{Tone: tone, Icon: "info-circle", Title: "A notice of tone " + tone, Text: "What it means, and what to do."})
	}
	at := func(query string) kit.List {
		return kit.Listed(httptest.NewRequest(http.MethodGet, "/pieces?"+query, nil), "/pieces", list.OwnEvents, 25)
	}
	none := kit.EmptyView{Icon: "devices", Title: "No devices yet", Text: "A device you trust at sign-in is listed here.", Action: &kit.Anchor{Text: "Learn more", Path: "/"}}
	v.Lists = []pieceList{
		{Title: "List", Filters: at("").FilterBar(s, "show"), Rows: []string{"One row", "حاسوب نور", kittest.LongName.Name() + ", " + kittest.LongName.Email}, Pages: kit.PagesView{Previous: "?cursor=9", Next: "?cursor=1"}},
		{Title: "List with nothing in it", Filters: at("").FilterBar(s, "show"), Empty: none},
		{Title: "List with nothing that matches", Filters: at("show=devices").FilterBar(s, "show"), Empty: kit.EmptyView{Icon: "filter", Title: "Nothing of this kind", Text: "Take a filter away."}},
	}
	return v
}

func pieceConfirm() *kit.ConfirmView {
	return &kit.ConfirmView{
		ID: "piece", Path: "/pieces/act", Back: "/pieces", Text: "Sign out", Label: "Sign out Chrome on macOS in Berlin",
		Title: "Sign out Chrome on macOS?", Lines: []string{"It is signed out at once.", "Its owner is told by mail."}, Act: "Sign out this device",
	}
}

func pieceForm(s kit.Speaker) *kit.FormView {
	name, mail := kit.TextField("name", "Name", "", "off"), kit.EmailField(s.Printer, "email", "")
	name.Hint, name.Optional = "As it is shown to others.", true
	secret, code := kit.PasswordField("password", "New password", "new-password"), kit.CodeField("code", "Code")
	secret.Demand(s.Printer, kittest.Policy)
	return &kit.FormView{
		Path: "/pieces/form", Back: "/pieces", Icon: "user", Title: "A form", Lead: "One line on what it is for.",
		Fields: []*kit.Field{&name, &mail, &secret, &code}, Act: "Save",
	}
}

func refuse(s kit.Speaker, f *kit.FormView) {
	typed := map[string]string{"name": kittest.LongName.Name(), "email": "amara@", "password": "short", "code": "12"}
	f.Refill(s, &kit.Again{Typed: typed, Err: sallyport.Invalid(
		sallyport.FieldError{Field: "email", Code: "invalid_email"},
		sallyport.FieldError{Field: "password", Code: "too_short", Args: map[string]string{"min": "12"}},
		sallyport.FieldError{Field: "code", Code: "wrong_code"})})
}

// What was typed is kept, and no secret is.
func TestFormKeepsWhatWasTyped(t *testing.T) {
	f := pieceForm(kittest.Speaker())
	f.Fields[0].Focus = true
	refuse(kittest.Speaker(), f)
	if f.Fields[1].Value != "amara@" || f.Fields[2].Value != "" || f.Fields[3].Value != "" || len(f.Fields[1].Errors) != 1 || f.Fields[0].Focus {
		t.Errorf("%+v %+v", f.Fields[1], f.Fields[2])
	}
	if !f.Fields[2].Rules[0].Broken || f.ErrorSummary == nil || len(f.ErrorSummary.Links) != 3 {
		t.Errorf("%+v", f.ErrorSummary)
	}
}
