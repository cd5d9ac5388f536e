package profile

import (
	"slices"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// twoFactorView is the section Two-factor of Profile > Security.
type twoFactorView struct {
	Status   kit.Pill
	Since    *kit.Moment // nil while it is off
	Required string      // says who asks for it, "" when nobody does
	Methods  []methodRow
	Empty    *kit.EmptyView   // nil with a method
	Codes    *codesRow        // nil where there are none and none can be made
	Add      *kit.Anchor      // nil where nothing can be added
	TurnOff  *kit.ConfirmView // nil where it cannot be turned off
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
	Pills  []kit.Pill
	Help   string // what to do about a pill
	Stays  string // that it cannot be removed for now, "" when it can
	Added  kit.Moment
	Used   *kit.Moment // nil when it never was
	Rename *kit.Anchor
	Remove *kit.ConfirmView
}

// codesRow is the set of backup codes.
type codesRow struct {
	Left    string
	Tone    string
	Warning *kit.Pill
	Help    string
	Made    *kit.Moment
	New     *kit.ConfirmView
}

// formerRow is one line of the history.
type formerRow struct {
	Icon, Name, Reason string
	Ended              kit.Moment
}

func viewTwoFactor(s kit.Speaker, f mfa.Factors, organisation string, m missing) *twoFactorView {
	v := &twoFactorView{Status: s.StatusPill("disabled")}
	if f.Enabled {
		v.Status = s.StatusPill("enabled")
		v.Since = since(s, "twoFactor.since", f.Since)
	}
	if f.Enforced {
		v.Required = s.T("twoFactor.required", "Organisation", organisation)
	}
	for _, one := range f.Current {
		row := viewMethod(s, one, slices.Contains(f.Forbidden, one.ID))
		if slices.Contains(f.Staying, one.ID) {
			row.Stays = s.T("twoFactor.stays")
			row.Remove = &kit.ConfirmView{Path: methodPath(one.ID, "remove")} // its page says why it stays
		} else {
			row.Remove = m.before(s, policy.RemoveFactor, confirmRemove(s, one, one.ID == f.Last, f.CodesLeft))
		}
		row.Remove.Text, row.Remove.Label = s.T("twoFactor.remove"), s.T("twoFactor.removeOf", "Name", row.Name)
		v.Methods = append(v.Methods, row)
	}
	if len(f.Allowed) > 0 {
		v.Add = &kit.Anchor{Text: s.T("twoFactor.add"), Path: kit.AddFactorPath}
	}
	if len(v.Methods) == 0 {
		v.Empty = &kit.EmptyView{Icon: "shield-lock", Title: s.T("twoFactor.emptyTitle"), Text: s.T("twoFactor.emptyClosed")}
		if v.Add != nil {
			v.Empty.Text = s.T("twoFactor.emptyText")
			v.Empty.Action = &kit.Anchor{Text: s.T("twoFactor.turnOn"), Path: kit.AddFactorPath}
			v.Add = nil
		}
	}
	if f.Enabled && f.Codes {
		v.Codes = viewCodesRow(s, f)
		v.Codes.New = m.before(s, policy.BackupCodes, v.Codes.New)
	}
	if len(v.Methods) > 0 && !f.Enforced {
		v.TurnOff = m.before(s, policy.RemoveFactor, confirmDisable(s, f))
	}
	for _, one := range f.Former {
		v.History = append(v.History, viewFormer(s, one))
	}
	return v
}

// since is ago for a time that may be unknown.
func since(s kit.Speaker, id string, t time.Time) *kit.Moment {
	if t.IsZero() {
		return nil
	}
	m := s.Moment(id, t)
	return &m
}

func viewMethod(s kit.Speaker, f sallyport.Factor, forbidden bool) methodRow {
	look := kit.MethodLooks[f.Method]
	name := s.FactorName(f)
	row := methodRow{
		ID: f.ID, Icon: look.Icon, Name: name, Detail: look.DetailOf(s, f),
		Added:  s.Moment("twoFactor.added", f.VerifiedAt),
		Used:   since(s, "twoFactor.used", f.LastUsedAt),
		Rename: &kit.Anchor{Text: s.T("twoFactor.renameOf", "Name", name), Path: methodPath(f.ID, "rename")},
	}
	if method := s.MethodName(f.Method); method != name {
		row.Method = method
	}
	if row.Detail == name {
		row.Detail = ""
	}
	if look.Weak != "" {
		row.Weak = s.T(look.Weak)
	}
	switch {
	case f.Status == sallyport.FactorSuspended:
		row.Pills, row.Help = append(row.Pills, s.StatusPill("suspended")), s.T("twoFactor.suspendedHelp")
	case forbidden:
		row.Pills = append(row.Pills, kit.Pill{Tone: "warn", Icon: "ban", Text: s.T("twoFactor.forbidden")})
		row.Help = s.T("twoFactor.forbiddenHelp")
	}
	return row
}

func viewCodesRow(s kit.Speaker, f mfa.Factors) *codesRow {
	row := &codesRow{
		Left: s.N("twoFactor.codesLeft", f.CodesLeft), Tone: "plain",
		Made: since(s, "twoFactor.codesMade", f.CodesFrom), New: askCodes(s, f),
	}
	switch {
	case f.CodesFrom.IsZero():
		row.Left, row.New.Text = s.T("twoFactor.codesNone"), s.T("twoFactor.codesFirst")
		row.Warning = &kit.Pill{Tone: "warn", Icon: "alert-triangle", Text: s.T("twoFactor.codesMissing")}
	case f.CodesLeft == 0:
		row.Warning = &kit.Pill{Tone: "bad", Icon: "alert-triangle", Text: s.T("twoFactor.codesOut")}
	case f.CodesLeft <= kit.FewCodes:
		row.Warning = &kit.Pill{Tone: "warn", Icon: "alert-triangle", Text: s.T("twoFactor.codesFew")}
	}
	if row.Warning != nil {
		row.Help = s.T("twoFactor.codesHelp")
	}
	return row
}

func viewFormer(s kit.Speaker, f sallyport.Factor) formerRow {
	row := formerRow{Icon: kit.MethodLooks[f.Method].Icon, Name: s.FactorName(f), Ended: s.Moment("twoFactor.ended", f.EndedAt)}
	if f.Method == sallyport.MethodBackupCodes {
		row.Name = s.T("twoFactor.codes") // a whole set
	}
	if id := "ending." + f.EndedReason; s.Has(id) {
		row.Reason = s.T(id)
	}
	return row
}

// offerOthers puts a banner up after an act that somebody may do because they fear
// for their account.
func (v *securityView) offerOthers(s kit.Speaker) {
	if v.RevokeOthers == nil {
		return
	}
	v.Banners = append(v.Banners, banner{
		ID: "others", Icon: "devices", Tone: "info",
		Title: s.T("twoFactor.othersTitle"), Text: s.T("twoFactor.othersText"),
		Act: v.RevokeOthers.Text, Path: v.RevokeOthers.Path,
	})
}
