package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/link"
	"github.com/sallyport/sallyport/internal/request"
)

// trustLinkPath is where the mail that verifies a device leads.
const trustLinkPath = "/trust-device"

func (p *Pages) trustLinkShow(v *visit) error {
	return p.linkShow(v, link.Device, trustLinkPath, func(link.Link) *linkView { return viewTrustLink(v.speaker, v.r.URL.Path) })
}

// trustLink verifies the device that the link was asked for on. It may have been opened
// on another one, so it ends in words.
func (p *Pages) trustLink(v *visit) error {
	err := p.Devices.ConfirmByLink(v.r.Context(), p.linkOf(v))
	if full := tooManyDevices(v.speaker, err); full != nil {
		view := viewTrustLinkFull(v.speaker, full, request.Status(err))
		return p.show(v, view.Status, "error_show", view.Title, view)
	}
	if err != nil {
		return p.linkFailed(v, trustLinkPath, err)
	}
	view := &linkDoneView{
		Title: v.T("trustLink.doneTitle"), Done: []string{v.T("trustLink.done")}, Next: []string{v.T("trustLink.next")},
	}
	return p.show(v, http.StatusOK, "link_done", view.Title, view)
}

// viewTrustLinkFull says that a device has to go first. The link stays good.
func viewTrustLinkFull(s speaker, full *errorSummary, status int) *errorView {
	return &errorView{
		Icon: "devices", Tone: "warn", Title: full.Title, Text: s.T("trustLink.tooManyText"), Act: *full.Act,
		Status: status, Code: sallyport.CodeInvalid,
	}
}

func viewTrustLink(s speaker, path string) *linkView {
	return &linkView{
		Icon: "shield-check", Tone: "info", Path: path,
		Title: s.T("trustLink.heading"), Lead: s.T("trustLink.lead"),
		Act: s.T("trustLink.act"), Otherwise: s.T("trustLink.otherwise"),
	}
}
