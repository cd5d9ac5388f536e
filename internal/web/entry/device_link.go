package entry

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// trustLinkPath is where the mail that verifies a device leads.
const trustLinkPath = "/trust-device"

func (p *Pages) trustLinkShow(v *kit.Visit) error {
	again := p.SentBack(v)
	if err := again.Refused(); err != nil {
		if full := kit.TooManyDevices(v.Speaker, err); full != nil {
			view := viewTrustLinkFull(v.Speaker, full, request.Status(err))
			return p.Show(v, view.Status, "error_show", view.Title, view)
		}
	}
	return p.linkShow(v, link.Device, trustLinkPath, func(link.Link) *linkView { return viewTrustLink(v.Speaker, v.R.URL.Path) })
}

// trustLink verifies the device that the link was asked for on. It may have been opened
// on another one, so it ends in words.
func (p *Pages) trustLink(v *kit.Visit) error {
	err := p.Devices.ConfirmByLink(v.R.Context(), p.linkOf(v))
	if kit.TooManyDevices(v.Speaker, err) != nil {
		return p.SendBack(v, v.R.URL.Path, err)
	}
	if err != nil {
		return p.linkFailed(v, trustLinkPath, err)
	}
	view := &kit.DoneView{
		Title: v.T("trustLink.doneTitle"), Done: []string{v.T("trustLink.done")}, Next: []string{v.T("trustLink.next")},
	}
	return p.Show(v, http.StatusOK, "act_done", view.Title, view)
}

// viewTrustLinkFull says that a device has to go first. The link stays good.
func viewTrustLinkFull(s kit.Speaker, full *kit.ErrorSummary, status int) *kit.ErrorView {
	return &kit.ErrorView{
		Icon: "devices", Tone: "warn", Title: full.Title, Text: s.T("trustLink.tooManyText"), Act: *full.Act,
		Status: status, Code: sallyport.CodeInvalid,
	}
}

func viewTrustLink(s kit.Speaker, path string) *linkView {
	return &linkView{
		Icon: "shield-check", Tone: "info", Path: path,
		Title: s.T("trustLink.heading"), Lead: s.T("trustLink.lead"),
		Act: s.T("trustLink.act"), Otherwise: s.T("trustLink.otherwise"),
	}
}
