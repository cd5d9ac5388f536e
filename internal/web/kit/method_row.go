package kit

import "github.com/sallyport/sallyport"

// MethodRow is one method that somebody has set up.
type MethodRow struct {
	ID     string
	Icon   string
	Name   string
	Method string // what it is, when the name does not say so
	Detail string
	Weak   string // one line on what is weak about it
	Pills  []Pill
	Help   string // what to do about a pill
	Stays  string // that it cannot be removed for now, "" when it can
	Added  Moment
	Used   *Moment // nil when it never was
	Rename *Anchor
	Remove *ConfirmView
	Menu   string         // name of the menu for screen readers
	Acts   []*ConfirmView // of a menu, where there is more than one
}

// ViewMethod builds the row of a method; forbidden says that policy does not allow it. What can
// be done about it is up to the page.
func ViewMethod(s Speaker, f sallyport.Factor, forbidden bool) MethodRow {
	look := MethodLooks[f.Method]
	name := s.FactorName(f)
	row := MethodRow{
		ID: f.ID, Icon: look.Icon, Name: name, Detail: look.DetailOf(s, f),
		Added: s.Moment("twoFactor.added", f.VerifiedAt),
		Used:  s.Since("twoFactor.used", f.LastUsedAt),
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
		row.Pills = append(row.Pills, s.StatusPill("suspended"))
	case forbidden:
		row.Pills = append(row.Pills, Pill{Tone: "warn", Icon: "ban", Text: s.T("twoFactor.forbidden")})
	}
	return row
}

// FormerMethod is one line of the history.
type FormerMethod struct {
	Icon, Name, Reason string
	Ended              Moment
}

// ViewFormerMethod builds the line of a method that was removed.
func ViewFormerMethod(s Speaker, f sallyport.Factor) FormerMethod {
	row := FormerMethod{Icon: MethodLooks[f.Method].Icon, Name: s.FactorName(f), Ended: s.Moment("twoFactor.ended", f.EndedAt)}
	if f.Method == sallyport.MethodBackupCodes {
		row.Name = s.T("twoFactor.codes") // a whole set
	}
	if id := "ending." + f.EndedReason; s.Has(id) {
		row.Reason = s.T(id)
	}
	return row
}
