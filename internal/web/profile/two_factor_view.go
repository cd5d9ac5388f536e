package profile

import (
	"slices"

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
	Methods  []kit.MethodRow
	Empty    *kit.EmptyView   // nil with a method
	Codes    *codesRow        // nil where there are none and none can be made
	Add      *kit.Anchor      // nil where nothing can be added
	TurnOff  *kit.ConfirmView // nil where it cannot be turned off
	History  []kit.FormerMethod
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

func viewTwoFactor(s kit.Speaker, f mfa.Factors, organisation string, m missing) *twoFactorView {
	v := &twoFactorView{Status: s.StatusPill("disabled")}
	if f.Enabled {
		v.Status = s.StatusPill("enabled")
		v.Since = s.Since("twoFactor.since", f.Since)
	}
	if f.Enforced {
		v.Required = s.T("twoFactor.required", "Organisation", organisation)
	}
	for _, one := range f.Current {
		row := kit.ViewMethod(s, one, slices.Contains(f.Forbidden, one.ID))
		row.Rename = &kit.Anchor{Text: s.T("twoFactor.renameOf", "Name", row.Name), Path: methodPath(one.ID, "rename")}
		row.Help = methodHelp(s, one, slices.Contains(f.Forbidden, one.ID))
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
		v.History = append(v.History, kit.ViewFormerMethod(s, one))
	}
	return v
}

// methodHelp says what to do about a method that proves nothing for now, "" for one that does.
func methodHelp(s kit.Speaker, f sallyport.Factor, forbidden bool) string {
	switch {
	case f.Status == sallyport.FactorSuspended && f.EndedReason == mfa.ReasonSuspended:
		return s.T("twoFactor.suspendedByAdmin")
	case f.Status == sallyport.FactorSuspended:
		return s.T("twoFactor.suspendedHelp")
	case forbidden:
		return s.T("twoFactor.forbiddenHelp")
	}
	return ""
}

func viewCodesRow(s kit.Speaker, f mfa.Factors) *codesRow {
	row := &codesRow{
		Left: s.N("twoFactor.codesLeft", f.CodesLeft), Tone: "plain",
		Made: s.Since("twoFactor.codesMade", f.CodesFrom), New: askCodes(s, f),
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
