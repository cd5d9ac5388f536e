package web

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

// twoFactorView is the section Two-factor of Profile > Security.
type twoFactorView struct {
	Status   pill
	Since    *moment // nil while it is off
	Required string  // says who asks for it, "" when nobody does
	Methods  []methodRow
	Empty    *emptyView // nil with a method
	Codes    *codesRow  // nil where there are none and none can be made
	Add      *anchor    // nil where nothing can be added
	TurnOff  *anchor    // nil where it cannot be turned off
	History  []formerRow
}

// methodRow is one method that somebody has set up.
type methodRow struct {
	ID     string
	Icon   string
	Name   string
	Method string // what it is, when the name does not say so
	Detail string
	Weak   string // one line on what is weak about it
	Pills  []pill
	Help   string // what to do about a pill
	Added  moment
	Used   *moment // nil when it never was
	Rename *anchor
	Remove *anchor
}

// codesRow is the set of backup codes.
type codesRow struct {
	Left    string
	Tone    string
	Warning *pill
	Help    string
	Made    *moment
	Path    string
	Act     string
}

// formerRow is one line of the history.
type formerRow struct {
	Icon, Name, Reason string
	Ended              moment
}

// fewCodes is how many backup codes are so few that somebody should make new ones.
const fewCodes = 3

func viewTwoFactor(s speaker, f mfa.Factors, organisation string) *twoFactorView {
	v := &twoFactorView{Status: s.statusPill("disabled")}
	if f.Enabled {
		v.Status = s.statusPill("enabled")
		v.Since = s.since("twoFactor.since", f.Since)
	}
	if f.Enforced {
		v.Required = s.T("twoFactor.required", "Organisation", organisation)
	}
	for _, one := range f.Current {
		v.Methods = append(v.Methods, viewMethod(s, one, slices.Contains(f.Forbidden, one.ID)))
	}
	if len(f.Allowed) > 0 {
		v.Add = &anchor{Text: s.T("twoFactor.add"), Path: addFactorPath}
	}
	if len(v.Methods) == 0 {
		v.Empty = &emptyView{Icon: "shield-lock", Title: s.T("twoFactor.emptyTitle"), Text: s.T("twoFactor.emptyClosed")}
		if v.Add != nil {
			v.Empty.Text = s.T("twoFactor.emptyText")
			v.Empty.Action = &anchor{Text: s.T("twoFactor.turnOn"), Path: addFactorPath}
			v.Add = nil
		}
	}
	if f.Enabled && f.Codes {
		v.Codes = viewCodesRow(s, f)
	}
	if len(v.Methods) > 0 && !f.Enforced {
		v.TurnOff = &anchor{Text: s.T("twoFactor.turnOff"), Path: disableFactorsPath}
	}
	for _, one := range f.Former {
		v.History = append(v.History, viewFormer(s, one))
	}
	return v
}

// since is ago for a time that may be unknown.
func (s speaker) since(id string, t time.Time) *moment {
	if t.IsZero() {
		return nil
	}
	m := s.ago(id, t)
	return &m
}

func viewMethod(s speaker, f sallyport.Factor, forbidden bool) methodRow {
	look := methodLooks[f.Method]
	name := s.factorName(f)
	row := methodRow{
		ID: f.ID, Icon: look.icon, Name: name, Detail: look.detailOf(s, f),
		Added:  s.ago("twoFactor.added", f.VerifiedAt),
		Used:   s.since("twoFactor.used", f.LastUsedAt),
		Rename: &anchor{Text: s.T("twoFactor.renameOf", "Name", name), Path: methodPath(f.ID, "rename")},
		Remove: &anchor{Text: s.T("twoFactor.removeOf", "Name", name), Path: methodPath(f.ID, "remove")},
	}
	if method := s.methodName(f.Method); method != name {
		row.Method = method
	}
	if row.Detail == name {
		row.Detail = ""
	}
	if look.weak != "" {
		row.Weak = s.T(look.weak)
	}
	switch {
	case f.Status == sallyport.FactorSuspended:
		row.Pills, row.Help = append(row.Pills, s.statusPill("suspended")), s.T("twoFactor.suspendedHelp")
	case forbidden:
		row.Pills = append(row.Pills, pill{Tone: "warn", Icon: "ban", Text: s.T("twoFactor.forbidden")})
		row.Help = s.T("twoFactor.forbiddenHelp")
	}
	return row
}

func viewCodesRow(s speaker, f mfa.Factors) *codesRow {
	row := &codesRow{
		Left: s.N("twoFactor.codesLeft", f.CodesLeft), Tone: "plain", Path: newCodesPath,
		Made: s.since("twoFactor.codesMade", f.CodesFrom), Act: s.T("twoFactor.codesNew"),
	}
	switch {
	case f.CodesFrom.IsZero():
		row.Left, row.Act = s.T("twoFactor.codesNone"), s.T("twoFactor.codesFirst")
		row.Warning = &pill{Tone: "warn", Icon: "alert-triangle", Text: s.T("twoFactor.codesMissing")}
	case f.CodesLeft == 0:
		row.Warning = &pill{Tone: "bad", Icon: "alert-triangle", Text: s.T("twoFactor.codesOut")}
	case f.CodesLeft <= fewCodes:
		row.Warning = &pill{Tone: "warn", Icon: "alert-triangle", Text: s.T("twoFactor.codesFew")}
	}
	if row.Warning != nil {
		row.Help = s.T("twoFactor.codesHelp")
	}
	return row
}

func viewFormer(s speaker, f sallyport.Factor) formerRow {
	row := formerRow{Icon: methodLooks[f.Method].icon, Name: s.factorName(f), Ended: s.ago("twoFactor.ended", f.EndedAt)}
	if f.Method == sallyport.MethodBackupCodes {
		row.Name = s.T("twoFactor.codes") // a whole set
	}
	if id := "ending." + f.EndedReason; s.Has(id) {
		row.Reason = s.T(id)
	}
	return row
}

// protect says at the top of the page what guards the account.
func (v *securityView) protect(s speaker, f mfa.Factors) {
	if len(v.Glance) == 0 {
		return
	}
	g := &v.Glance[0]
	if f.Enabled {
		g.Value = s.T("glance.twoFactor")
		return
	}
	g.Value, g.Tone = s.T("glance.passwordOnly"), "warn"
}

// offerOthers puts a banner up after an act that somebody may do because they fear
// for their account.
func (v *securityView) offerOthers(s speaker) {
	if v.RevokeOthers == nil {
		return
	}
	v.Banners = append(v.Banners, banner{
		ID: "others", Icon: "devices", Tone: "info",
		Title: s.T("twoFactor.othersTitle"), Text: s.T("twoFactor.othersText"),
		Act: v.RevokeOthers.Text, Path: v.RevokeOthers.Path,
	})
}
