package admin

import (
	"cmp"
	"net/http"
	"net/url"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/risk"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// attemptShow shows an attempt in the drawer beside the list.
func (p *Pages) attemptShow(v *kit.Visit) error {
	found, err := p.Accounts.AttemptByID(v.R.Context(), p.Actor(v), v.R.PathValue("id"))
	if err != nil {
		return err
	}
	l, err := p.readAttempts(v, found.UserID, found.Block.CreatedBy)
	if err != nil {
		return err
	}
	l.open = &found
	title := v.T("attemptList.label", "Outcome", outcomePill(v.Speaker, found.FailureReason).Text, "Name", l.tried(v.Speaker, found.Attempt).Name)
	return p.Show(v, http.StatusOK, "attempt_list", title, l.view(v.Speaker))
}

func (l attempts) drawer(s kit.Speaker) *kit.Drawer {
	one := l.open.Attempt
	d := &kit.Drawer{
		Close: l.list.Row(one.ID), Icon: kit.DeviceIcon(one.DeviceInfo.Type), Title: outcomePill(s, one.FailureReason).Text, What: s.Ago(s.Now, one.CreatedAt),
		Who: l.tried(s, one), Risks: l.risks(s), Parts: []kit.DrawerPart{{ID: "attempt", Title: s.T("attemptList.facts"), Facts: l.facts(s)}}, Links: l.related(s),
		Lacks: lacks(s, l.reader, access.UsersView),
	}
	var acts []*kit.ConfirmView
	here := l.list.Beside(one.ID)
	if len(l.open.Locks) > 0 && l.does(access.UsersManage, false, one.UserID) {
		acts = append(acts, askUnlock(s, l.names[one.UserID], here))
	}
	if one.IPAddress != "" && l.open.Block.ID == "" && has(l.reader, access.SessionsTerminate) {
		acts = append(acts, &kit.ConfirmView{Path: blockNew(one.IPAddress, here), Icon: "ban", Text: s.T("blocks.act")})
	}
	d.Two(acts)
	return d
}

// risks says in sentences what stands out, and what holds now.
func (l attempts) risks(s kit.Speaker) (out []kit.Risk) {
	one := l.open.Attempt
	if one.Assessment.Score >= risk.Unusual {
		strange := kit.Risk{Tone: "warn", Icon: "alert-triangle", Text: s.T("attemptList.unusual")}
		for _, f := range one.Assessment.Findings {
			strange.Lines = append(strange.Lines, s.Finding(f))
		}
		switch one.Answer {
		case sallyport.AnswerMine:
			strange.Lines = append(strange.Lines, s.T("attemptList.answeredMine"))
		case sallyport.AnswerNotMe:
			strange.Tone, strange.Lines = "bad", append(strange.Lines, s.T("attemptList.answeredNotMe"))
		}
		out = append(out, strange)
	}
	if len(l.open.Locks) > 0 {
		locked := kit.Risk{Tone: "warn", Icon: "lock", Text: s.T("attemptList.locked")}
		for _, held := range l.open.Locks {
			locked.Lines = append(locked.Lines, lockText(s, held))
		}
		out = append(out, locked)
	}
	if b := l.open.Block; b.ID != "" {
		out = append(out, kit.Risk{Tone: "bad", Icon: "ban", Text: s.T("attemptList.blocked", "Network", account.NetworkText(b.Network)), Lines: []string{blockUntil(s, b), b.Reason}})
	}
	return out
}

func (l attempts) facts(s kit.Speaker) []kit.Fact {
	one := l.open.Attempt
	place := s.PlaceAt(one.Location, one.IPAddress)
	asked := s.T("attemptList.factorNone")
	switch {
	case one.MFAVerified:
		asked = s.T("attemptList.factorPassed")
	case one.MFARequired:
		asked = s.T("attemptList.factorAsked")
	}
	facts := []kit.Fact{
		{Label: s.T("attemptList.when"), Text: s.Exact(one.CreatedAt, s.Zone), Wide: true},
		{Label: s.T("attemptList.typed"), Text: cmp.Or(one.Email, s.T("attemptList.noName")), Wide: true},
		{Label: s.T("drawer.browser"), Text: cmp.Or(versioned(one.DeviceInfo.Browser, one.DeviceInfo.BrowserVersion), s.T("device.unknown"))},
		{Label: s.T("drawer.system"), Text: cmp.Or(versioned(one.DeviceInfo.OS, one.DeviceInfo.OSVersion), "–"), Note: one.DeviceInfo.Model},
		{Label: s.T("list.ip"), Text: cmp.Or(kit.AddressText(one.IPAddress), "–")},
		{Label: s.T("drawer.place"), Place: &place},
		{Label: s.T("list.secondFactor"), Text: asked, Wide: true},
	}
	if one.UserAgent != "" {
		facts = append(facts, kit.Fact{Label: s.T("drawer.userAgent"), Note: one.UserAgent, Wide: true})
	}
	return facts
}

// related leads to the session that came of it, and to everything from this address and on this
// account.
func (l attempts) related(s kit.Speaker) (out []kit.Anchor) {
	one := l.open.Attempt
	filtered := func(field, value string) string { return kit.WithQuery(attemptsPath, url.Values{field: {value}}) }
	if one.SessionID != "" {
		out = append(out, kit.Anchor{Text: s.T("attemptList.session"), Path: sessionsPath + "/" + one.SessionID})
	}
	if one.DeviceID != "" && has(l.reader, access.DevicesView) {
		out = append(out, kit.Anchor{Text: s.T("drawer.theDevice"), Path: devicesPath + "/" + one.DeviceID})
	}
	if one.IPAddress != "" {
		out = append(out, kit.Anchor{Text: s.T("attemptList.fromAddress", "Address", one.IPAddress), Path: filtered("ip", one.IPAddress)})
		if has(l.reader, access.UsersView) {
			out = append(out, kit.Anchor{Text: s.T("drawer.ipStory", "Address", one.IPAddress), Path: kit.WithQuery(timelinePath, url.Values{"ip": {one.IPAddress}})})
		}
	}
	if u, ok := l.names[one.UserID]; ok {
		out = append(out, kit.Anchor{Text: s.T("attemptList.onAccount", "Name", u.Name()), Path: filtered("userId", u.ID)})
	} else if one.Email != "" {
		out = append(out, kit.Anchor{Text: s.T("attemptList.onAccount", "Name", one.Email), Path: filtered("email", one.Email)})
	}
	if path := l.tried(s, one).Path; path != "" {
		out = append(out, kit.Anchor{Text: l.tried(s, one).Name, Path: path})
	}
	return out
}
