package admin

import (
	"slices"

	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/web/kit"
)

func viewFactorsOf(s kit.Speaker, of person) *personFactors {
	v := &personFactors{Status: s.StrengthPill(of.SecondFactor), Facts: factorFacts(s, of)}
	for _, f := range of.factors.Current {
		row := kit.ViewMethod(s, f, slices.Contains(of.factors.Forbidden, f.ID))
		row.Menu = s.T("person.methodMenu", "Method", row.Name)
		for _, a := range methodActs {
			if a.fits(f.Status) && of.does(mfa.NeedManage) {
				row.Acts = append(row.Acts, a.ask(s, of.User, f))
			}
		}
		v.Methods = append(v.Methods, row)
	}
	if len(v.Methods) == 0 {
		v.Empty = s.T("person.noMethods", "Name", of.Name())
	}
	if of.factors.Enabled && of.factors.Codes {
		v.Codes = s.N("twoFactor.codesLeft", of.factors.CodesLeft)
	}
	v.Acts = offered(s, of, "mailSetUp", "requireMFA", "waiveMFA", "endExemption", "backupCodes")
	if of.does(mfa.NeedManage) && of.factors.Enforced && !of.MFARequired && of.factors.ExemptUntil.IsZero() {
		v.Exempt = &kit.Anchor{Text: s.T("person.exempt"), Path: personPath(of.ID, "exempt-mfa")}
	}
	if of.does(mfa.NeedManage) && (len(of.factors.Current) > 0 || !of.factors.HandedUntil.IsZero()) {
		v.Reset = &kit.Anchor{Text: s.T("person.act.resetMFA"), Path: personPath(of.ID, "reset-mfa")}
	}
	for _, f := range of.factors.Former {
		v.History = append(v.History, kit.ViewFormerMethod(s, f))
	}
	return v
}

// factorFacts say who asks for a second factor, or exempts from it.
func factorFacts(s kit.Speaker, of person) (out []string) {
	if until := of.factors.HandedUntil; !until.IsZero() {
		out = append(out, s.T("person.handedWaits", "Time", s.Date(until, s.Zone)))
	}
	switch {
	case of.MFARequired:
		out = append(out, s.T("person.requiredByAdmin"))
	case !of.factors.ExemptUntil.IsZero():
		out = append(out, s.T("person.exemptFor", "Time", s.Date(of.factors.ExemptUntil, s.Zone), "Reason", of.factors.ExemptReason))
	case of.factors.Enforced:
		out = append(out, s.T("person.requiredByPolicy"))
	}
	return out
}
