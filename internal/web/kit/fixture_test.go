package kit_test

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func kitFixtures() []kittest.Fixture {
	all := []kittest.Fixture{
		{Name: "pieces", Template: "pieces", Page: func(s kit.Speaker) kit.Page {
			return kittest.Page(s, "/pieces", "Pieces", &kittest.Amara, viewPieces(s))
		}},
	}
	for status, code := range map[int]sallyport.Code{
		403: sallyport.CodeForbidden, 404: sallyport.CodeNotFound, 429: sallyport.CodeRateLimited,
		500: sallyport.CodeInternal, 503: sallyport.CodeUnavailable,
	} {
		all = append(all, kittest.Fixture{Name: "error-" + string(code), Template: "error_show", Page: func(s kit.Speaker) kit.Page {
			v := kit.ViewError(s, status, code, "/profile/security")
			return kittest.Page(s, "/nowhere", v.Title, nil, v)
		}})
	}
	return all
}

// piecesView shows the parts that several later pages share, side by side.
type piecesView struct {
	Pills   []kit.Pill
	Trust   []kit.TrustBadge
	Code    kit.Field
	Notices []*kit.Notice
	Empty   kit.EmptyView
	Pages   kit.PagesView
}

func viewPieces(s kit.Speaker) piecesView {
	v := piecesView{
		Code:  kit.CodeField("code", "Code"),
		Empty: kit.EmptyView{Icon: "devices", Title: "No devices yet", Text: "A device you trust at sign-in is listed here.", Action: &kit.Anchor{Text: "Learn more", Path: "/"}},
		Pages: kit.PagesView{Next: "?cursor=1"},
	}
	for status := range kit.StatusPills {
		v.Pills = append(v.Pills, s.StatusPill(status))
	}
	for level := sallyport.TrustNone; level <= sallyport.TrustHigh; level++ {
		v.Trust = append(v.Trust, s.TrustBadge("d"+string(rune('0'+level)), level, "Added 3 months ago on this device."))
	}
	for _, tone := range []string{"info", "success", "warning"} {
		v.Notices = append(v.Notices, &kit.Notice{Tone: tone, Icon: "info-circle", Title: "A notice of tone " + tone, Text: "What it means, and what to do."})
	}
	return v
}
