package profile

import (
	"errors"
	"net/http"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// approvePath is where somebody goes whom no notification has reached.
var approvePath = strings.TrimSuffix(mfa.ApprovalPath, "/")

// approveView asks whether somebody who signs in elsewhere is the reader, or says how that ended.
type approveView struct {
	Title, Lead string
	Icon, Tone  string
	Facts       []approveFact
	Path        string     // of the form
	Number      *kit.Field // nil where nothing can be answered
	Act         *kit.Anchor
	Home        kit.Anchor
}

// approveFact is one thing that is known of who asks.
type approveFact struct {
	Name, Text string
	Place      *kit.Place
	At         *kit.Moment
}

// approveAny leads to the newest request, or says that there is none.
func (p *Pages) approveAny(v *kit.Visit) error {
	open, err := p.Factors.Approvals(v.R.Context(), p.Actor(v))
	if err != nil {
		return err
	}
	if len(open) > 0 {
		v.Redirect(mfa.ApprovalPath + open[0].ID)
		return nil
	}
	view := viewNoApproval(v.Speaker)
	return p.Show(v, http.StatusOK, "approve_show", view.Title, view)
}

// approveShow shows one request.
func (p *Pages) approveShow(v *kit.Visit) error {
	r, err := p.Factors.Requested(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return err
	}
	again := p.SentBack(v)
	view := viewApprove(v.Speaker, r, v.Tenant.Name)
	if e := again.Refused(); e != nil && view.Number != nil && len(e.Fields) > 0 {
		view.Number.Errors = append(view.Number.Errors, v.Rule(e.Fields[0]))
	}
	return p.Show(v, again.Status(v), "approve_show", view.Title, view)
}

// approve approves it, or ends it where the number is wrong: the page says which.
func (p *Pages) approve(v *kit.Visit) error {
	return p.answered(v, p.Factors.Approve(v.R.Context(), p.Actor(v), v.R.PathValue("id"), v.Value("number")))
}

// approveDeny says that it was somebody else.
func (p *Pages) approveDeny(v *kit.Visit) error {
	return p.answered(v, p.Factors.Deny(v.R.Context(), p.Actor(v), v.R.PathValue("id")))
}

// answered goes back to the page of a request, which says how it stands.
func (p *Pages) answered(v *kit.Visit, err error) error {
	page := mfa.ApprovalPath + v.R.PathValue("id")
	switch {
	case err == nil, errors.Is(err, sallyport.ErrConflict), sallyport.CodeOf(err) == sallyport.CodeConflict, sallyport.CodeOf(err) == sallyport.CodeDeviceNotTrusted:
		v.Redirect(page)
		return nil
	case kit.AsRefused(err) != nil:
		return p.SendBack(v, page, err)
	}
	return err
}

func viewNoApproval(s kit.Speaker) *approveView {
	return &approveView{Title: s.T("approve.noneTitle"), Lead: s.T("approve.noneText"), Icon: "shield-check", Tone: "info", Home: homeAnchor(s)}
}

func homeAnchor(s kit.Speaker) kit.Anchor {
	return kit.Anchor{Text: s.T("approve.home"), Path: kit.HomePath}
}

// approveEnds are the pages of requests that cannot be answered: texts, and what to do next.
var approveEnds = map[string]struct{ title, text, icon, tone, act, path string }{
	mfa.ApprovalApproved: {"approve.approvedTitle", "approve.approvedText", "circle-check", "good", "", ""},
	mfa.ApprovalDenied:   {"approve.deniedTitle", "approve.deniedText", "shield-check", "good", "approve.deniedAct", kit.PasswordPath},
	mfa.ApprovalWrong:    {"approve.wrongTitle", "approve.wrongText", "alert-triangle", "warn", "approve.deniedAct", kit.PasswordPath},
	mfa.ApprovalExpired:  {"approve.expiredTitle", "approve.expiredText", "hourglass", "warn", "", ""},
	"asks":               {"approve.askerTitle", "approve.askerText", "devices", "warn", "", ""},
	"trust":              {"approve.trustTitle", "approve.trustText", "shield-half", "warn", "approve.trustAct", kit.DevicesPath},
}

// viewApprove shows a request of an organisation.
func viewApprove(s kit.Speaker, r mfa.Request, organisation string) *approveView {
	state := r.State
	switch {
	case state == mfa.ApprovalWaiting && r.Asks:
		state = "asks"
	case state == mfa.ApprovalWaiting && !r.May:
		state = "trust"
	}
	v := &approveView{Home: homeAnchor(s)}
	if end, over := approveEnds[state]; over {
		v.Title, v.Lead, v.Icon, v.Tone = s.T(end.title), s.T(end.text), end.icon, end.tone
		if end.act != "" {
			v.Act = &kit.Anchor{Text: s.T(end.act), Path: end.path}
		}
		return v
	}
	v.Title, v.Lead, v.Icon, v.Tone = s.T("approve.title"), s.T("approve.lead"), "devices", "info"
	if r.Act != "" {
		v.Title, v.Lead = s.T("approve.actTitle"), s.T("approve.actLead", "Act", s.T("stepUp.to."+string(r.Act)))
	}
	v.Path, v.Facts = mfa.ApprovalPath+r.ID, approveFacts(s, r, organisation)
	v.Number = &kit.Field{
		Name: "number", Label: s.T("approve.number"), Hint: s.T("approve.numberHint"), Type: "text", Autocomplete: "off", InputMode: "numeric",
		MaxLength: 4, Plain: true, Code: true,
	}
	return v
}

func approveFacts(s kit.Speaker, r mfa.Request, organisation string) []approveFact {
	place, asked := s.PlaceAt(r.From.Location, r.From.IPAddress), s.TimeOfDay(r.CreatedAt)
	until, app := s.TimeOfDay(r.Until), "approve.appOf"
	if r.Native {
		app = "approve.nativeOf"
	}
	return []approveFact{
		{Name: s.T("approve.where"), Place: &place},
		{Name: s.T("approve.address"), Text: kit.AddressText(r.From.IPAddress)},
		{Name: s.T("approve.device"), Text: s.Device(r.From.Info)},
		{Name: s.T("approve.app"), Text: s.T(app, "Organisation", organisation)},
		{Name: s.T("approve.when"), At: &asked},
		{Name: s.T("approve.until"), At: &until},
	}
}
